"""Totals and k of n: cells that measure many datastreams of an area at once, with what they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chengyun.alerts.logic.cells import MAX_EVIDENCE, Cell, Evidence, Key, Transition
from chengyun.alerts.logic.ladder import INF, Ladder
from chengyun.alerts.logic.spec import RuleSpec


class Members:
    """The latest reading of each member datastream of an area, and which of them are fresh at an instant."""

    __slots__ = ("ats", "fresh", "index", "keys", "now", "values")

    def __init__(self, members: Mapping[Key, int]) -> None:
        """``members``: datastream -> how long (ms) its reading counts as fresh."""
        self.keys = list(members)
        self.index = {key: i for i, key in enumerate(self.keys)}
        self.fresh = [members[key] for key in self.keys]
        self.ats = [-(2**62)] * len(self.keys)
        self.values = [0.0] * len(self.keys)
        self.now = -(2**62)

    def forget(self) -> None:
        self.ats = [-(2**62)] * len(self.keys)
        self.now = -(2**62)

    def put(self, slot: int, at: int, value: float) -> bool:
        if value != value or at <= self.ats[slot]:
            return False
        self.ats[slot], self.values[slot] = at, value
        if at > self.now:
            self.now = at
        return True

    def present(self, at: int) -> list[int]:
        """Slots whose reading is fresh at ``at``."""
        return [
            i for i, (seen, fresh) in enumerate(zip(self.ats, self.fresh, strict=True)) if at - seen <= fresh
        ]


class AreaCell(Cell):
    """A total, or k of n, over the datastreams of an area.

    Judged once per event instant, after all readings of that instant have been taken in, so that people who walk from one
    counter to the next are not counted twice for a moment. With silent members the measure is a lower bound.
    """

    __slots__ = ("_complete_at", "_coverage", "members", "too_low", "value")

    def __init__(self, spec: RuleSpec, subject: str, ladder: Ladder, members: Mapping[Key, int]) -> None:
        super().__init__(spec, subject, ladder, max(members.values(), default=0))
        self.members = Members(members)
        self.value = spec.value if spec.when == "k_of_n" else None
        self.too_low = spec.direction == "below"
        self._coverage = (0, len(members))
        self._complete_at = -(2**62)

    def judge(self) -> list[Transition]:
        """Measure now (at the newest reading) and judge."""
        at = self.members.now
        present = self.members.present(at)
        values = self.members.values
        if self.value is None:
            measure = sum(values[i] for i in present)
        elif self.too_low:
            measure = float(sum(1 for i in present if values[i] <= self.value))
        else:
            measure = float(sum(1 for i in present if values[i] >= self.value))
        complete = len(present) == len(values)
        self._coverage = (len(present), len(values))
        if complete:
            self._complete_at = at
        return self._judge(at, measure, lower_bound=not complete)

    def dump(self) -> dict[str, Any]:
        saved = super().dump()
        # The coverage belongs to the measure: without it a number that was complete would later be told as a lower bound.
        return saved | {"c": list(self._coverage)} if saved else saved

    def load(self, saved: Mapping[str, Any]) -> None:
        super().load(saved)
        if "c" in saved:
            have, of = saved["c"]
            self._coverage = (int(have), int(of))

    def reset(self) -> None:
        super().reset()
        self._complete_at, self._coverage = -(2**62), (0, len(self.members.keys))

    def known_until(self) -> int:
        return max(self._complete_at, self.state.last_at)

    def coverage(self) -> tuple[int, int]:
        return self._coverage

    def evidence(self) -> tuple[Evidence, ...]:
        m = self.members
        newest = sorted(m.present(m.now), key=lambda i: (-m.ats[i], -m.values[i], i))[:MAX_EVIDENCE]
        return tuple(Evidence(m.keys[i], m.ats[i], m.values[i]) for i in sorted(newest))


class Port:
    """Where one member datastream enters an area cell. Looks like a cell to the engine and is never quiet."""

    __slots__ = ("cell", "dirty", "hi", "last_at", "last_value", "lo", "slot")

    def __init__(self, cell: AreaCell, slot: int, dirty: dict[AreaCell, None]) -> None:
        self.cell, self.slot, self.dirty = cell, slot, dirty
        self.lo, self.hi = INF, -INF
        self.last_at = 0
        self.last_value: float | None = None

    def feed(self, at: int, value: float) -> list[Transition]:
        if self.cell.members.put(self.slot, at, value):
            self.dirty[self.cell] = None
        return []
