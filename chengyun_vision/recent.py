"""The looks of a camera's last minutes, for whoever tries a rule on them. In memory alone, and gone with the process.

Boxes, kinds, blobs, scores and health, as the rules saw them, number for number: no picture, and no number of a track that
means anything elsewhere. Masks and density maps are too large to be kept; that they were there is.
"""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from chengyun_vision.frames import Blob, Box, Detection, Look, Tracked

# Suggested values (建议值), of one camera: seconds, looks, bytes.
KEPT_S, MOST, MOST_BYTES = 600.0, 6_000, 4_000_000
# A clock that goes back by more than this (seconds) was set back: what was before belongs to another time.
_BACK = 10.0
_EACH = 64  # bytes of a kept look beside what is packed
LEFT_OUT = ("masks", "heat")

Packed = tuple[float, bytes]


class Recent:
    """`note` each look, in order of time. The oldest go first when it is too much; `of`: which camera's stream it is."""

    def __init__(
        self, of: str = "", *, seconds: float = KEPT_S, most: int = MOST, most_bytes: int = MOST_BYTES
    ) -> None:
        self.of, self.seconds = of, seconds
        self._most, self._most_bytes = most, most_bytes
        self._kept: deque[Packed] = deque()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def note(self, look: Look) -> None:
        """Looks that come late are passed over, as the rules do."""
        if self._kept and look.at <= self._kept[-1][0]:
            if self._kept[-1][0] - look.at <= _BACK:
                return
            self._kept.clear()
            self.bytes = 0
        packed = pack(look)
        self._kept.append((look.at, packed))
        self.bytes += len(packed) + _EACH
        while (
            len(self._kept) > self._most
            or self.bytes > self._most_bytes
            or look.at - self._kept[0][0] > self.seconds
        ):
            self.bytes -= len(self._kept.popleft()[1]) + _EACH

    def taken(self) -> list[Packed]:
        """What is kept now, to be read elsewhere: `looks` opens it."""
        return list(self._kept)


def looks(kept: Iterable[Packed]) -> Iterator[tuple[Look, frozenset[str]]]:
    """Each look, with the names of what was there and is not kept."""
    for _, packed in kept:
        yield unpack(packed)


def pack(look: Look) -> bytes:
    """A look without masks and maps. About 55 bytes a thing that was seen, and 80 more where it is followed."""
    f = float  # numbers of numpy are none for marshal
    return marshal.dumps(
        (
            f(look.at),
            _of(look.detections, lambda d: (str(d.label), _flat(d.box), f(d.score))),
            _of(
                look.tracks,
                lambda t: (
                    int(t.number), str(t.label), _flat(t.box), f(t.score), f(t.since), _some(t.still_since),
                    bool(t.sure), _some(t.lost_since),
                ),
            ),
            _of(look.blobs, lambda b: (_flat(b.box), f(b.since))),
            _of(look.points, lambda p: (f(p[0]), f(p[1]))),
            None if look.votes is None else {str(k): f(v) for k, v in look.votes.items()},
            None if look.health is None else {str(k): f(v) for k, v in look.health.items()},
            None if look.sought is None else tuple(sorted(look.sought)),
            int(look.width),
            int(look.height),
            tuple(name for name in LEFT_OUT if getattr(look, name) is not None),
        )
    )  # fmt: skip


def unpack(packed: bytes) -> tuple[Look, frozenset[str]]:
    at, detections, tracks, blobs, points, votes, health, sought, width, height, left = marshal.loads(packed)
    look = Look(
        at,
        sought=None if sought is None else frozenset(sought),
        detections=_back(detections, lambda d: Detection(d[0], Box(*d[1]), d[2])),
        tracks=_back(tracks, lambda t: Tracked(t[0], t[1], Box(*t[2]), *t[3:])),
        blobs=_back(blobs, lambda b: Blob(Box(*b[0]), b[1])),
        points=points,
        votes=votes,
        health=health,
        width=width,
        height=height,
    )
    return look, frozenset(left)


def _flat(box: Box) -> tuple[float, float, float, float]:
    return float(box.left), float(box.top), float(box.right), float(box.bottom)


def _some(value: float | None) -> float | None:
    return None if value is None else float(value)


def _of(things: Any, packed: Any) -> Any:
    return None if things is None else tuple(packed(thing) for thing in things)


_back = _of
