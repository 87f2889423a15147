"""Things that go over a line, in both directions, each once per direction."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from chengyun_vision.frames import Event, Look, Tracked
from chengyun_vision.geometry import Line, Point
from chengyun_vision.rules.base import OneSpell, foot
from chengyun_vision.rules.params import COMMON, Choice, Number, Param
from chengyun_vision.rules.spec import Spec

# A track not seen for so long is gone; its number may come back for another thing.
_GONE = 30.0
# Further than so many of its own sizes in a second nothing walks or drives: the number changed hands.
_LEAP = 3.0


@dataclass(slots=True)
class _Way:
    """One thing's way so far. `side`: where it last stood outside the band, 0 nowhere yet. `through`: whether its steps
    since then led through the line an odd number of times. `waiting`: crossings while the track was not sure."""

    since: float
    at: float
    foot: Point
    side: int = 0
    through: bool = False
    waiting: list[str] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)


class LineCrossing(OneSpell):
    """Counts per direction (`counts`, readings `in` and `out` a minute) and, where many cross, an event.

    Counted is who stood on one side of the band, then on the other, and went through between the line's ends. Standing
    on the line, trembling about it and walking round its end count nothing; nor do tracks that are not sure yet: theirs
    is counted once they are. The event holds when `at_least` have crossed in `direction` within `window` seconds. Peak: the
    most within a window.
    """

    kind = "line_crossing"
    wants: tuple[str, ...] = ("tracks",)
    rate = 5.0  # at 2 a motorway clip lost 9 of 22 vehicles, from 3 on one or none
    params: ClassVar[Mapping[str, Param]] = {
        **{key: param for key, param in COMMON.items() if key not in ("hold_on", "flicker", "cadence")},
        "cadence": Number(0.0, 0, 0.5),  # below two looks a second nobody can be followed
        "band": Number(0.01, 0, 0.25),
        "direction": Choice("both", ("both", "in", "out")),
        "at_least": Number(1, 1, 100_000, whole=True),
        "window": Number(60.0, 1, 3_600),
        "hold_off": Number(10.0, 0, 86_400),
    }

    def __init__(self, spec: Spec, new_id: Callable[[], str]) -> None:
        super().__init__(spec, new_id)
        assert spec.line is not None, "a line crossing has a line: see preset.py"
        self._line: Line = spec.line
        self._ways: dict[int, _Way] = {}
        self._recent: deque[float] = deque()
        self._minute = {"in": 0, "out": 0}
        self.counts = {"in": 0, "out": 0}

    def _see(self, look: Look) -> list[Event]:
        crossed: list[str] = []
        for track in look.tracks or ():
            if track.label in self.spec.classes and self._large(track.box):
                crossed += self._follow(track, look.at)
        self._ways = {number: way for number, way in self._ways.items() if look.at - way.at <= _GONE}
        for direction in crossed:
            self.counts[direction] += 1
            self._minute[direction] += 1
        wanted = self.spec.word("direction")
        new = [d for d in crossed if wanted in ("both", d)]
        self._recent.extend(look.at for _ in new)
        while self._recent and look.at - self._recent[0] > self.spec.number("window"):
            self._recent.popleft()
        many = bool(new) and len(self._recent) >= self.spec.number("at_least")
        return self._step(look.at, many, len(self._recent), since=self._recent[0] if many else None)

    def _follow(self, track: Tracked, at: float) -> list[str]:
        place = foot(track.box)
        way = self._ways.get(track.number)
        if way is None or way.since != track.since or self._leapt(way, track, place, at):
            counted = way.counted if way is not None and way.since == track.since else set()
            self._ways[track.number] = _Way(track.since, at, place, self._line.side(place), counted=counted)
            return []
        way.through ^= self._line.passed(way.foot, place)
        side = self._line.side(place)
        if side:
            if side == -way.side and way.through:
                way.waiting.append("in" if side > 0 else "out")
            way.side, way.through = side, False
        way.foot, way.at = place, at
        if not track.sure:
            return []
        new = [d for d in dict.fromkeys(way.waiting) if d not in way.counted]
        way.counted.update(new)
        way.waiting = []
        return new

    def _leapt(self, way: _Way, track: Tracked, place: Point, at: float) -> bool:
        size = max(track.box.right - track.box.left, track.box.bottom - track.box.top)
        return math.dist(way.foot, place) > _LEAP * size * max(1.0, at - way.at)

    def _regular(self, at: float) -> None:
        # A rate over what was looked at; where that is less than half of the interval nobody can say.
        if self._over > 0 and self._over >= (at - self._since_report) / 2:
            for direction, count in self._minute.items():
                self._tell(direction, count * 60 / self._over, at, self._over)
        self._minute = {"in": 0, "out": 0}
        self._tell("state", float(bool(self._open)), at)

    def _end(self) -> list[Event]:
        self._ways = {}
        self._recent.clear()
        return super()._end()
