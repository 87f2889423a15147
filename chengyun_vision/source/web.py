"""One HTTP request: credentials out of the address and into a header, bounded answers, causes told apart, and a way for
another thread to hang up.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from chengyun_vision.source.base import SourceError, redacted

# Suggested value: a 4K JPEG of the best quality has room in it several times over.
MOST_BYTES = 32 * 1024 * 1024


def parted(url: str) -> tuple[str, str, str]:
    """(address without credentials, user, password), percent codes resolved."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    bare = urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
    return bare, unquote(parts.username or ""), unquote(parts.password or "")


class Line:
    """The connection of a request. Its time limits count from one byte to the next, so whoever sends a byte now and then
    holds a reader for ever: `hang_up` ends it, from any thread, and all that are taken after it.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._socket: socket.socket | None = None
        self._ours = False  # a handle of our own, to be closed by us
        self._over = False

    def take(self, connection: socket.socket, *, ours: bool = False) -> None:
        with self._turn:
            self._drop()
            self._socket, self._ours = connection, ours
            if self._over:
                self._cut()

    def hang_up(self) -> None:
        with self._turn:
            self._over = True
            self._cut()

    def _cut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it is gone already
                self._socket.shutdown(socket.SHUT_RDWR)
        self._drop()

    def _drop(self) -> None:
        if self._socket is not None and self._ours:
            self._socket.close()
        self._socket = None


class _Plain(http.client.HTTPConnection):
    line: Line

    def connect(self) -> None:
        super().connect()
        self._connected()

    def _connected(self) -> None:
        self.line.take(self.sock)


class _Tls(http.client.HTTPSConnection, _Plain):
    """Connects as `_Plain` does, then shakes hands: for so long only a handle of our own reaches the connection."""

    def connect(self) -> None:
        super().connect()
        self.line.take(self.sock)

    def _connected(self) -> None:
        self.line.take(self.sock.dup(), ours=True)


class _Asks(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(self._made, _Plain), req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(self._made, _Tls), req)

    def _made(self, kind: type[_Plain], *args: Any, **more: Any) -> _Plain:
        connection = kind(*args, **more)
        connection.line = self._line
        return connection


def request(
    url: str,
    *,
    patience: float,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    method: str | None = None,
    heed: tuple[int, ...] = (),
    line: Line | None = None,
) -> Any:
    """The open answer (http.client.HTTPResponse); close it. Basic and digest log-in with the user and password of the
    address. SourceError by cause, but for the statuses to `heed`: their answers say more than their numbers.
    `patience`: seconds without a byte. `line`: by which another thread may hang up.

    Only http and https, also where an answer leads on, and no proxies of the environment: cameras and media servers stand
    in the same network.
    """
    where, line = redacted(url), line or Line()
    try:
        bare, user, password = parted(url)
        if urlsplit(bare).scheme not in ("http", "https"):
            raise SourceError("not_found", where)
        handlers: list[urllib.request.BaseHandler] = [
            _Asks(line),
            urllib.request.UnknownHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPRedirectHandler(),
            urllib.request.HTTPErrorProcessor(),
        ]
        if user:
            logins = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            logins.add_password(None, bare, user, password)
            handlers += [
                urllib.request.HTTPDigestAuthHandler(logins),
                urllib.request.HTTPBasicAuthHandler(logins),
            ]
        opener = urllib.request.OpenerDirector()
        for handler in handlers:
            opener.add_handler(handler)
        asked = urllib.request.Request(bare, data=data, headers=dict(headers or {}), method=method)
        return opener.open(asked, timeout=patience)
    except urllib.error.HTTPError as error:
        if error.code in heed:
            return error
        error.close()
        if error.code in (401, 403):
            raise SourceError("auth", where) from None
        raise SourceError("not_found" if error.code in (404, 410) else "refused", where) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        line.hang_up()
        raise SourceError(cause_of(error), where) from None


def cause_of(error: BaseException) -> Any:
    """The cause behind an error of the socket library."""
    inner = getattr(error, "reason", error)
    if isinstance(inner, TimeoutError | socket.timeout):
        return "timeout"
    if isinstance(inner, socket.gaierror | http.client.InvalidURL | ValueError) and not isinstance(
        inner, ssl.SSLError
    ):
        return "not_found"
    return "refused"


def fetch(
    url: str,
    *,
    patience: float,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    method: str | None = None,
    most: int = MOST_BYTES,
    heed: tuple[int, ...] = (),
) -> bytes:
    """The whole answer, at most `most` bytes (more: "codec", since no picture or reply is that long)."""
    try:
        with request(url, patience=patience, data=data, headers=headers, method=method, heed=heed) as answer:
            body: bytes = answer.read(most + 1)
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(cause_of(error), redacted(url)) from None
    if len(body) > most:
        raise SourceError("codec", redacted(url))
    return body


def fetch_json(url: str, *, patience: float, payload: Any = None, method: str | None = None) -> Any:
    """A JSON answer to a JSON question; anything else is "codec"."""
    data = None if payload is None else json.dumps(payload).encode()
    headers = {"Content-Type": "application/json"} if data is not None else {}
    body = fetch(url, patience=patience, data=data, headers=headers, method=method, most=8 * 1024 * 1024)
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        raise SourceError("codec", redacted(url)) from None
