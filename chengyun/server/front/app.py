"""Starts and ends the front process, and says which request goes where."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from django.conf import settings

from chengyun.kernel import clock
from chengyun.kernel.errors import NotFound
from chengyun.server.front.answers import problem
from chengyun.server.front.gate import Admitted, cookie_of
from chengyun.server.front.hub import AWAY, Hub
from chengyun.server.front.pictures import PREFIX, Pictures
from chengyun.server.front.proxy import Proxy, networks
from chengyun.server.supervisor import web_socket
from chengyun.server.time import AtFirstUse

STREAM = "/api/live/stream"
# A client that takes nothing of what was sent, or is gone without a word, is found out by the kernel (suggested value).
_UNANSWERED_MS = 30_000
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}


class Front:
    """What one request meets."""

    def __init__(self, hub: Hub, proxy: Proxy, pictures: Pictures) -> None:
        self._hub, self._proxy, self._pictures = hub, proxy, pictures

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == STREAM and request.method == "GET":
            return await self.stream(request)
        if request.path.startswith(PREFIX) and request.method == "GET":
            return await self._pictures.hand_on(request)
        if request.path.startswith(PREFIX) and request.method == "POST":
            return await self._pictures.attempt(request)
        return await self._proxy.hand_on(request)

    async def stream(self, request: web.BaseRequest) -> web.StreamResponse:
        """The live stream. A place to go on from comes in `Last-Event-ID`, at first in `after`."""
        session = cookie_of(request.cookies)
        if not self._hub.ready:
            return problem(request, 503, "stream_unavailable")
        try:
            asked = request.query.get("values", "all")
            admitted = await self._hub.admit(session, asked) if session else None
        except NotFound:
            return problem(request, 404, "not_found", field="values")
        except AWAY:
            return problem(request, 503, "stream_unavailable")
        if admitted is None:
            return problem(request, 401, "not_logged_in")
        if admitted.sight.nothing:
            return problem(request, 403, "nothing_to_see")
        mine, all_of_them = self._hub.streams_of(admitted.user), len(self._hub.viewers)
        if mine >= settings.STREAMS_PER_USER or all_of_them >= settings.STREAMS:
            return problem(request, 429, "too_many_streams")
        mark = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        return await self._write(request, admitted, mark)

    async def _write(self, request: web.BaseRequest, admitted: Admitted, mark: str) -> web.StreamResponse:
        transport = request.transport
        response = web.StreamResponse(headers=_HEADERS)
        if transport is None:
            return response
        _find_out_the_dead(transport.get_extra_info("socket"))
        viewer = self._hub.join(admitted, mark, transport.abort)
        try:
            await response.prepare(request)
            await viewer.write_to(response.write)
            await response.write_eof()
        except ConnectionError:
            pass  # gone; it will come back
        finally:
            self._hub.leave(viewer)
        response.force_close()
        return response


def _find_out_the_dead(connection: socket.socket | None) -> None:
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if connection is not None and option is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, option, _UNANSWERED_MS)


async def serve(
    host: str, port: int, stop: asyncio.Event, ready: Callable[[int], None] = lambda port: None
) -> None:
    """Hold the port until `stop`. Raises what ended the hub, so that the supervisor starts all of it anew."""
    hub, proxy = Hub(), Proxy(str(web_socket()), networks(settings.PROXIES), settings.BODY_MAX)
    pictures = Pictures()
    front = Front(hub, proxy, pictures)
    server = web.Server(front.answer, access_log=None, auto_decompress=False, keepalive_timeout=60)
    runner = web.ServerRunner(server, shutdown_timeout=2)
    feeding, stopping = asyncio.create_task(hub.run()), asyncio.create_task(stop.wait())
    try:
        await runner.setup()
        await web.TCPSite(runner, host, port, backlog=1024).start()
        ready(int(runner.addresses[0][1]))
        await asyncio.wait({feeding, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if feeding.done():
            feeding.result()
    finally:
        stopping.cancel()
        feeding.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await feeding
        for viewer in list(hub.viewers):
            viewer.close()
        await runner.cleanup()
        await proxy.close()
        await pictures.close()


def _worth_a_line(record: logging.LogRecord) -> bool:
    """What strangers send that is no HTTP is answered 400; it needs no page in the log."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


def main(host: str, port: int) -> int:
    clock.install(AtFirstUse())
    logging.getLogger("aiohttp.server").addFilter(_worth_a_line)

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(host, port, stop)

    try:
        asyncio.run(run())
    except OSError as error:
        print(f"chengyun: {host}:{port} cannot be served: {error}", file=sys.stderr)
        return 1
    return 0
