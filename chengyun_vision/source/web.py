"""One HTTP request: credentials out of the address and into a header, bounded answers, causes told apart."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
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


def request(
    url: str,
    *,
    patience: float,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    method: str | None = None,
    heed: tuple[int, ...] = (),
) -> Any:
    """The open answer (http.client.HTTPResponse); close it. Basic and digest log-in with the user and password of the
    address. SourceError by cause, but for the statuses to `heed`: their answers say more than their numbers.

    Only http and https, no proxies of the environment: cameras and media servers stand in the same network.
    """
    where = redacted(url)
    try:
        bare, user, password = parted(url)
        if urlsplit(bare).scheme not in ("http", "https"):
            raise SourceError("not_found", where)
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if user:
            logins = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            logins.add_password(None, bare, user, password)
            handlers += [
                urllib.request.HTTPDigestAuthHandler(logins),
                urllib.request.HTTPBasicAuthHandler(logins),
            ]
        opener = urllib.request.build_opener(*handlers)
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
