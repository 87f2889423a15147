"""What a finding is, before it becomes a row: a rule says of a subject that a level holds, and on what grounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from chengyun.alerts.facts import RuleInfo
from chengyun.alerts.logic.cells import MAX_EVIDENCE, Transition
from chengyun.alerts.logic.ladder import Ladder
from chengyun.alerts.runtime import Runtime
from chengyun.posture import queries as posture
from chengyun.posture.queries import Posture

Stances = dict[str, Posture]


@dataclass(frozen=True, slots=True)
class Finding:
    """``level`` None: the condition is gone. ``observed`` is [(datastream code, event ms, value)]."""

    rule: RuleInfo
    subject: str
    path: str
    area_id: int
    level: int | None
    before: int | None
    at_ms: int
    asset: str | None = None
    asset_id: int | None = None
    measure: float | None = None
    observed: tuple[tuple[str, int, float], ...] = ()
    have: int = 1
    of: int = 1
    by_time: bool = False
    count: int = 1
    set: float | None = None
    clear: float | None = None

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)

    def grounds(self, stances: Stances | None = None) -> dict[str, Any]:
        """The part of the journal entry that says why: values, thresholds, coverage, rule version, posture in force.

        `stances` keeps the posture by area path, so that a flood does not ask for it ten thousand times.
        """
        stances = {} if stances is None else stances
        stand = stances.get(self.path)
        if stand is None:
            stand = stances[self.path] = posture.current_at(self.path)
        return {
            "rule": self.rule.code,
            "version": self.rule.version,
            "subject": self.subject,
            "level": self.level,
            "before": self.before,
            "at": iso(self.at_ms),
            "measure": self.measure,
            "have": self.have,
            "of": self.of,
            "by_time": self.by_time,
            "observed": [{"ds": code, "at": iso(at), "v": value} for code, at, value in self.observed],
            "set": self.set,
            "clear": self.clear,
            "mode": stand.mode,
            "posture_level": stand.level,
            "posture_entry": stand.entry_id,
            "asset": self.asset,
            "camera": self.rule.spec.camera,
        }

    def folded(self, other: Finding) -> Finding:
        """Two findings of one rule and subject as one: the more severe speaks, counts add up."""
        worse = self if (self.level or 9) <= (other.level or 9) else other
        return replace(worse, count=self.count + other.count, at_ms=max(self.at_ms, other.at_ms))


def from_transition(runtime: Runtime, t: Transition) -> Finding | None:
    """The finding behind a transition of the engine; None when the subject's area is not known (it cannot be placed)."""
    bound = runtime.bounds[t.rule, t.subject]
    area_id = runtime.areas.get(bound.place)
    if area_id is None:
        return None
    put, clear = _thresholds(runtime.engine.cells[t.rule, t.subject].state.ladder, t.after or t.before)
    return Finding(
        rule=runtime.rules[t.rule],
        subject=t.subject,
        path=bound.place,
        area_id=area_id,
        level=t.after,
        before=t.before,
        at_ms=t.at,
        asset=bound.asset,
        asset_id=runtime.assets.get(bound.asset) if bound.asset else None,
        measure=t.measure,
        observed=tuple((runtime.codes[e.key], e.at, e.value) for e in t.evidence[:MAX_EVIDENCE]),
        have=t.have,
        of=t.of,
        by_time=t.by_time,
        set=put,
        clear=clear,
    )


def _thresholds(ladder: Ladder, level: int | None) -> tuple[float | None, float | None]:
    return next(((r.set, r.clear) for r in ladder.rungs if r.level == level), (None, None))


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
