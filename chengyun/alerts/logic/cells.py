"""What is measured: one cell per rule and subject. A cell turns readings into a measure and lets a ladder judge it.

All times are event time in milliseconds. A reading that is older than the last one judged from its datastream is superseded:
it is skipped for values and rates, and still counted where readings are counted. NaN is no reading anywhere.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chengyun.alerts.logic.ladder import INF, Change, Ladder, LevelState
from chengyun.alerts.logic.spec import RuleSpec

Key = int | str  # what identifies a datastream to the caller

# A journal entry embeds what was judged; of a large total the latest readings suffice, with the sum and the coverage.
MAX_EVIDENCE = 40


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation that was judged: datastream, event time (ms), value."""

    key: Key
    at: int
    value: float


@dataclass(frozen=True, slots=True)
class Transition:
    """The alert's level of (rule, subject) went from ``before`` to ``after`` (None: no alert) at ``at`` ms.

    ``measure`` is what was compared with the threshold; ``have``/``of`` the coverage of a total (equal elsewhere).
    ``by_time``: it matured with the passing of time, not with a reading.
    """

    rule: str
    subject: str
    at: int
    before: int | None
    after: int | None
    measure: float | None
    evidence: tuple[Evidence, ...]
    have: int
    of: int
    by_time: bool = False


class Cell:
    """Base: ``lo <= value < hi`` means nothing can change, which the engine checks before it calls ``feed``."""

    __slots__ = ("fresh_ms", "hi", "last_at", "last_value", "lo", "rule", "state", "subject", "touched")

    def __init__(self, spec: RuleSpec, subject: str, ladder: Ladder, fresh_ms: int) -> None:
        self.rule = spec.code
        self.subject = subject
        self.fresh_ms = fresh_ms
        self.state = LevelState(ladder, fresh_ms)
        self.last_at = -(2**62)
        self.last_value: float | None = None
        self.touched = False
        self.lo, self.hi = INF, -INF

    def evidence(self) -> tuple[Evidence, ...]:
        raise NotImplementedError

    def coverage(self) -> tuple[int, int]:
        return 1, 1

    def elapse(self, at: int) -> list[Transition]:
        """What time alone brings about, up to but not including ``at``."""
        self.state.last_at = max(self.state.last_at, self.known_until())
        return self._tell(self.state.elapse(at), by_time=True)

    def known_until(self) -> int:
        """The event time of the latest complete measure."""
        return self.last_at

    def deadline(self) -> int | None:
        self.state.last_at = max(self.state.last_at, self.known_until())
        return self.state.deadline()

    def rebind(self, ladder: Ladder) -> None:
        """Other thresholds (a posture, a new rule version): what is on stays on until a reading says otherwise."""
        saved = self.state.dump()
        self.state = LevelState(ladder, self.fresh_ms)
        self.state.load(saved)
        self._settle()

    def dump(self) -> dict[str, Any]:
        """What must survive a restart; {} when there is nothing to remember."""
        levels = self.state.dump()
        return {"l": levels, "at": self.known_until(), "v": self.last_value} if levels else {}

    def load(self, saved: Mapping[str, Any]) -> None:
        self.state.load(saved.get("l", {}))
        if saved:
            self.last_at = max(self.last_at, int(saved["at"]))
            self.last_value = saved.get("v")
            self.state.last_at = self.last_at
        self._settle()

    def reset(self) -> None:
        """Forget everything, before what is stored is loaded again."""
        self.state = LevelState(self.state.ladder, self.fresh_ms)
        self.last_at, self.last_value, self.touched = -(2**62), None, False
        self._settle()

    def _judge(self, at: int, measure: float, lower_bound: bool = False) -> list[Transition]:
        before = self.state.phases.copy(), self.state.since.copy()
        self.state.last_at = max(self.state.last_at, self.known_until())
        out: list[Transition] = []
        # What matured before this reading was decided on what was known before it.
        out += self._tell(self.state.elapse(at), by_time=True)
        self.last_value = measure
        if not lower_bound:
            self.last_at = at
        out += self._tell(self.state.step(at, measure, lower_bound))
        if (self.state.phases, self.state.since) != before:
            self.touched = True
            self._settle()
        return out

    def _settle(self) -> None:
        """Recompute which values change nothing. Only plain thresholds can say so beforehand."""

    def _tell(self, changes: list[Change], by_time: bool = False) -> list[Transition]:
        if not changes:
            return []
        self.touched = True
        have, of = self.coverage()
        evidence = self.evidence()
        told = [
            Transition(
                self.rule, self.subject, c.at, c.before, c.after, self.last_value, evidence, have, of, by_time
            )
            for c in changes
        ]
        self._settle()
        return told


class ThresholdCell(Cell):
    """The value itself. ``feed`` and the engine's quiet check are the hot path."""

    __slots__ = ("key",)

    def __init__(self, spec: RuleSpec, subject: str, ladder: Ladder, fresh_ms: int, key: Key) -> None:
        super().__init__(spec, subject, ladder, fresh_ms)
        self.key = key
        self._settle()

    def feed(self, at: int, value: float) -> list[Transition]:
        if value != value or at <= self.last_at:
            return []
        return self._judge(at, value)

    def evidence(self) -> tuple[Evidence, ...]:
        return (Evidence(self.key, self.last_at, self.last_value),) if self.last_value is not None else ()

    def _settle(self) -> None:
        self.lo, self.hi = self.state.quiet()


