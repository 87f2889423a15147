"""Packets and pictures as they travel through one camera's pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Packet:
    """A compressed picture. `at`: seconds, of the clip for files, of the wall clock for live sources (stamped on arrival).

    `size`: bytes. `data` is what the decoder takes: an av.Packet, or the bytes of a whole JPEG or PNG.
    """

    at: float
    size: int
    keyframe: bool
    data: Any = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded picture. `bgr()`, `small()` and `luma()` are made when first asked for; most pictures never need the first.

    `width`, `height`: pixels of the source. `keyframe`: whether it came from one. `to_small`: the picture in colour at
    another size, where that is cheaper than to make it whole and to shrink it.
    """

    at: float
    width: int
    height: int
    keyframe: bool
    to_bgr: Callable[[], Image]
    to_luma: Callable[[int, int], Image]
    to_small: Callable[[int, int], Image] | None = None
    _made: dict[Any, Image] = field(default_factory=dict)

    def bgr(self) -> Image:
        """The whole picture, H x W x 3, uint8, blue green red."""
        if "bgr" not in self._made:
            self._made["bgr"] = self.to_bgr()
        return self._made["bgr"]

    def small(self, width: int, height: int) -> Image:
        """The picture at a smaller size, height x width x 3, uint8, blue green red: means of the pixels."""
        if ("bgr", width, height) not in self._made:
            shrink = self.to_small if "bgr" not in self._made else None
            self._made["bgr", width, height] = (
                shrink(width, height)
                if shrink
                else np.asarray(
                    cv2.resize(self.bgr(), (width, height), interpolation=cv2.INTER_AREA), np.uint8
                )
            )
        made: Image = self._made["bgr", width, height]
        return made

    def luma(self, width: int, height: int) -> Image:
        """The brightness at another size, height x width, uint8, by taking the nearest pixel."""
        if (width, height) not in self._made:
            self._made[width, height] = self.to_luma(width, height)
        return self._made[width, height]


@dataclass(frozen=True, slots=True)
class Box:
    """In 0-1 of the picture, from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def foot(self) -> tuple[float, float]:
        """Where a thing stands: the middle of the lower edge."""
        return (self.left + self.right) / 2, self.bottom

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)


@dataclass(frozen=True, slots=True)
class Detection:
    """Something seen in one picture. `label` is a code of the vocabulary's `objects`; `score` 0-1."""

    label: str
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Tracked:
    """Something followed over pictures of one camera. `number` is random to the running session and ends with it.

    `since`: first seen. `still_since`: since when it has not moved noticeably, None while it moves. `sure`: seen often
    enough. `lost_since`: when it was last seen, if not in this picture (`box`: where that was).
    """

    number: int
    label: str
    box: Box
    score: float
    since: float
    still_since: float | None
    sure: bool
    lost_since: float | None = None


@dataclass(frozen=True, slots=True)
class Blob:
    """Something that was not part of the background and stays. `since`: when it came. Without a model nobody knows what."""

    box: Box
    since: float


@dataclass(frozen=True, slots=True)
class Look:
    """All that is known of one moment, for the rules. None means "not looked at", which is never "nothing there".

    `masks`: share of each label's area inside a zone is found by the rule (label -> H x W bool, any size).
    `votes`: label -> score of a classifier. `heat`: people per cell (H x W float) of a density model; `points`: heads as
    places, of a model that points at them. `health`: state -> seconds for which it has held, 0 = fine; a
    state that is missing was not looked for.
    `sought`: the kinds of things that models looked for at this moment; None where that is not known.
    `width`, `height`: pixels of the source, 0 where no picture came.
    """

    at: float
    detections: tuple[Detection, ...] | None = None
    tracks: tuple[Tracked, ...] | None = None
    blobs: tuple[Blob, ...] | None = None
    masks: dict[str, NDArray[np.bool_]] | None = None
    votes: dict[str, float] | None = None
    heat: NDArray[np.float32] | None = None
    points: tuple[tuple[float, float], ...] | None = None
    health: dict[str, float] | None = None
    sought: frozenset[str] | None = None
    width: int = 0
    height: int = 0


State = Literal["new", "update", "end"]


@dataclass(frozen=True, slots=True)
class Event:
    """What a rule found: one id from its first word to its last.

    `kind` is the rule's primitive. `start`: the first moment at which it held (hold times taken off); `end`: the last, None
    while it goes on. `peak`: the most of what the rule counts. `evidence`: references of stored pictures. `about`: the kind
    of thing, the direction or the cause, where the rule tells them apart. `unseen`: seconds between start and end in which
    nobody looked. `box`: where, in the picture of this word; for the evidence alone, never sent.
    """

    id: str
    rule: str
    kind: str
    zone: str
    state: State
    start: float
    end: float | None
    peak: float
    evidence: tuple[str, ...] = ()
    about: str = ""
    unseen: float = 0.0
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A number for the platform: `quantity` is a code of its vocabulary, `value` in that quantity's unit.

    `at`: the end of the time it speaks of; `over`: seconds that were really looked at, 0 for a value of this moment.
    """

    quantity: str
    value: float
    at: float
    rule: str
    zone: str
    over: float = 0.0
