"""Which packets become pictures, and how. One thread; nothing that a broken stream does comes out of here as an exception.

    off        nothing
    snapshot   one keyframe in `every` seconds
    keyframe   every keyframe
    full       every picture (from the next keyframe on)

The mode may be changed at any time. A decoder belongs to one connection: make another when Notice "opened" comes.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import Any, Literal

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from chengyun_vision.frames import Frame, Image, Packet
from chengyun_vision.source.base import Facts, Notice

Mode = Literal["off", "snapshot", "keyframe", "full"]

# Pictures larger than this are refused before memory is taken for them: 8K has room in it.
MOST_PIXELS = 8192 * 4352
# More packets than any codec holds back to put pictures in order.
MOST_INSIDE = 20
# Each of their packets is a file that shows where it was cut; libav would fill up the rest with grey.
_WHOLE = frozenset(["mjpeg", "png", "picture"])
# Formats whose first plane is the brightness, a byte a pixel.
_PLANAR = frozenset(
    [f"yuv{full}{kind}p" for full in ("", "j") for kind in (410, 411, 420, 422, 440, 444)]
    + ["nv12", "nv21", "nv16", "gray"]
)


@dataclass(slots=True)
class Counts:
    """Since the decoder was made. `skipped`: packets that were not decoded on purpose. `resized`: changes of size."""

    decoded: int = 0
    skipped: int = 0
    corrupt: int = 0
    resized: int = 0
    last_picture: float | None = None


class Decoder:
    """`mode`, `every` (seconds, of the snapshot mode) may be set at run time. `counts` say what happened. `size`: of the
    last picture; given at the beginning, of the last one of the connection before.
    """

    def __init__(
        self,
        facts: Facts,
        mode: Mode = "keyframe",
        every: float = 10.0,
        *,
        size: tuple[int, int] | None = None,
    ) -> None:
        self.facts = facts
        self.mode: Mode = mode
        self.every = every
        self.counts = Counts()
        self._contexts: dict[str, Any] = {}
        self._makers: dict[tuple[int, int], Any] = {}
        self._notices: list[Notice] = []
        self._times: list[float] = []  # of the packets inside the decoder; a heap
        self._following = False  # every packet since a keyframe has been decoded
        self._vain = 0  # packets since the last picture came out
        self._told = True  # whether the decoder is given what the stream said of itself at the beginning
        self._snapped: float | None = None
        self.size = size

    def wants(self, packet: Packet) -> bool:
        """Whether `decode` would look at this packet in the present mode: lets a caller ask cheaper questions first."""
        if self.mode == "off":
            return False
        if self.mode == "full":
            return packet.keyframe or self._following
        if self.mode == "snapshot" and self._snapped is not None:
            return packet.keyframe and not 0 <= packet.at - self._snapped < self.every
        return packet.keyframe

    def decode(self, packet: Packet) -> list[Frame]:
        """The pictures that this packet completes, `at` strictly growing. Empty when skipped, incomplete or corrupt."""
        if not self.wants(packet):
            self.skip(packet)
            return []
        pictures = self._tried(packet)
        self._vain = 0 if pictures else self._vain + 1
        if isinstance(pictures, str):
            return self._broken(packet, pictures)
        if self._vain > MOST_INSIDE:
            return self._broken(packet, "no picture comes out")
        if self.mode == "snapshot" and pictures:
            self._snapped = packet.at
        return [frame for at, key, picture in pictures if (frame := self._frame(at, key, picture))]

    def skip(self, packet: Packet) -> None:
        """A packet that the caller decided not to decode. In the mode full, decoding goes on at the next keyframe."""
        self.counts.skipped += 1
        self._following = False

    def flush(self) -> list[Frame]:
        """At the end of a clip, or before whole groups of pictures are left out: the pictures still inside."""
        try:
            pictures = self._drain(self._contexts[self.facts.codec]) if self._following else []
        except Exception:
            pictures = []
        self._following = False
        return [frame for at, key, picture in pictures if (frame := self._frame(at, key, picture))]

    def notices(self) -> list[Notice]:
        """What there is to say since the last call: "corrupt", and "resized", to be heard before the frame is used."""
        told, self._notices = self._notices, []
        return told

    def _tried(self, packet: Packet) -> list[tuple[float, bool, Any]] | str:
        """Pictures, or what broke, whatever a packet does to a library. A keyframe that breaks is tried again by a new
        decoder, since one that was told of large pictures takes small ones for damaged; and by one that was told nothing, in
        case the packets know better by now than what the stream said of itself at the beginning.
        """
        whole = self.mode != "full" or self.facts.codec == "picture"
        once = not packet.keyframe or self.facts.codec in _WHOLE
        reason = ""
        for told in (None, True, False):
            if told is not None:
                self._renew(told)
            try:
                return self._alone(packet) if whole else self._in_line(packet)
            except Exception as error:
                reason = type(error).__name__
            if once:
                break
        self._renew(True)
        return reason

    def _renew(self, told: bool) -> None:
        self._contexts.clear()
        self._told, self._following = told, False

    def _alone(self, packet: Packet) -> list[tuple[float, bool, Any]]:
        """A keyframe by itself: it comes out at once, not when others have followed, and leaves nothing behind."""
        data = packet.data
        if isinstance(data, bytes):
            data = av.Packet(data)
            context = self._context("png" if bytes(packet.data[:4]) == b"\x89PNG" else "mjpeg")
        else:
            context = self._context(self.facts.codec)
        if self._following:
            context.flush_buffers()
            self._times.clear()
            self._following = False
        try:
            pictures = [*context.decode(data), *context.decode(None)]
        finally:
            context.flush_buffers()
        if not pictures:
            raise ValueError("no picture in a keyframe")
        return [(packet.at, True, pictures[0])]

    def _in_line(self, packet: Packet) -> list[tuple[float, bool, Any]]:
        context = self._context(self.facts.codec)
        if not self._following:
            context.flush_buffers()
            self._times.clear()
        self._following = True
        heapq.heappush(self._times, packet.at)
        if len(self._times) > MOST_INSIDE:  # of a packet that never became a picture
            heapq.heappop(self._times)
        return [self._next(picture, packet.at) for picture in context.decode(packet.data)]

    def _next(self, picture: Any, otherwise: float) -> tuple[float, bool, Any]:
        """Pictures come out in the order in which they are shown, so each takes the earliest time that waits: that holds
        for files that say only when a packet is to be decoded, and for times of arrival.
        """
        at = heapq.heappop(self._times) if self._times else otherwise
        return at, bool(picture.key_frame), picture

    def _drain(self, context: Any) -> list[tuple[float, bool, Any]]:
        last = self.counts.last_picture or 0.0
        pictures = [self._next(picture, last) for picture in context.decode(None)]
        context.flush_buffers()
        return pictures

    def _context(self, codec: str) -> Any:
        if codec not in self._contexts:
            context: Any = av.CodecContext.create(codec, "r")
            context.thread_count = 1
            context.thread_type = "NONE"
            context.options = {"max_pixels": str(MOST_PIXELS)}
            if codec in _WHOLE:
                context.options |= {"err_detect": "explode"}
            if codec == self.facts.codec and self._told:
                if self.facts.extradata:
                    context.extradata = self.facts.extradata
                if self.facts.width > 0 and self.facts.height > 0:
                    context.width, context.height = self.facts.width, self.facts.height
            context.open()
            self._contexts[codec] = context
        return self._contexts[codec]

    def _broken(self, packet: Packet, reason: str) -> list[Frame]:
        self.counts.corrupt += 1
        self._following = False
        self._vain = 0
        self._notices.append(Notice(packet.at, "corrupt", detail=reason))
        return []

    def _frame(self, at: float, keyframe: bool, picture: Any) -> Frame | None:
        if picture.is_corrupt:
            self.counts.corrupt += 1
            self._notices.append(Notice(at, "corrupt", detail="damaged picture"))
            return None
        if self.counts.last_picture is not None:
            at = max(at, self.counts.last_picture + 1e-6)
        size = (int(picture.width), int(picture.height))
        if self.size not in (None, size):
            self.counts.resized += 1
            self.facts = replace(self.facts, width=size[0], height=size[1])
            self._notices.append(Notice(at, "resized", facts=self.facts))
        self.size = size
        self.counts.decoded += 1
        self.counts.last_picture = at
        return Frame(
            at, *size, keyframe,
            lambda: self._colour(picture, *size), lambda w, h: _luma(picture, w, h),
            lambda w, h: self._colour(picture, w, h),
        )  # fmt: skip

    def _colour(self, picture: Any, width: int, height: int) -> Image:
        """Shrunk in the same step as it is turned into colours: of a large picture a fifth of the work. What libav works out
        for a size is kept, for it costs more than a picture."""
        maker = self._makers.setdefault((width, height), VideoReformatter())
        made = maker.reformat(
            picture, width=width, height=height, format="bgr24", interpolation="AREA", threads=1
        )
        return np.asarray(made.to_ndarray(), np.uint8)


def _luma(picture: Any, width: int, height: int) -> Image:
    """By nearest pixel from the brightness plane, where the format has one: no colour is converted."""
    if picture.format.name not in _PLANAR:
        grey = picture.reformat(width=width, height=height, format="gray", interpolation="POINT")
        return np.asarray(grey.to_ndarray(), np.uint8)
    plane = picture.planes[0]
    whole = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: picture.height, : picture.width]
    shrunk = cv2.resize(whole, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(shrunk, np.uint8)
