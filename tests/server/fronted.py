"""The front in a thread of the test, on the test's own database, and clients that speak to it over real sockets."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.test import Client

from chengyun.server.front import app
from tests.chaos.waiting import until

PATIENCE_S = 20.0


@contextmanager
def running(*, follows: bool = True) -> Iterator[int]:
    """The front holds a port while the block lasts; gives the port, once streams are let in (`follows`)."""
    started, stop = threading.Event(), asyncio.Event()
    found: dict[str, Any] = {}

    def ready(port: int) -> None:
        found["port"], found["loop"] = port, asyncio.get_running_loop()
        started.set()

    def live() -> None:
        try:
            asyncio.run(app.serve("127.0.0.1", 0, stop, ready))
        except BaseException as error:  # told to the test, which waits for it
            found["error"] = error
        finally:
            connections.close_all()
            started.set()

    thread = threading.Thread(target=live, name="front")
    thread.start()
    assert started.wait(PATIENCE_S)
    try:
        if "port" in found:
            if follows:
                until(lambda: _follows(found["port"]), "the front to follow the seal")
            yield found["port"]
    finally:
        if "loop" in found and thread.is_alive():
            found["loop"].call_soon_threadsafe(stop.set)
        thread.join(PATIENCE_S)
        if "error" in found:
            raise found["error"]


def _follows(port: int) -> bool:
    with Stream(port) as stream:
        return stream.status != 503


def session_of(user: Any) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


class Stream:
    """One stream of server-sent events, read as a browser would. Closed by `with`."""

    def __init__(self, port: int, session: str = "", query: str = "", last: str = "") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        more = f"Last-Event-ID: {last}\r\n" if last else ""
        self._socket.sendall(
            f"GET /api/live/stream{query} HTTP/1.0\r\nHost: localhost\r\n"
            f"Cookie: sessionid={session}\r\n{more}\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers = http.client.parse_headers(self._file)
        self.last = last
        self.comments = 0

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def body(self) -> Any:
        """The answer of a stream that was refused."""
        return json.loads(self._file.read())

    def next(self, *names: str) -> tuple[str, Any]:
        """The next event (of these names, if any are given), as name and data. ("", None) at the end of the stream."""
        deadline = time.monotonic() + 2 * PATIENCE_S
        while True:
            assert time.monotonic() < deadline, f"none of {names} came"
            fields: dict[str, str] = {}
            while (line := self._file.readline().decode()) not in ("\n", ""):
                key, _, value = line.rstrip("\n").partition(":")
                fields[key] = value.lstrip()
                self.comments += not key
            if not line:
                return "", None
            if fields.get("id"):
                self.last = fields["id"]
            if "event" in fields and (not names or fields["event"] in names):
                return fields["event"], json.loads(fields["data"])

    def until(self, wanted: Callable[[str, Any], bool]) -> list[tuple[str, Any]]:
        """Events up to the first that is wanted, itself included."""
        found: list[tuple[str, Any]] = []
        deadline = time.monotonic() + 2 * PATIENCE_S
        while not found or not wanted(*found[-1]):
            assert time.monotonic() < deadline, f"it did not come: {found[-5:]}"
            found.append(self.next())
            assert found[-1][0], f"the stream ended: {found}"
        return found
