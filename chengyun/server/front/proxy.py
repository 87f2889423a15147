"""Hands a request on to the web server's socket and its answer back, streaming both ways.

What a client may say about where it comes from is not believed: whoever is on the other end of its connection stands in
X-Forwarded-For, and only a reverse proxy that the operator has named may put somebody else there.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from chengyun.server.front.answers import problem

# RFC 9110, 7.6.1: these speak of one connection, not of the request. `Expect` is answered here.
HOP_BY_HOP = frozenset(
    {
        "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
# The web server believes what comes over its socket: nobody else may say these.
_OURS = ("x-forwarded-", "forwarded", "x-real-ip")
# Headers that the client would add by itself: only those of the request go on.
_NONE_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# Longer than the web server gives a request (gunicorn_config.timeout): its own end is the better message.
_QUIET_S = 75.0
_log = logging.getLogger("chengyun.front")

Networks = Sequence[IPv4Network | IPv6Network]


def networks(text: str) -> Networks:
    """Addresses and networks of reverse proxies, separated by commas. ValueError for what is neither."""
    return [ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip()]


class TooLong(Exception):
    """A body that did not say its length goes on and on."""


class Proxy:
    """Every request gets a connection of its own to the web server: on a socket of this machine that costs little, and no
    request is lost to a connection that the other side was about to close."""

    def __init__(self, socket: str, believed: Networks, longest: int) -> None:
        self._believed, self._longest = believed, longest
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(socket, limit=0, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=_QUIET_S),
            auto_decompress=False,
            skip_auto_headers=_NONE_ADDED,
        )

    async def close(self) -> None:
        await self._session.close()

    async def hand_on(self, request: web.BaseRequest) -> web.StreamResponse:
        """The web server's answer; a problem of our own where it gives none."""
        if not request.raw_path.startswith("/"):
            return problem(request, 400, "bad_request")
        if (request.content_length or 0) > self._longest:
            return problem(request, 413, "too_large")
        try:
            asked = self._session.request(
                request.method,
                URL(f"http://web{request.raw_path}", encoded=True),
                headers=self.headers(request),
                data=self._body(request) if request.can_read_body else None,
                allow_redirects=False,
            )
            answer = await asked
        except (aiohttp.ClientConnectorError, ConnectionRefusedError, FileNotFoundError):
            return problem(request, 503, "platform_unavailable")
        except (UnicodeEncodeError, aiohttp.InvalidURL, ValueError):
            return problem(request, 400, "bad_request")
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            # What ends the sending of a body comes wrapped.
            if isinstance(error.__cause__, TooLong):
                return problem(request, 413, "too_large")
            _log.warning("%s %s was not answered: %r", request.method, request.path, error)
            return problem(request, 502, "platform_failed")
        async with answer:
            return await self._back(request, answer)

    def _body(self, request: web.BaseRequest) -> aiohttp.StreamReader | AsyncIterator[bytes]:
        """What said how long it is goes on as it is; of what did not say, no more than is allowed."""
        return request.content if request.content_length is not None else self._counted(request.content)

    async def _counted(self, content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
        length = 0
        async for part in content.iter_any():
            length += len(part)
            if length > self._longest:
                raise TooLong
            yield part

    async def _back(self, request: web.BaseRequest, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        response = web.StreamResponse(
            status=answer.status, reason=answer.reason, headers=_kept(answer.raw_headers)
        )
        try:
            await response.prepare(request)
            if request.method != "HEAD":
                async for part in answer.content.iter_any():
                    await response.write(part)
            await response.write_eof()
        except aiohttp.ClientConnectionResetError:
            pass  # whoever asked has left, as a browser does on its way to another page
        except (TimeoutError, aiohttp.ClientError) as error:
            # The head is out already: cutting the connection is how the client learns that the rest is missing.
            _log.warning("%s %s: the answer broke off: %r", request.method, request.path, error)
            if request.transport is not None:
                request.transport.abort()
        return response

    def headers(self, request: web.BaseRequest) -> CIMultiDict[str]:
        """The request's headers as the web server gets them."""
        kept = _kept(request.raw_headers)
        peer, scheme = request.remote or "", "http"
        if self._believes(peer):
            peer = request.headers.get("X-Forwarded-For", peer).rpartition(",")[2].strip()
            scheme = request.headers.get("X-Forwarded-Proto", scheme).strip().lower()
        for name in [name for name in kept if name.lower().startswith(_OURS)]:
            kept.popall(name, None)
        kept["X-Forwarded-For"] = peer
        kept["X-Forwarded-Proto"] = scheme if scheme in ("http", "https") else "http"
        return kept

    def _believes(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._believed)


def _kept(raw: Sequence[tuple[bytes, bytes]]) -> CIMultiDict[str]:
    """Without what speaks of one connection only, and without names that WSGI cannot tell from others (`X_Y` and `X-Y`)."""
    fields = [(name.decode("ascii", "replace"), value.decode("utf-8", "replace")) for name, value in raw]
    named = {
        part.strip().lower()
        for name, value in fields
        if name.lower() == "connection"
        for part in value.split(",")
    }
    drop = HOP_BY_HOP | (named - {"host", "content-length", "cookie", "authorization"})
    return CIMultiDict(
        (name, value) for name, value in fields if name.lower() not in drop and "_" not in name
    )
