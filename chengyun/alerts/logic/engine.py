"""A rule set compiled to an index: datastream -> the cells that judge it.

The caller resolves a rule's selection to concrete datastreams (``Bound``) and hands readings in; the engine keeps no
clock and does no I/O. ``changed`` names the cells whose memory must be stored in the transaction of the observations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chengyun.alerts.logic.area_cells import AreaCell, Port
from chengyun.alerts.logic.cells import (
    AbsenceCell,
    Cell,
    CountCell,
    Key,
    RateCell,
    ThresholdCell,
    Transition,
)
from chengyun.alerts.logic.ladder import Ladder
from chengyun.alerts.logic.spec import RuleSpec

Reading = tuple[Key, int, float, bool]  # datastream, event time ms, value, late


@dataclass(frozen=True, slots=True)
class Member:
    """A datastream that a rule judges: its period and bounded lateness in ms."""

    key: Key
    every_ms: int = 60_000
    late_ms: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule applied to one subject: its members, the divisor of a density (m2), the posture's thresholds there.

    ``place`` is the path of the area that the alert will stand in, ``asset`` the code of what carries the datastream,
    ``since`` the arrival time (ms) from which silence is counted when nothing ever arrived.
    """

    spec: RuleSpec
    subject: str
    members: tuple[Member, ...]
    scale: float = 1.0
    override: Mapping[str, Any] | None = None
    since: int = 0
    place: str = ""
    asset: str | None = None

    def ladder(self) -> Ladder:
        ladder = self.spec.ladder(self.override)
        return ladder.scaled(self.scale) if self.scale != 1.0 else ladder


@dataclass(slots=True)
class Engine:
    """``judge`` readings, ``check`` silence, ``elapse`` time; each returns the transitions, oldest first."""

    index: dict[Key, list[Any]] = field(default_factory=dict)
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    absence: dict[Key, list[AbsenceCell]] = field(default_factory=dict)
    _dirty: dict[AreaCell, None] = field(default_factory=dict)

    def add(self, bound: Bound) -> Cell | None:
        """Compile one bound rule. None for rules that no datastream feeds (external)."""
        spec, ladder = bound.spec, bound.ladder()
        cell: Cell
        if spec.when == "external" or not bound.members:
            return None
        first = bound.members[0]
        fresh = spec.fresh(first.every_ms, first.late_ms)
        if spec.when in ("total", "k_of_n"):
            area = AreaCell(
                spec, bound.subject, ladder, {m.key: spec.fresh(m.every_ms, m.late_ms) for m in bound.members}
            )
            for slot, member in enumerate(bound.members):
                self.index.setdefault(member.key, []).append(Port(area, slot, self._dirty))
            cell = area
        elif spec.when == "absence":
            cell = AbsenceCell(spec, bound.subject, ladder, first.key, bound.since)
            self.absence.setdefault(first.key, []).append(cell)
        else:
            kind = {"threshold": ThresholdCell, "rate": RateCell, "count": CountCell}[spec.when]
            cell = kind(spec, bound.subject, ladder, fresh, first.key)
            self.index.setdefault(first.key, []).append(cell)
        self.cells[spec.code, bound.subject] = cell
        return cell

    def judge(self, readings: Iterable[Reading]) -> list[Transition]:
        """Judge a batch. Late readings (beyond the bounded lateness) are stored elsewhere and not judged.

        Readings may come in any order; they are judged in event order.
        """
        batch = readings if isinstance(readings, list) else list(readings)
        get, dirty = self.index.get, self._dirty
        out: list[Transition] = []
        last = None
        for reading in batch:
            if last is not None and reading[1] < last:
                batch = sorted(batch, key=_event_time)
                break
            last = reading[1]
        instant = None
        for key, at, value, late in batch:
            if dirty and at != instant:
                self._flush(out)
            cells = get(key)
            if cells is None or late:
                continue
            instant = at
            for cell in cells:
                if cell.lo <= value < cell.hi:
                    if at > cell.last_at:
                        cell.last_at = at
                        cell.last_value = value
                else:
                    told = cell.feed(at, value)
                    if told:
                        out += told
        if dirty:
            self._flush(out)
        return out

    def arrived(self, keys: Iterable[Key], at: int) -> list[Transition]:
        """Datastreams that something arrived from; ends the silence of those that were silent."""
        out: list[Transition] = []
        if self.absence:
            for key in keys:
                for cell in self.absence.get(key, ()):
                    out += cell.arrived(at)
        return out

    def check_silence(self, now: int) -> list[Transition]:
        """Judge silence at arrival time ``now``."""
        return [t for cells in self.absence.values() for cell in cells for t in cell.check(now)]

    def elapse(self, at: int, rule: str | None = None, subject: str | None = None) -> list[Transition]:
        """What matured before event time ``at``, for one cell or for all."""
        if rule is not None and subject is not None:
            cell = self.cells.get((rule, subject))
            return cell.elapse(at) if cell else []
        out = [t for cell in self.cells.values() for t in cell.elapse(at)]
        return sorted(out, key=lambda t: t.at)

    def changed(self) -> list[Cell]:
        """Cells whose memory changed since the last call."""
        cells = [cell for cell in self.cells.values() if cell.touched]
        for cell in cells:
            cell.touched = False
        return cells

    def _flush(self, out: list[Transition]) -> None:
        cells = list(self._dirty)
        self._dirty.clear()
        for cell in cells:
            out += cell.judge()


def _event_time(reading: Reading) -> int:
    return reading[1]
