"""Levels with hysteresis, ``for`` and keep-firing.

Each level is its own small machine, and the alert's level is the most severe level that is on (1 is the most severe):

    off --value >= set--> pending --held for `for`--> on --value < clear--> clearing --stayed for `keep`--> off
           (back to off when the value falls below set)       (back to on when the value reaches clear again)

Time is event time in milliseconds. The measured signal is taken to hold from one reading to the next, so a pending level
matures at ``since + for`` unless a reading at or before that instant contradicts it. The result therefore does not depend on
whether the timer or the next reading is handled first, as long as timers wait for the bounded lateness of the readings.

What is not known never clears:
* a NaN is no reading;
* a lower bound (a total with silent members) may switch a level on, and may never switch one off;
* silence does not confirm: `keep` runs out by time alone only while the signal is fresh; after a gap it needs a new reading.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

OFF, PENDING, ON, CLEARING = 0, 1, 2, 3
INF = math.inf


@dataclass(frozen=True, slots=True)
class Rung:
    """One level. ``set`` and ``clear`` are in the unit of the measure; ``for_ms`` and ``keep_ms`` in milliseconds."""

    level: int
    set: float
    clear: float
    for_ms: int = 0
    keep_ms: int = 0


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs from the most to the least severe. ``below`` judges values that are too low instead of too high."""

    rungs: tuple[Rung, ...]
    below: bool = False

    def __post_init__(self) -> None:
        levels = [r.level for r in self.rungs]
        if not levels or levels != sorted(set(levels)):
            raise ValueError("levels must be distinct and ordered from the most severe")
        sign = -1.0 if self.below else 1.0
        for r in self.rungs:
            if not (math.isfinite(r.set) and math.isfinite(r.clear)):
                raise ValueError(f"level {r.level}: thresholds must be finite numbers")
            if sign * r.clear > sign * r.set:
                side = "above" if self.below else "below"
                raise ValueError(
                    f"level {r.level}: clear {r.clear:g} lies beyond set {r.set:g}; put it {side}"
                )
        for worse, milder in zip(self.rungs, self.rungs[1:], strict=False):
            if sign * worse.set < sign * milder.set:
                raise ValueError(
                    f"level {worse.level} is reached before level {milder.level}: order the thresholds"
                )

    def scaled(self, factor: float) -> Ladder:
        """The same ladder for a measure that is ``factor`` times larger (density -> people in that zone)."""
        return Ladder(
            tuple(Rung(r.level, r.set * factor, r.clear * factor, r.for_ms, r.keep_ms) for r in self.rungs),
            self.below,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """The level went from ``before`` to ``after`` (None: no alert) at ``at`` ms of event time."""

    at: int
    before: int | None
    after: int | None


@dataclass(slots=True)
class LevelState:
    """Where each rung stands. ``step`` and ``elapse`` return the changes of the alert's level, oldest first."""

    ladder: Ladder
    fresh_ms: int
    phases: list[int] = field(default_factory=list)
    since: list[int] = field(default_factory=list)
    last_at: int = -(2**62)

    def __post_init__(self) -> None:
        n = len(self.ladder.rungs)
        self.phases = self.phases or [OFF] * n
        self.since = self.since or [0] * n

    @property
    def level(self) -> int | None:
        for rung, phase in zip(self.ladder.rungs, self.phases, strict=True):
            if phase >= ON:
                return rung.level
        return None

    def elapse(self, at: int) -> list[Change]:
        """What matured strictly before ``at`` without a new reading."""
        due: list[tuple[int, int]] = []
        for i, (rung, phase) in enumerate(zip(self.ladder.rungs, self.phases, strict=True)):
            if phase == PENDING:
                ripe = self.since[i] + rung.for_ms
                if at > ripe:
                    due.append((ripe, i))
            elif phase == CLEARING:
                ripe = self.since[i] + rung.keep_ms
                if at > ripe and self.last_at >= ripe - self.fresh_ms:
                    due.append((ripe, i))
        changes: list[Change] = []
        for ripe, i in sorted(due, key=lambda d: (d[0], -d[1])):
            before = self.level
            self.phases[i] = ON if self.phases[i] == PENDING else OFF
            self.since[i] = ripe
            self._note(changes, ripe, before)
        return changes

    def step(self, at: int, value: float, lower_bound: bool = False) -> list[Change]:
        """A reading at ``at``. The caller hands readings in event order; NaN is ignored."""
        if value != value:
            return []
        changes = self.elapse(at)
        below = self.ladder.below
        if lower_bound and below:
            return changes  # "at least so many" says nothing about being too few
        before = self.level
        for i, rung in enumerate(self.ladder.rungs):
            up = value <= rung.set if below else value >= rung.set
            down = value > rung.clear if below else value < rung.clear
            phase = self.phases[i]
            if phase == OFF:
                if up:
                    self._go(i, ON if rung.for_ms == 0 else PENDING, at)
            elif phase == PENDING:
                if up:
                    if at >= self.since[i] + rung.for_ms:
                        self._go(i, ON, at)
                elif not lower_bound:
                    self._go(i, OFF, at)
            elif phase == ON:
                if down and not lower_bound:
                    self._go(i, OFF if rung.keep_ms == 0 else CLEARING, at)
            elif not down:
                self._go(i, ON, at)
            elif not lower_bound and at >= self.since[i] + rung.keep_ms:
                self._go(i, OFF, at)
        if not lower_bound:
            self.last_at = at
        self._note(changes, at, before)
        return changes

    def deadline(self) -> int | None:
        """The next instant (ms) at which something matures by time alone, or None."""
        soonest: int | None = None
        for i, (rung, phase) in enumerate(zip(self.ladder.rungs, self.phases, strict=True)):
            if phase == PENDING:
                ripe = self.since[i] + rung.for_ms
            elif phase == CLEARING and self.last_at >= self.since[i] + rung.keep_ms - self.fresh_ms:
                ripe = self.since[i] + rung.keep_ms
            else:
                continue
            if soonest is None or ripe < soonest:
                soonest = ripe
        return soonest

    def quiet(self) -> tuple[float, float]:
        """``lo <= value < hi`` changes nothing, so the hot loop may skip such a value. (inf, -inf): never skip."""
        lo, hi = -INF, INF
        for rung, phase in zip(self.ladder.rungs, self.phases, strict=True):
            if phase == OFF:
                edge = rung.set
                if self.ladder.below:
                    lo = max(lo, math.nextafter(edge, INF))
                else:
                    hi = min(hi, edge)
            elif phase == ON:
                edge = rung.clear
                if self.ladder.below:
                    hi = min(hi, math.nextafter(edge, INF))
                else:
                    lo = max(lo, edge)
            else:
                return INF, -INF
        return lo, hi

    def dump(self) -> dict[str, list[int]]:
        """``{"<level>": [phase, since_ms]}`` of the rungs that are not off: survives a change of the ladder."""
        return {
            str(rung.level): [phase, since]
            for rung, phase, since in zip(self.ladder.rungs, self.phases, self.since, strict=True)
            if phase != OFF
        }

    def load(self, saved: Mapping[str, Iterable[int]]) -> None:
        for i, rung in enumerate(self.ladder.rungs):
            kept = saved.get(str(rung.level))
            self.phases[i], self.since[i] = tuple(kept) if kept is not None else (OFF, 0)

    def _go(self, i: int, phase: int, at: int) -> None:
        self.phases[i] = phase
        self.since[i] = at

    def _note(self, changes: list[Change], at: int, before: int | None) -> None:
        after = self.level
        if after != before:
            changes.append(Change(at, before, after))
