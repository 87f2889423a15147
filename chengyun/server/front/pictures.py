"""Live pictures of a camera worker, through the origin that browsers know: `GET /live/WORKER/CAMERA.mjpeg?until=..&key=..`,
and rules that are tried on what a camera saw: `POST /live/WORKER/CAMERA.preview?until=..&key=..`.

The front asks no address but those that workers announced with their lease, and hands on nothing of the browser's but
the key, which the worker checks: the server signed it for one camera and a few minutes, when it put the reason on record.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress

import aiohttp
from aiohttp import web
from django.db import Error, close_old_connections
from yarl import URL

from chengyun.kernel import clock
from chengyun.server.front.answers import problem
from chengyun.video.models import Worker

PREFIX = "/live/"
_PATH = re.compile(
    r"/live/([A-Za-z0-9][A-Za-z0-9_.-]{0,39})/([A-Za-z0-9][A-Za-z0-9_.-]{0,39}\.(?:mjpeg|jpg))"
)
_PREVIEW = re.compile(r"/live/([A-Za-z0-9][A-Za-z0-9_.-]{0,39})/([A-Za-z0-9][A-Za-z0-9_.-]{0,39}\.preview)")
_QUERY = re.compile(r"until=\d{1,12}&key=[0-9a-f]{64}")
# Suggested values (建议值): streams at once, seconds without a byte.
_MOST, _QUIET_S = 200, 30.0
# Of rules that are tried: at once, bytes of a question and of an answer, seconds.
_TRIED_MOST, _ASKED_MAX, _SAID_MAX, _TRIED_S = 20, 64 * 1024, 1024 * 1024, 15.0
_KEPT = ("Content-Type", "Content-Length")
_log = logging.getLogger("chengyun.front")


def address_of(name: str) -> str | None:
    """Where a worker that is alive serves its pictures."""
    close_old_connections()
    row = Worker.objects.filter(name=name, until__gt=clock.now()).values_list("address", flat=True).first()
    return row or None


class Pictures:
    """Hands requests for live pictures on."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=_QUIET_S),
            auto_decompress=False,
            trust_env=False,
        )
        self._open = self._trying = 0

    async def close(self) -> None:
        await self._session.close()

    async def hand_on(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = _PATH.fullmatch(request.rel_url.raw_path)
        if asked is None or not _QUERY.fullmatch(request.rel_url.raw_query_string):
            return problem(request, 404, "not_found")
        if self._open >= _MOST:
            return problem(request, 429, "too_many_streams")
        self._open += 1
        try:
            address = await asyncio.to_thread(address_of, asked[1])
            if address is None:
                return problem(request, 404, "not_found")
            return await self._stream(request, f"{address.rstrip('/')}{PREFIX}{asked[2]}")
        except Error:
            return problem(request, 503, "platform_unavailable")
        finally:
            self._open -= 1

    async def attempt(self, request: web.BaseRequest) -> web.StreamResponse:
        """Rules to the worker, which checks that the server signed them, and its answer back."""
        asked = _PREVIEW.fullmatch(request.rel_url.raw_path)
        if asked is None or not _QUERY.fullmatch(request.rel_url.raw_query_string):
            return problem(request, 404, "not_found")
        if request.content_length is None:
            return problem(request, 400, "bad_request")
        if request.content_length > _ASKED_MAX:
            return problem(request, 413, "too_large")
        if self._trying >= _TRIED_MOST:
            return problem(request, 429, "too_many_streams")
        self._trying += 1
        try:
            address = await asyncio.to_thread(address_of, asked[1])
            if address is None:
                return problem(request, 404, "not_found")
            return await self._answer(request, f"{address.rstrip('/')}{PREFIX}{asked[2]}")
        except Error:
            return problem(request, 503, "platform_unavailable")
        finally:
            self._trying -= 1

    async def _answer(self, request: web.BaseRequest, address: str) -> web.StreamResponse:
        target = URL(f"{address}?{request.rel_url.raw_query_string}", encoded=True)
        try:
            async with asyncio.timeout(_TRIED_S):
                asked = self._session.post(target, data=await request.read(), allow_redirects=False)
                async with asked as answer:
                    body = await answer.content.read(_SAID_MAX + 1)
                    while len(body) <= _SAID_MAX and (more := await answer.content.read(_SAID_MAX + 1)):
                        body += more
                    status, kind = answer.status, answer.headers.get("Content-Type", "")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            _log.warning("rules tried at a worker: %r", type(error).__name__)
            return problem(request, 502, "platform_failed")
        if len(body) > _SAID_MAX or not kind.startswith(("application/json", "application/problem+json")):
            return problem(request, 403 if status == 403 else 502, "platform_failed")
        headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=body, status=status, headers=headers, content_type=kind.partition(";")[0])

    async def _stream(self, request: web.BaseRequest, address: str) -> web.StreamResponse:
        target = URL(f"{address}?{request.rel_url.raw_query_string}", encoded=True)
        try:
            answer = await self._session.get(target, allow_redirects=False)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            _log.warning("a worker's live picture: %r", type(error).__name__)
            return problem(request, 502, "platform_failed")
        async with answer:
            kind = answer.headers.get("Content-Type", "")
            if answer.status != 200 or not kind.startswith(("image/jpeg", "multipart/x-mixed-replace")):
                return problem(request, 403 if answer.status == 403 else 502, "platform_failed")
            headers = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
            headers |= {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
            response = web.StreamResponse(headers=headers)
            with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
                await response.prepare(request)
                async for part in answer.content.iter_any():
                    await response.write(part)
                await response.write_eof()
        response.force_close()
        return response
