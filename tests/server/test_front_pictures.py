"""Live pictures through the one origin: from the worker that announced itself, with the server's key, from nowhere else."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chengyun.kernel import clock
from chengyun.kernel.transaction import write
from chengyun.server.front import pictures as through
from chengyun.video import signing
from chengyun.video.models import Worker
from chengyun_vision.worker.live import LiveServer, Pictures
from chengyun_vision.worker.questions import Questions
from tests.server.fronted import running

pytestmark = pytest.mark.django_db
PICTURE = b"\xff\xd8picture\xff\xd9"


@pytest.fixture
def pictures() -> Iterator[tuple[Pictures, int]]:
    shown = Pictures(lambda: clock.now().timestamp())
    shown.key = "secret"
    server = LiveServer("127.0.0.1", 0, shown)
    server.start()
    yield shown, int(server.server_address[1])
    server.stop()


def worker(port: int, *, alive: bool = True) -> Worker:
    now = clock.now()
    with write():
        return Worker.objects.create(
            name="hall-1", session="s", key="secret", address=f"http://127.0.0.1:{port}", started_at=now, seen_at=now,
            until=now + timedelta(seconds=60 if alive else -1),
        )  # fmt: skip


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Workers that are alive, and their addresses: the front asks in a thread, which sees no transaction of a test."""
    found: dict[str, str] = {}
    monkeypatch.setattr(through, "address_of", found.get)
    return found


def asked(front: int, path: str) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", front, timeout=20)
    connection.request("GET", path, headers={"Cookie": "sessionid=mine"})
    answer = connection.getresponse()
    found = answer.status, answer.read(), dict(answer.getheaders())
    connection.close()
    return found


def test_a_picture_comes_through_the_platforms_own_origin(
    pictures: tuple[Pictures, int], known: dict[str, str]
) -> None:
    shown, port = pictures
    row = worker(port)
    known[row.name] = row.address
    path = signing.live_address(row, "cam-1", clock.now() + timedelta(seconds=60))
    assert path.startswith("/live/hall-1/cam-1.mjpeg?")
    with running(follows=False) as front:
        shown.put("cam-1", PICTURE)
        status, body, headers = asked(front, path.replace(".mjpeg", ".jpg"))
        assert (status, body, headers["Cache-Control"]) == (200, PICTURE, "private, no-store")
        assert asked(front, path.replace("cam-1", "cam-2"))[0] == 403
        assert asked(front, path.replace("hall-1", "hall-2"))[0] == 404
        assert asked(front, path.replace("/live/hall-1/", "/live/hall-1/../"))[0] == 404
        assert asked(front, path.partition("?")[0])[0] == 404


def sent(front: int, path: str, body: bytes, length: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", front, timeout=20)
    connection.putrequest("POST", path)
    if length is None:
        connection.putheader("Content-Length", str(len(body)))
    elif length:
        connection.putheader("Content-Length", length)
    else:
        connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders(body if length is None else b"0\r\n\r\n" if not length else b"")
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_rules_are_tried_through_the_platforms_own_origin(known: dict[str, str]) -> None:
    questions = Questions(patience=0.5)
    shown = Pictures(lambda: clock.now().timestamp())
    shown.key = "secret"
    server = LiveServer("127.0.0.1", 0, shown, questions)
    server.start()
    row = worker(int(server.server_address[1]))
    known[row.name] = row.address
    body = b'{"rules":[]}'
    path = signing.preview_address(row, "cam-1", body, clock.now() + timedelta(seconds=60))
    try:
        with running(follows=False) as front:
            heard: list[tuple[int, str, bytes]] = []

            def answer() -> None:
                while not heard:
                    heard.extend(questions.waiting())
                    time.sleep(0.01)
                questions.answer(heard[0][0], (422, b'{"detail": "no rule"}'))

            thread = threading.Thread(target=answer)
            thread.start()
            assert sent(front, path, body) == (422, b'{"detail": "no rule"}')
            thread.join()
            assert heard[0][1:] == ("cam-1", body)
            assert sent(front, path, body)[0] == 503, "a worker that does not answer is not waited for"
            assert sent(front, path, body + b" ")[0] == 403
            assert sent(front, path.replace(".preview", ".mjpeg"), body)[0] == 404
            assert sent(front, path.replace("hall-1", "hall-2"), body)[0] == 404
            assert sent(front, path, b"", length="99999999")[0] == 413
            assert sent(front, path, b"", length="")[0] == 400
    finally:
        server.stop()


def test_a_worker_that_is_gone_is_asked_nothing(
    pictures: tuple[Pictures, int], known: dict[str, str]
) -> None:
    shown, port = pictures
    row = worker(port, alive=False)
    path = signing.live_address(row, "cam-1", clock.now() + timedelta(seconds=60))
    shown.put("cam-1", PICTURE)
    with running(follows=False) as front:
        assert asked(front, path.replace(".mjpeg", ".jpg"))[0] == 404


def test_only_a_worker_that_is_alive_has_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    # It would end the test's own transaction.
    monkeypatch.setattr(through, "close_old_connections", lambda: None)
    row = worker(4711)
    assert through.address_of(row.name) == row.address
    with write():
        Worker.objects.filter(pk=row.pk).update(until=clock.now() - timedelta(seconds=1))
    assert through.address_of(row.name) is None
    assert through.address_of("nobody") is None
