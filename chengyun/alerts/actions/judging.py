"""The engine at work: a batch of readings, the passing of time, silence. Each in one transaction with what it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from chengyun.alerts import runtime
from chengyun.alerts.actions import presence, raising
from chengyun.alerts.actions.findings import from_transition
from chengyun.alerts.logic.cells import AbsenceCell, Cell, Transition
from chengyun.alerts.runtime import Runtime
from chengyun.kernel import clock, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.transaction import require_write, write
from chengyun.signals import judging
from chengyun.signals.judging import Batch

JUDGE = system("judge")


def judge(batch: Batch) -> None:
    """Judge what was just stored, inside the transaction that stored it (registered with signals)."""
    require_write("alerts.judge")
    if presence.due():
        presence.sign(actor=JUDGE)
    readings = [(stream.id, at, value, late) for stream, at, value, late in batch.readings]
    current = runtime.get(batch.epoch_before, batch.epoch, ((r[0], r[1]) for r in readings))
    engine = current.engine
    if current.new and engine.absence:
        arm_silence()  # other datastreams, equipment or thresholds: look again when silence would be too long
    current.new = False
    told = engine.arrived({reading[0] for reading in readings}, batch.arrived_ms) if engine.absence else []
    told += engine.judge(readings)
    _finish(JUDGE, current, told, None)


def mature(*, actor: Actor, rule: str, subject: str, at_ms: int, cause: int | None = None) -> list[int]:
    """A `for` or keep-firing has run out at event time `at_ms`. Timer only; returns ids of alerts that were opened."""
    with write():
        current = runtime.get(*judging.lock())
        return _finish(actor, current, current.engine.elapse(at_ms + 1, rule, subject), cause)


def check_silence(*, actor: Actor, cause: int | None = None) -> list[int]:
    """Raise what has been silent too long by arrival time. Timer only.

    The next look is when the first datastream would have been silent for too long if nothing came from it: arrivals can
    only move that later, so a look is never too late, and there are few of them.
    """
    with write():
        current = runtime.get(*judging.lock())
        absence = current.engine.absence
        if not absence:
            return []
        outages = runtime.outages()
        heard: dict[Any, int] = {key: arrived for key, (_, _, arrived) in runtime.latest(absence).items()}
        for key, cells in absence.items():
            for cell in cells:
                cell.listen(heard.get(key, cell.since), outages)
        now = _ms(clock.now())
        opened = _finish(actor, current, current.engine.check_silence(now), cause)
        every = [cell for cells in absence.values() for cell in cells]
        ahead = [due for cell in every if (due := cell.deadline()) is not None]
        # What is silent at its highest level has no deadline; it gets one when it speaks, not before the shortest silence.
        shortest = int(min(rung.set for cell in every for rung in cell.state.ladder.rungs))
        arm_silence(min([*ahead, now + shortest]))
        return opened


def arm_silence(at_ms: int = 0) -> None:
    """Look for silence at an instant (ms), a second from now at the earliest; without one, as soon as possible."""
    due = datetime.fromtimestamp(max(at_ms, _ms(clock.now()) + 1000) / 1000, UTC)
    timers.arm("alerts.silence", due_at=due, subject="alerts", priority=150)


def _finish(actor: Actor, current: Runtime, told: Sequence[Transition], cause: int | None) -> list[int]:
    changed = current.engine.changed()
    if not changed and not told:
        return []
    findings = [f for f in (from_transition(current, t) for t in told) if f is not None]
    opened = raising.carry(actor, findings, cause)
    runtime.store(current, changed)
    _arm(current, changed)
    return opened


def _arm(current: Runtime, cells: Iterable[Cell]) -> None:
    """A timer for what will mature by time alone, after the bounded lateness of its datastreams."""
    rows: list[tuple[str, datetime, str, dict[str, Any] | None, str, int, int | None]] = []
    for cell in cells:
        ripe = None if isinstance(cell, AbsenceCell) else cell.deadline()
        if ripe is None:
            continue
        bound = current.bounds[cell.rule, cell.subject]
        late = max((m.late_ms for m in bound.members), default=0)
        due = datetime.fromtimestamp((ripe + min(late, MAX_WAIT_MS)) / 1000, UTC)
        payload = {"rule": cell.rule, "subject": cell.subject, "at": ripe}
        rows.append(("alerts.mature", due, f"rule:{cell.rule}", payload, cell.subject, 90, None))
    if rows:
        timers.arm_many(rows)


# Suggested value: an alert does not wait longer than this for readings that may still be on their way; one that comes
# later and contradicts it clears it again.
MAX_WAIT_MS = 5_000


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
