"""Clips and answers that no camera should give, for tests: all rendered here."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import av
import cv2
import numpy as np

from tests.vision.render import Scene
from tests.vision.server import Answer

MJPEG = "multipart/x-mixed-replace; boundary=f"


@cache
def jpeg(number: int = 0, width: int = 64, height: int = 48) -> bytes:
    """A picture with noise in it, so that none is like another."""
    made: bytes = cv2.imencode(".jpg", Scene(width, height, noise=3)(number / 10))[1].tobytes()
    return made


@cache
def declared(width: int, height: int) -> bytes:
    """A small JPEG that says it is of this size."""
    data = bytearray(jpeg())
    size = data.index(b"\xff\xc0") + 5
    data[size : size + 4] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


def part(body: bytes, *, length: bool = True) -> bytes:
    said = b"Content-Length: %d\r\n" % len(body) if length else b""
    return b"--f\r\nContent-Type: image/jpeg\r\n" + said + b"\r\n" + body + b"\r\n"


# clips


def spliced(path: Path, clips: Sequence[Path], *, fps: int = 10) -> Path:
    """The packets of several clips of one codec after each other, as if the camera were set anew: sizes change inside."""
    with av.open(str(path), "w") as out:
        stream, number = None, itertools.count()
        for clip in clips:
            with av.open(str(clip)) as film:
                stream = stream or out.add_stream_from_template(film.streams.video[0])
                for packet in film.demux(film.streams.video[0]):
                    if packet.size:
                        packet.stream = stream
                        packet.time_base = Fraction(1, fps)
                        packet.pts = packet.dts = next(number)
                        out.mux(packet)
    return path


def listened(path: Path, seconds: float = 1.0) -> Path:
    """A clip of sound alone."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mp2", rate=16_000)
        for number in range(round(seconds * 20)):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
            sound.sample_rate, sound.pts = 16_000, number * 800
            out.mux(stream.encode(sound))
        out.mux(stream.encode(None))
    return path


