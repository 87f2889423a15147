"""What goes through the front arrives as it was sent, says truly where it came from, and says nothing else for itself."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chengyun.server.front import app
from chengyun.server.front.proxy import networks
from chengyun.server.wsgi import behind_a_socket
from tests.server.fronted import running


class Echo(StreamRequestHandler):
    """Stands in for the web server: says what it got, as JSON. The path says how it answers."""

    def handle(self) -> None:
        first = self.rfile.readline()
        headers = http.client.parse_headers(self.rfile)
        method, target, version = first.decode("latin-1").split(" ")
        if "/dies" in target:
            return
        length = int(headers.get("Content-Length", 0))
        seen = {
            "method": method,
            "target": target,
            "version": version.strip(),
            "headers": [[name.lower(), value] for name, value in headers.items()],
        }
        if "/first-bytes" in target:
            self.server.first = self.rfile.read1(10)  # type: ignore[attr-defined]
            self.server.seen.set()  # type: ignore[attr-defined]
            length -= len(self.server.first)  # type: ignore[attr-defined]
        if "chunked" in headers.get("Transfer-Encoding", ""):
            body = self._chunks()
        else:
            body = self.rfile.read(length)
        seen["body"], seen["size"] = body[:2000].decode("latin-1"), len(body)
        answer = json.dumps(seen).encode()
        head = (
            b"HTTP/1.1 200 Fine\r\nContent-Type: application/json\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        )
        head += b"Connection: close, X-Secret\r\nX-Secret: hop\r\nKeep-Alive: 5\r\n"
        if "/half" in target:
            self.wfile.write(head + b"Content-Length: 1000000\r\n\r\n" + answer)
            return
        self.wfile.write(head + b"Content-Length: %d\r\n\r\n" % len(answer))
        if method != "HEAD":
            self.wfile.write(answer)

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        return body


@pytest.fixture(scope="module")
def echo() -> Iterator[Path]:
    # A socket's name has at most 107 bytes, which pytest's folders exceed.
    folder = Path(tempfile.mkdtemp(prefix="cy-"))
    path = folder / "web.sock"
    with ThreadingUnixStreamServer(str(path), Echo) as server:
        server.seen = threading.Event()  # type: ignore[attr-defined]
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Echo.on = server  # type: ignore[attr-defined]
        yield path
        server.shutdown()
    path.unlink(missing_ok=True)
    os.rmdir(folder)


class Idle:
    """Stands in for the hub: there is nothing to follow here, and no database."""

    ready = False

    def __init__(self) -> None:
        self.viewers: set[Any] = set()

    async def run(self) -> None:
        await asyncio.Event().wait()


@contextmanager
def front(web: Path) -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "web_socket", lambda: web)
        patch.setattr(app, "Hub", Idle)
        with running(follows=False) as found:
            yield found


@pytest.fixture(scope="module")
def port(echo: Path) -> Iterator[int]:
    with front(echo) as found:
        yield found


def ask(
    port: int, method: str, target: str, body: bytes | None = None, headers: Any = ()
) -> tuple[Any, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def raw(port: int, request: bytes, *, leave: bool = False) -> bytes:
    """What comes back for these very bytes, until the other side closes. `leave`: nothing more will come from this side."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as own:
        own.sendall(request)
        if leave:
            own.shutdown(socket.SHUT_WR)
        found = b""
        while part := own.recv(65536):
            found += part
        return found


TOKEN = st.text(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12
)
VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60).map(str.strip)
PATH = st.text("abcXYZ0189-._~!$&'()*+,;=:@/%?", max_size=40).map(
    lambda text: "/" + text.replace("%", "%25").replace("/live/stream", "")
)
METHODS = st.sampled_from(
    ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PURGE", "M-SEARCH"]
)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    METHODS,
    PATH,
    st.lists(st.tuples(TOKEN.map(lambda t: "X-" + t), VALUE), max_size=6),
    st.none() | st.binary(max_size=3000),
)
@example("GET", "//elsewhere.example/x", [], None)
@example("GET", "/a/../../b/./c?x=%2F&y=+&z", [], None)
@example("POST", "/", [("X-A", "1"), ("X-A", "2")], b"")
@example("DELETE", "/x", [("X-Forwarded-Host", "evil"), ("X-Real-IP", "1.2.3.4"), ("X-_", "1")], b"{}")
def test_what_is_sent_arrives(port, method, target, headers, body):
    answer, content = ask(port, method, target, body, headers)
    assert answer.status == 200 and answer.reason == "Fine", content
    seen = json.loads(content)
    assert (seen["method"], seen["target"], seen["version"]) == (method, target, "HTTP/1.1")
    assert seen["body"] == (body or b"")[:2000].decode("latin-1")
    expected = [
        [name.lower(), value]
        for name, value in headers
        if "_" not in name and not name.lower().startswith(("x-forwarded", "x-real-ip"))
    ]
    ours = (["x-forwarded-for", "127.0.0.1"], ["x-forwarded-proto", "http"])
    kept = [pair for pair in seen["headers"] if pair[0].startswith("x-") and pair not in ours]
    assert sorted(kept) == sorted(expected)
    assert all(pair in seen["headers"] for pair in ours)