class RateCell(Cell):
    """The change per minute over a window: (now - oldest in window) / span. Unknown after a gap or in a short span."""

    __slots__ = ("key", "window", "window_ms")

    def __init__(self, spec: RuleSpec, subject: str, ladder: Ladder, fresh_ms: int, key: Key) -> None:
        super().__init__(spec, subject, ladder, fresh_ms)
        self.key = key
        self.window_ms = int(spec.window_ms or 0)
        self.window: deque[tuple[int, float]] = deque()

    def feed(self, at: int, value: float) -> list[Transition]:
        window = self.window
        if value != value or (window and at <= window[-1][0]):
            return []
        window.append((at, value))
        while window[0][0] < at - self.window_ms:
            window.popleft()
        span = at - window[0][0]
        if span * 2 < self.window_ms:
            return []
        return self._judge(at, (value - window[0][1]) * 60_000 / span)

    def forget(self) -> None:
        self.window.clear()

    def remember(self, at: int, value: float) -> None:
        """Refill the window after a restart, without judging."""
        if value == value and (not self.window or at > self.window[-1][0]):
            self.window.append((at, value))

    def evidence(self) -> tuple[Evidence, ...]:
        if not self.window:
            return ()
        first, last = self.window[0], self.window[-1]
        return Evidence(self.key, *first), Evidence(self.key, *last)


class CountCell(Cell):
    """How many readings in the window reached ``value``. Judged when a reading comes, so silence never lowers it."""

    __slots__ = ("below", "hits", "key", "newest", "value", "window_ms")

    def __init__(self, spec: RuleSpec, subject: str, ladder: Ladder, fresh_ms: int, key: Key) -> None:
        super().__init__(spec, subject, ladder, fresh_ms)
        self.key = key
        self.window_ms = int(spec.window_ms or 0)
        self.value = float(spec.value or 0.0)
        self.hits: list[tuple[int, float]] = []
        self.newest = -(2**62)

    def feed(self, at: int, value: float) -> list[Transition]:
        if value != value or not self.remember(at, value):
            return []
        return self._judge(self.newest, float(len(self.hits)))

    def forget(self) -> None:
        self.hits.clear()
        self.newest = -(2**62)

    def remember(self, at: int, value: float) -> bool:
        """Note a reading; False when it changes nothing that could be judged (older than the window)."""
        self.newest = max(self.newest, at)
        floor = self.newest - self.window_ms
        if at <= floor:
            return False
        if value >= self.value:
            insort(self.hits, (at, value))
        del self.hits[: bisect_left(self.hits, (floor + 1, -INF))]
        return True

    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(Evidence(self.key, at, value) for at, value in self.hits[-MAX_EVIDENCE:])


class AbsenceCell(Cell):
    """Silence of one datastream, judged by arrival time. The measure is the silence in ms; an arrival ends it."""

    __slots__ = ("key", "since")

    def __init__(self, spec: RuleSpec, subject: str, ladder: Ladder, key: Key, since: int) -> None:
        super().__init__(spec, subject, ladder, 0)
        self.key = key
        self.since = self.last_at = since

    def listen(self, heard: int, outages: Iterable[tuple[int, int]]) -> None:
        """Count silence from the last arrival, without the times (from, to; in order) in which nobody listened.

        After an outage longer than the shortest silence it starts anew. One that was silent before goes on being silent:
        nothing is cleared by an outage.
        """
        window = min(rung.set for rung in self.state.ladder.rungs)
        silent = any(self.state.phases)
        at = max(self.since, heard)
        for since, until in outages:
            away = until - max(since, at)
            if away > 0:
                at = until if away > window and not silent else at + away
        self.last_at = at

    def arrived(self, at: int) -> list[Transition]:
        """Something arrived at ``at`` (arrival time)."""
        self.last_at = max(self.last_at, at)
        if not any(self.state.phases):
            return []
        return self._set(at, 0.0)

    def check(self, now: int) -> list[Transition]:
        """How long is the silence now?"""
        return self._set(now, float(now - self.last_at))

    def deadline(self) -> int | None:
        """When the next level of silence is reached if nothing arrives."""
        silence = [
            r.set for r, phase in zip(self.state.ladder.rungs, self.state.phases, strict=True) if not phase
        ]
        return self.last_at + int(min(silence)) if silence else None

    def elapse(self, at: int) -> list[Transition]:
        return []

    def reset(self) -> None:
        super().reset()
        self.last_at = self.since

    def evidence(self) -> tuple[Evidence, ...]:
        return ()

    def load(self, saved: Mapping[str, Any]) -> None:
        self.state.load(saved.get("l", {}))
        if saved:
            self.last_at = max(self.last_at, int(saved["at"]))

    def _set(self, at: int, silence: float) -> list[Transition]:
        self.last_value = silence
        return self._tell(self.state.step(at, silence))
