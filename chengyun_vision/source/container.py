"""What libav reads: files, and streams over RTSP or HTTP."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import av.error
import av.logging

from chengyun_vision import steady
from chengyun_vision.frames import Packet
from chengyun_vision.source.base import Cause, Facts, Notice, SourceError, redacted
from chengyun_vision.source.timeline import ClipTime, LiveTime

av.logging.set_level(None)  # libav's own lines may carry addresses with passwords in them

# A reader of a paced clip wakes at most this often, so that a hundred of them leave the machine to the work.
BEAT = 0.1

_PROTOCOLS = {
    "": "file",
    "rtsp": "rtsp,rtp,rtcp,udp,tcp",
    "rtsps": "rtsp,rtsps,rtp,tcp,tls",
    "http": "http,tcp",
    "https": "https,http,tcp,tls",
}


class Container:
    """A file or a stream. `pace` and `loop` are for files: "live" hands packets over when a camera would have sent them.
    `start`: seconds of the clip, to a keyframe, from which it is entered."""

    def __init__(
        self,
        address: str,
        *,
        pace: str = "fast",
        loop: bool = False,
        start: float = 0.0,
        patience: float = 10.0,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = steady.wall,
    ) -> None:
        self._scheme = address.split("://", 1)[0].lower() if "://" in address else ""
        self._address = address
        self._paced = pace == "live"
        self._loop = loop
        self._start = start
        self._patience = patience
        self._now, self._wall = now, wall
        self._closing = threading.Event()
        self.live = bool(self._scheme) or self._paced
        self.facts: Facts | None = None

    def close(self) -> None:
        self._closing.set()

    def open(self) -> Iterator[Packet | Notice]:
        began = self._now()
        try:
            with self._opened() as container:
                stream = container.streams.video[0] if container.streams.video else None
                if stream is None:
                    raise SourceError("codec", redacted(self._address))
                self.facts = self._facts(stream)
                yield from (
                    self._clip(container, stream) if not self._scheme else self._stream(container, stream)
                )
        except (av.error.FFmpegError, OSError, ValueError, MemoryError) as error:
            cause = cause_of(error)
            if self.facts is None and self._now() - began >= self._patience:
                # libav has many words for a silent server: no permission, an answer that cannot be read, a broken line.
                cause = "timeout"
            raise SourceError(cause, redacted(self._address)) from None
        raise SourceError("ended", redacted(self._address))

    def _opened(self) -> Any:
        if self._scheme not in _PROTOCOLS:
            raise SourceError("not_found", redacted(self._address))
        options = {"protocol_whitelist": _PROTOCOLS[self._scheme]}
        address = self._address
        if self._scheme:
            # RTSP over TCP: a lost datagram smears a picture until the next keyframe. A camera says at once what it sends.
            options |= {
                "timeout": str(int(self._patience * 1e6)),
                "analyzeduration": "1500000",
                "probesize": "1000000",
            }
            if self._scheme.startswith("rtsp"):
                options |= {"rtsp_transport": "tcp", "allowed_media_types": "video"}
        else:
            address = f"file:{Path(address).resolve()}"  # never read as a protocol, whatever its name
        return av.open(address, options=options, timeout=(self._patience, self._patience))

    def _facts(self, stream: Any) -> Facts:
        context = stream.codec_context
        if context is None:
            raise SourceError("codec", redacted(self._address))
        rate = stream.average_rate or stream.guessed_rate
        fps = float(rate) if rate and 0 < rate < 1000 else None
        extradata = bytes(context.extradata or b"")
        return Facts(context.name, context.width or 0, context.height or 0, fps, self.live, extradata)

    def _stream(self, container: Any, stream: Any) -> Iterator[Packet | Notice]:
        clock, tick = LiveTime(self._wall(), self._now()), _tick(stream)
        for packet in self._packets(container, stream):
            at, broken = clock.stamp(_seconds(packet, tick), self._now())
            if broken:
                yield Notice(at, "jumped", detail=f"{broken:+.1f}")
            yield Packet(at, packet.size, packet.is_keyframe, packet)

    def _clip(self, container: Any, stream: Any) -> Iterator[Packet | Notice]:
        assert self.facts is not None
        start = stream.start_time * stream.time_base if stream.start_time is not None else None
        clock = ClipTime(None if start is None else float(start), 1 / (self.facts.fps or 25.0))
        tick = _tick(stream)
        if self._start > 0:
            container.seek(int(self._start * 1_000_000))
        begin = due = None
        while True:
            some = False
            for packet in self._packets(container, stream):
                some = True
                at, broken = clock.stamp(_seconds(packet, tick))
                if begin is None or due is None:  # a clip that is entered in its midst begins now, too
                    first = at if self._start > 0 else 0.0
                    begin, due = (self._wall() if self._paced else 0.0) - first, self._now() - first
                if broken:
                    yield Notice(begin + at, "jumped", detail=f"{broken:+.1f}")
                ahead = due + at - self._now()
                if self._paced and ahead > 0 and self._closing.wait(max(ahead, BEAT)):
                    return
                yield Packet(begin + at, packet.size, packet.is_keyframe, packet)
            if not self._loop or not some or self._closing.is_set():
                return
            container.seek(0)
            clock.wrap()
            assert begin is not None
            yield Notice(begin + clock.high, "jumped", detail="loop")

    def _packets(self, container: Any, stream: Any) -> Iterator[Any]:
        for packet in container.demux(stream):
            if self._closing.is_set():
                return
            if packet.size:
                yield packet


def _seconds(packet: Any, tick: tuple[int, int] | None) -> float | None:
    """`tick`: one unit of the stream's stamps, seconds, as a fraction taken apart once: doing so for each packet costs
    more than reading it."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    return None if stamp is None or tick is None else stamp * tick[0] / tick[1]


def _tick(stream: Any) -> tuple[int, int] | None:
    return None if stream.time_base is None else stream.time_base.as_integer_ratio()


def cause_of(error: BaseException) -> Cause:
    """The cause behind libav's error."""
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return "auth"
    if isinstance(error, PermissionError) and error.errno == errno.EACCES:
        return "auth"  # of a file; of a server, EPERM is an answer that makes no sense
    if isinstance(error, av.error.HTTPNotFoundError | FileNotFoundError | av.error.ProtocolNotFoundError):
        return "not_found"
    if isinstance(error, TimeoutError | av.error.ExitError):
        return "timeout"
    if isinstance(error, av.error.EOFError):
        return "ended"
    if isinstance(error, ConnectionError | av.error.HTTPError):
        return "refused"
    if isinstance(error, av.error.InvalidDataError | av.error.LookupError | ValueError | MemoryError):
        return "codec"
    return "refused"