def test_nobody_says_for_themselves_where_they_come_from(port):
    lies = [("X-Forwarded-For", "9.9.9.9"), ("X-Forwarded-Proto", "https"), ("Forwarded", "for=9.9.9.9"),
            ("X_Forwarded_For", "9.9.9.9"), ("SCRIPT_NAME", "/x"), ("X-Forwarded-Ssl", "on")]  # fmt: skip
    answer, content = ask(port, "GET", "/", headers=lies)
    headers = json.loads(content)["headers"]
    assert not [
        pair for pair in headers if "9.9.9.9" in pair[1] or pair[0] in ("script_name", "x-forwarded-ssl")
    ]
    assert ["x-forwarded-proto", "http"] in headers


def test_a_reverse_proxy_that_was_named_may(echo, settings):
    settings.PROXIES = "10.0.0.0/8, 127.0.0.1"
    with front(echo) as port:
        more = [("X-Forwarded-For", "8.8.8.8, 7.7.7.7"), ("X-Forwarded-Proto", "https")]
        _, content = ask(port, "GET", "/", headers=more)
    headers = json.loads(content)["headers"]
    assert ["x-forwarded-for", "7.7.7.7"] in headers, "what that proxy itself saw, not what it was told"
    assert ["x-forwarded-proto", "https"] in headers


def test_what_speaks_of_one_connection_goes_no_further(port):
    more = [("Connection", "close, X-Hop"), ("X-Hop", "1"), ("Upgrade", "websocket"), ("TE", "trailers"),
            ("Keep-Alive", "1"), ("Proxy-Connection", "keep-alive"), ("X-Stays", "1")]  # fmt: skip
    answer, content = ask(port, "GET", "/", headers=more)
    names = {name for name, _ in json.loads(content)["headers"]}
    assert not names & {"x-hop", "upgrade", "te", "keep-alive", "proxy-connection"} and "x-stays" in names
    assert answer.getheader("X-Secret") is None and answer.getheader("Keep-Alive") is None
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_a_body_in_chunks_arrives_whole(port):
    request = (
        b"POST /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    answer = raw(port, request + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["body"] == "hello world"


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n",
        b"GET http://elsewhere/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(port, request_):
    answer = raw(port, request_)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")) and b"smuggled" not in answer


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=400))
def test_no_bytes_bring_it_down(port, noise):
    raw(port, noise + b"\r\n\r\n", leave=True)
    answer, _ = ask(port, "GET", "/still-there")
    assert answer.status == 200


def test_an_upload_is_handed_on_while_it_comes(port):
    server = Echo.on  # type: ignore[attr-defined]
    size = 4_000_000
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("POST", "/first-bytes")
    connection.putheader("Content-Length", str(size))
    connection.endheaders(b"0123456789")
    assert server.seen.wait(20), "the first bytes arrive before the last are sent"
    connection.send(b"x" * (size - 10))
    assert json.loads(connection.getresponse().read())["size"] == size - len(server.first)
    connection.close()


@pytest.mark.parametrize("says_its_length", [True, False])
def test_a_body_without_end_is_refused(echo, settings, says_its_length):
    settings.BODY_MAX = 100_000
    with front(echo) as port, closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as client:
        length = b"Content-Length: 100001" if says_its_length else b"Transfer-Encoding: chunked"
        client.sendall(b"POST /c HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + length + b"\r\n\r\n")
        with suppress(OSError):
            for _ in range(0 if says_its_length else 200):
                client.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 413")
        assert ask(port, "POST", "/c", b"x" * 100_000)[0].status == 200


def test_an_answer_that_breaks_off_is_not_taken_for_whole(port):
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        ask(port, "GET", "/half")


@pytest.mark.parametrize(("language", "word"), [("zh-CN,zh", "平台"), ("en-GB,en", "platform")])
def test_where_the_web_server_does_not_answer_it_says_so(port, language, word):
    answer, content = ask(port, "POST", "/dies", b"{}", [("Accept-Language", language)])
    assert answer.status == 502 and answer.getheader("Content-Type").startswith("application/problem+json")
    problem = json.loads(content)
    assert problem["code"] == "platform_failed" and word in problem["detail"]


def test_where_there_is_no_web_server_it_says_so():
    with front(Path("/tmp/no-such-socket")) as port:
        answer, content = ask(port, "GET", "/console/")
    assert answer.status == 503 and answer.getheader("Retry-After")
    assert json.loads(content)["code"] == "platform_unavailable"


def test_the_address_is_taken_from_the_socket_alone():
    seen: list[str] = []
    application = behind_a_socket(lambda environ, start: seen.append(environ["REMOTE_ADDR"]) or [])  # type: ignore[func-returns-value]
    application({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 2.2.2.2"}, None)
    application({"REMOTE_ADDR": "3.3.3.3", "HTTP_X_FORWARDED_FOR": "1.1.1.1"}, None)
    application({"REMOTE_ADDR": ""}, None)
    assert seen == ["2.2.2.2", "3.3.3.3", ""]


def test_a_proxy_that_is_no_address_stops_the_start():
    assert networks("") == []
    with pytest.raises(ValueError, match="not-an-address"):
        networks("not-an-address")
