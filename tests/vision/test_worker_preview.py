"""A rule tried through the worker's door: signed by the server, judged by the process that looks."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chengyun_vision.worker.live import LiveServer, Pictures
from chengyun_vision.worker.questions import AT_ONCE, LONGEST, Questions
from tests.vision.platform_double import Double, camera
from tests.vision.test_worker import HOUR, Running, until

BAG = "scene://left-bag?seed=11&every=3600&from=600&for=900"
SETTINGS = {"unseen_after": 600, "flicker": 300, "hold_off": 60, "evidence": "none"}


def question(*, stay: float = 30, code: str = "c1") -> bytes:
    rule = {"code": "draft.whole", "preset": "abandoned_object", "settings": {**SETTINGS, "stay": stay}}
    return json.dumps({"rules": [rule]}).encode()


def sign(camera: str, body: bytes, until: int, secret: str = "secret") -> str:
    text = f"preview|{camera}|{until}|{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def post(
    port: int, camera: str, body: bytes, until: int, key: str, length: str | None = None
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("POST", f"/live/{camera}.preview?until={until}&key={key}")
    connection.putheader("Content-Length", str(len(body)) if length is None else length)
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if answer.getheader("Content-Type", "").endswith("json") else text


# the door


@pytest.fixture
def door() -> Iterator[tuple[Questions, int]]:
    pictures, questions = Pictures(lambda: 1000.0), Questions(patience=0.3)
    pictures.key = "secret"
    server = LiveServer("127.0.0.1", 0, pictures, questions)
    server.start()
    yield questions, int(server.server_address[1])
    server.stop()


def answering(questions: Questions, answer: tuple[int, bytes]) -> threading.Thread:
    def run() -> None:
        ends = time.monotonic() + 5
        while time.monotonic() < ends:
            for number, _, _ in questions.waiting():
                questions.answer(number, answer)
                return
            time.sleep(0.01)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_what_the_server_signed_is_tried_and_nothing_else(door: tuple[Questions, int]) -> None:
    questions, port = door
    body = question()
    key = sign("c1", body, 1060)
    answering(questions, (200, b'{"fine": true}'))
    assert post(port, "c1", body, 1060, key) == (200, {"fine": True})
    refused = [
        ("c2", body, 1060, key),
        ("c1", question(stay=31), 1060, key),
        ("c1", body, 1061, key),
        ("c1", body, 999, sign("c1", body, 999)),
        ("c1", body, 1060, sign("c1", body, 1060, "another")),
        ("c1", body, 1060, ""),
        # The key of a live picture is none for this, and the other way round.
        ("c1", body, 1060, hmac.new(b"secret", b"c1|1060", hashlib.sha256).hexdigest()),
    ]
    for one in refused:
        assert post(port, *one)[0] == 403
    assert questions.waiting() == []
    assert post(port, "c1", body, 1060, key)[0] == 503, "nobody answers: it says so"


def test_its_bodies_are_bounded(door: tuple[Questions, int]) -> None:
    _, port = door
    body = b" " * (LONGEST + 1)
    assert post(port, "c1", b"", 1060, sign("c1", body, 1060), length=str(len(body)))[0] == 413
    for length in ("-1", "x", "9" * 30, "\u00b2"):
        assert post(port, "c1", b"", 1060, "0" * 64, length=length)[0] in (404, 413)


def test_only_so_many_at_once(door: tuple[Questions, int]) -> None:
    questions, port = door
    body = question()
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(post(port, "c1", body, 1060, sign("c1", body, 1060))[0]))
        for _ in range(AT_ONCE + 3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(503) == AT_ONCE + 3 and len(questions.waiting()) == AT_ONCE
    answering(questions, (200, b"{}"))
    assert post(port, "c1", body, 1060, sign("c1", body, 1060))[0] == 200, "places are given back"


# all the way


def test_a_draft_is_tried_on_what_the_camera_saw(tmp_path: Path) -> None:
    double = Double([camera("c1", BAG, "abandoned_object", stay=80_000, **SETTINGS)], rate=60.0)
    double.now0 = HOUR + 300
    running = Running(double, tmp_path)
    port = int(running.worker._address.rpartition(":")[2])

    def ask(body: bytes) -> tuple[int, Any]:
        ends = int(double.now()) + 600
        return post(port, "c1", body, ends, sign("c1", body, ends))

    try:
        until(lambda: running.worker.works)
        until(lambda: ask(question())[0] == 200)
        # The rule in force waits for most of a day; the draft for half a minute.
        until(lambda: ask(question())[1]["rules"][0]["events"])
        said = ask(question())[1]
        event = said["rules"][0]["events"][0]
        assert event["kind"] == "left_object" and said["since"] <= event["start"] < said["until"]
        assert double.words == [], "nothing that was tried is told of"
        assert ask(question(stay=5000))[1]["rules"][0]["events"] == []
        # Whoever saves a change goes on trying on the same minutes.
        double.cameras["c1"] = camera("c1", BAG, "abandoned_object", stay=81_000, **SETTINGS)
        seen = ask(question())[1]["seen_at"]
        until(lambda: running.worker.works["c1"]["rules"][0]["rule"]["settings"]["stay"] == 81_000)
        until(lambda: ask(question())[1]["seen_at"] > seen)
        assert ask(question())[1]["since"] <= seen
        status, refused = ask(
            json.dumps(
                {"rules": [{"code": "a.b", "preset": "abandoned_object", "settings": {"x": 1}}]}
            ).encode()
        )
        assert status == 422 and "x" in refused["detail_en"]
        body, ends = question(), int(double.now()) + 600
        assert post(port, "c9", body, ends, sign("c9", body, ends))[0] == 404
    finally:
        running.stop()
        double.close()