def uneven(path: Path, scene: Callable[[float], np.ndarray], times: Iterable[float]) -> Path:
    """A clip with a picture at each of these seconds: a frame rate that varies."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=1000)
        first = scene(0.0)
        stream.width, stream.height, stream.pix_fmt = first.shape[1], first.shape[0], "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.thread_count = 5, 1
        stream.codec_context.time_base = Fraction(1, 1000)
        for at in times:
            picture = av.VideoFrame.from_ndarray(scene(at), format="bgr24")
            picture.pts, picture.time_base = round(at * 1000), Fraction(1, 1000)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def stamped(ts: bytes, stamp: Callable[[int], float | None]) -> bytes:
    """An MPEG transport stream whose n-th picture says `stamp(n)` seconds; None: it says nothing."""
    data = bytearray(ts)
    for number, head in enumerate(_heads(ts)):
        at, length = stamp(number), data[head + 8]
        if at is None:
            data[head + 7] &= 0x3F
            data[head + 9 : head + 9 + length] = b"\xff" * length
            continue
        ticks = round(at * 90_000) % (1 << 33)
        for place in range(head + 9, head + 9 + length - 4, 5):
            data[place : place + 5] = _ticks(data[place] & 0xF0, ticks)
    return bytes(data)


def _heads(ts: bytes) -> Iterator[int]:
    """Where the pictures of a transport stream begin."""
    for start in range(0, len(ts) - 187, 188):
        head = start + 4 + (1 + ts[start + 4] if ts[start + 3] & 0x20 else 0)
        if ts[start + 1] & 0x40 and ts[head : head + 3] == b"\0\0\1" and ts[head + 3] & 0xE0 == 0xE0:
            yield head


def _pictures(ts: bytes) -> int:
    return sum(1 for _ in _heads(ts))


def _ticks(mark: int, ticks: int) -> bytes:
    return bytes(
        [
            mark | (ticks >> 29) & 0x0E | 1,
            (ticks >> 22) & 0xFF,
            (ticks >> 14) & 0xFE | 1,
            (ticks >> 7) & 0xFF,
            (ticks << 1) & 0xFE | 1,
        ]
    )


# answers of an HTTP server


class Manners:
    """Answers that go on until `mended`: then streams of pictures end, as they do when a camera starts anew. What holds on
    to a connection without pictures does so until `close`."""

    def __init__(self) -> None:
        self.mended, self.over = threading.Event(), threading.Event()

    def close(self) -> None:
        self.mended.set()
        self.over.set()

    def flow(
        self, kind: str, pieces: Callable[[], Iterator[bytes]], pause: float = 0.1, at_once: int = 0
    ) -> Answer:
        """The pieces with pauses; the first `at_once` without any."""

        def answer(request: BaseHTTPRequestHandler, _: bytes) -> None:
            request.send_response(200)
            if kind:
                request.send_header("Content-Type", kind)
            request.end_headers()
            for number, piece in enumerate(pieces()):
                request.wfile.write(piece)
                if number >= at_once and self.mended.wait(pause):
                    return

        return answer

    def pictures(self, *bodies: bytes) -> Answer:
        """An MJPEG stream of these bodies over and over; without any, of pictures as they should be."""
        return self.flow(MJPEG, lambda: (part(body) for body in itertools.cycle(bodies or _fine())))

    def one(self, *bodies: bytes) -> Answer:
        """An address that gives one picture at a time."""
        turn = itertools.cycle(bodies or _fine())

        def answer(request: BaseHTTPRequestHandler, _: bytes) -> None:
            body = next(turn)
            request.send_response(200)
            request.send_header("Content-Type", "image/jpeg")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        return answer

    def film(
        self, ts: bytes, stamp: Callable[[int], float | None] = lambda n: n / 10, fps: float = 10.0
    ) -> Answer:
        """A transport stream over and over, its pictures stamped throughout (see `stamped`). The first turn comes at once:
        so nobody has to wait until it is known what it is."""
        pictures = _pictures(ts)

        def pieces() -> Iterator[bytes]:
            for turn in itertools.count():
                data = stamped(ts, lambda n, first=turn * pictures: stamp(first + n))  # type: ignore[misc]
                yield from (data[i : i + 1880] for i in range(0, len(data), 1880))

        each = max(1, -(-len(ts) // 1880))
        return self.flow("video/mp2t", pieces, pictures / fps / each, each)

    def quiet(self, request: BaseHTTPRequestHandler, _: bytes) -> None:
        """Takes the question and says nothing."""
        self.over.wait()

    def begins(self, kind: str, *chunks: bytes) -> Answer:
        """A beginning, and silence after it."""

        def answer(request: BaseHTTPRequestHandler, _: bytes) -> None:
            request.send_response(200)
            request.send_header("Content-Type", kind)
            request.end_headers()
            for chunk in chunks:
                request.wfile.write(chunk)
            self.over.wait()

        return answer

    def drips(self, data: bytes, head: bytes = b"HTTP/1.0 200 OK\r\n", pause: float = 0.1) -> Answer:
        """A byte now and then, for ever."""

        def answer(request: BaseHTTPRequestHandler, _: bytes) -> None:
            request.wfile.write(head)
            for byte in itertools.cycle(data):
                request.wfile.write(bytes([byte]))
                if self.over.wait(pause):
                    return

        return answer

    def endless(self, piece: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n") -> Answer:
        """The same again and again, as fast as it is taken."""

        def answer(request: BaseHTTPRequestHandler, _: bytes) -> None:
            request.wfile.write(head)
            while not self.over.is_set():
                request.wfile.write(piece)

        return answer


def round_about(request: BaseHTTPRequestHandler, _: bytes) -> None:
    """Leads to itself."""
    request.send_response(302)
    request.send_header("Location", request.path)
    request.send_header("Content-Length", "0")
    request.end_headers()


def _fine() -> list[bytes]:
    return [jpeg(number) for number in range(7)]


def patient(seconds: float, what: Callable[[], object], pause: float = 0.02) -> bool:
    """Whether it came about in time."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
