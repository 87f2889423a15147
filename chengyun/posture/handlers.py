"""Timers of posture: each claims itself and alarms in one transaction. And what a shift hands over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chengyun.district.models import Area
from chengyun.kernel import journal, timers
from chengyun.kernel.actor import system
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.people import handover, positions
from chengyun.posture import actions, queries, said

_WHO = system("posture")


def _number(timer: Timer) -> int:
    return int(timer.subject.partition(":")[2])


@timers.on("posture.undecided")
def undecided(timer: Timer) -> None:
    actions.alarm_undecided(actor=_WHO, proposal_id=_number(timer), cause=timer.cause)


@timers.on("posture.countersign")
def countersign(timer: Timer) -> None:
    actions.alarm_countersign(actor=_WHO, approval_id=_number(timer), cause=timer.cause)


@timers.on("posture.approval")
def approval(timer: Timer) -> None:
    actions.expire_approval(actor=_WHO, proposal_id=_number(timer), cause=timer.cause)


@timers.on("posture.policy")
def policy(timer: Timer) -> None:
    actions.policy_due(actor=_WHO, number=_number(timer), cause=timer.cause)


@timers.on("posture.expected_end")
def expected_end(timer: Timer) -> None:
    actions.alarm_overrun(actor=_WHO, declaration_id=_number(timer), cause=timer.cause)


@timers.on("posture.warning")
def warning(timer: Timer) -> None:
    actions.alarm_warning(actor=_WHO, warning_id=_number(timer), cause=timer.cause)


@journal.on("district.loaded")
def grounds_changed(entry: JournalEntry) -> None:
    """Rings may cover other grids now, and the policy of a ring holds on its ground."""
    actions.renew()


def positions_kept(path: str) -> timedelta | None:
    """How long a position of staff may be kept there, by the policy in force; not said is not allowed."""
    terms = queries.effective_at(path).positions
    minutes = terms.get("keep_minutes")
    return timedelta(minutes=minutes) if terms.get("allowed") and minutes else None


positions.set_gate(positions_kept)


def modes(area: Area, at: datetime) -> list[dict[str, Any]]:
    return queries.to_hand_over(area)


handover.section("modes", T("模式与待决事项", "Modes and open decisions"), modes, order=10, say=said.item)
