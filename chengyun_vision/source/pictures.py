"""Whole pictures, each a JPEG or a PNG: a folder of them, an MJPEG stream, an address that gives one picture at a time.

Their packets are all keyframes; `data` is the bytes of the file, `Facts.codec` is "picture".
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from chengyun_vision import steady
from chengyun_vision.frames import Packet
from chengyun_vision.source.base import Facts, Notice, Source, SourceError, redacted
from chengyun_vision.source.container import Container
from chengyun_vision.source.timeline import ClipTime, LiveTime
from chengyun_vision.source.web import MOST_BYTES, Line, cause_of, request

ENDINGS = (".jpg", ".jpeg", ".png")


class Folder:
    """The pictures of a folder by name, one each `period` seconds."""

    def __init__(
        self,
        folder: str,
        *,
        period: float = 1.0,
        pace: str = "fast",
        loop: bool = False,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = steady.wall,
    ) -> None:
        self._folder = Path(folder)
        self._period = period
        self._loop = loop
        self._now, self._wall = now, wall
        self._closing = threading.Event()
        self.live = pace == "live"
        self.facts: Facts | None = None

    def close(self) -> None:
        self._closing.set()

    def open(self) -> Iterator[Packet | Notice]:
        try:
            names = sorted(file for file in self._folder.iterdir() if file.suffix.lower() in ENDINGS)
        except OSError:
            raise SourceError("not_found", str(self._folder)) from None
        if not names:
            raise SourceError("not_found", str(self._folder))
        self.facts = Facts("picture", 0, 0, 1 / self._period, self.live)
        clock = ClipTime(0.0, self._period)
        begin, due = (self._wall() if self.live else 0.0), self._now()
        while True:
            for file in names:
                at, _ = clock.stamp(None)
                if self.live and self._closing.wait(max(0.0, due + at - self._now())):
                    return
                yield self._packet(file, begin + at)
            if not self._loop:
                raise SourceError("ended", str(self._folder))
            yield Notice(begin + clock.high, "jumped", detail="loop")

    def _packet(self, file: Path, at: float) -> Packet:
        """A file that cannot be read or is too large is an empty picture: counted as corrupt by the decoder."""
        try:
            data = file.read_bytes() if file.stat().st_size <= MOST_BYTES else b""
        except OSError:
            data = b""
        return Packet(at, len(data), True, data)


class Http:
    """An address whose answer says what it is: an MJPEG stream, one picture (asked for each `period` seconds), or video."""

    live = True

    def __init__(
        self,
        address: str,
        *,
        period: float = 1.0,
        patience: float = 10.0,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = steady.wall,
    ) -> None:
        self._address = address
        self._period, self._patience = period, patience
        self._now, self._wall = now, wall
        self._closing = threading.Event()
        self._line = Line()
        self._video: Source | None = None
        self.facts: Facts | None = None

    def close(self) -> None:
        self._closing.set()
        self._line.hang_up()
        if self._video:
            self._video.close()

    def open(self) -> Iterator[Packet | Notice]:
        with request(self._address, patience=self._patience, line=self._line) as answer:
            kind = answer.headers.get_content_type()
            boundary = answer.headers.get_boundary()
            if kind.startswith("multipart/"):
                yield from self._stamped(parts(answer, boundary, redacted(self._address)))
            first = _read(answer, self._address) if kind.startswith("image/") else b""
        if kind.startswith("image/"):
            yield from self._stamped(self._asked(first))
        elif not kind.startswith("multipart/") and not self._closing.is_set():
            self._video = Container(self._address, patience=self._patience, now=self._now, wall=self._wall)
            for item in self._video.open():
                self.facts = self._video.facts
                yield item
        raise SourceError("ended", redacted(self._address))

    def _asked(self, first: bytes) -> Iterator[bytes]:
        yield first
        due = self._now()
        while True:
            due = max(due + self._period, self._now())
            if self._closing.wait(max(0.0, due - self._now())):
                return
            with request(self._address, patience=self._patience, line=self._line) as answer:
                picture = _read(answer, self._address)
            yield picture

    def _stamped(self, pictures: Iterator[bytes]) -> Iterator[Packet]:
        self.facts = Facts("picture", 0, 0, None, True)
        clock = LiveTime(self._wall(), self._now())
        for picture in pictures:
            if self._closing.is_set():
                return
            at, _ = clock.stamp(None, self._now())
            yield Packet(at, len(picture), True, picture)


def _read(answer: http.client.HTTPResponse, address: str) -> bytes:
    try:
        body = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(cause_of(error), redacted(address)) from None
    if len(body) > MOST_BYTES:
        raise SourceError("codec", redacted(address))
    return body


def parts(answer: http.client.HTTPResponse, boundary: str | None, where: str) -> Iterator[bytes]:
    """The bodies of a multipart answer. With a Content-Length they are taken by it, else up to the next boundary.

    Raises SourceError: "codec" when it is no such answer, "ended" when it stops.
    """
    mark = b"--" + (boundary or "").encode("latin-1", "replace").removeprefix(b"--")
    if mark == b"--":
        raise SourceError("codec", where)
    try:
        _until(answer, mark, where)
        while True:
            length = _headers(answer, where)
            if length is None:
                yield _until(answer, mark, where).removesuffix(b"\n").removesuffix(b"\r")
                continue
            body = answer.read(length)
            if len(body) < length:
                raise SourceError("ended", where)
            yield body
            _until(answer, mark, where)
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(cause_of(error), where) from None


def _headers(answer: http.client.HTTPResponse, where: str) -> int | None:
    """Reads a part's headers; its Content-Length where it says one."""
    length = None
    for _ in range(64):
        line = answer.readline(4096)
        if not line:
            raise SourceError("ended", where)
        if not line.strip():
            return length
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            text = value.strip()
            if not text.isdigit() or not 0 <= int(text[:12]) <= MOST_BYTES:
                raise SourceError("codec", where)
            length = int(text[:12])
    raise SourceError("codec", where)


def _until(answer: http.client.HTTPResponse, mark: bytes, where: str) -> bytes:
    """Everything before the line that begins with the mark; that line is read too."""
    body = bytearray()
    while True:
        line = answer.readline(65536)
        if not line:
            raise SourceError("ended", where)
        if line.startswith(mark):
            if line.startswith(mark + b"--"):
                raise SourceError("ended", where)
            return bytes(body)
        body += line
        if len(body) > MOST_BYTES:
            raise SourceError("codec", where)
