"""Starting, stopping, pausing and extending clocks. Spans are stored; due times follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from chengyun.cases import store
from chengyun.cases.actions.core import Work
from chengyun.cases.logic import policy as policies
from chengyun.cases.logic.catalogue import ClockPolicy
from chengyun.cases.logic.policy import Event
from chengyun.cases.logic.workflow import ClockDef
from chengyun.cases.logic.worktime import Calendar, Limit, due
from chengyun.cases.models import Clock, ClockPause
from chengyun.kernel import timers

TIMER = "case.clock"
NOTICE_TIMER = "case.notice"
LEADER_NOTICE = "leader_notice"
# Clocks bound to a state follow one another under one key, so that starting the next moves the timer of the last.
STAGE = "stage"


def key_of(it: Work, name: str) -> str:
    return STAGE if any(state.clock == name for state in it.workflow.states.values()) else name


def start(it: Work, names: Sequence[str]) -> dict[str, str]:
    """Start clocks by name; a limit that runs or was stopped goes on from where it stands. Returns timer keys."""
    if not names:
        return {}
    fresh: list[Clock] = []
    for name in names:
        definition = it.workflow.clocks[name]
        if name in it.running:
            continue
        if definition.overall and it.case.dispatched_at is not None and _go_on(it, name):
            continue
        if definition.policy and policy_of(it).starts_on == LEADER_NOTICE:
            if name in policy_of(it).limits:
                it.noticed.append(name)
            continue
        limit, source = _limit(it, definition)
        if limit is not None:
            fresh.append(_made(it, definition, limit, source))
    return _begin(it, fresh)


def start_noticed(it: Work, names: Sequence[str], at: datetime, notice: dict[str, Any]) -> None:
    """Start clocks of a named policy that waited for the leader's notice; `notice` says what it was."""
    fresh = []
    for name in names:
        limit, source = _limit(it, it.workflow.clocks[name])
        if limit is not None:
            fresh.append(_made(it, it.workflow.clocks[name], limit, source, at=at, notice=notice))
    _begin(it, fresh)


def _made(
    it: Work,
    definition: ClockDef,
    limit: Limit,
    source: str,
    *,
    at: datetime | None = None,
    notice: dict[str, Any] | None = None,
) -> Clock:
    overrides = it.posture
    bent = limit if definition.policy else policies.bent(limit, overrides.clock(it.kind.code))
    snapshot = policies.snapshot(
        bent,
        limit,
        source=source,
        mode=overrides.mode,
        level=overrides.level,
        policy=overrides.policy,
        warn_left=it.catalogue.warn_left,
        rungs=it.catalogue.rungs,
    )
    if notice is not None:
        snapshot["notice"] = notice
    row = Clock(
        case_id=it.case.pk,
        name=definition.code,
        overall=definition.overall,
        policy=snapshot,
        started_at=at or it.now,
    )
    place(row, it.catalogue.calendar, ())
    return row


def _begin(it: Work, fresh: Sequence[Clock]) -> dict[str, str]:
    """Store new clocks and arm their timers. Returns timer keys."""
    for row in fresh:
        store.insert(row)
        if row.overall:
            it.set(due_at=row.due_at)
    arm(it.subject, [(row, key_of(it, row.name)) for row in fresh], it.cause)
    return {key_of(it, row.name): row.name for row in fresh}


def policy_of(it: Work) -> ClockPolicy:
    """The named clock policy that holds for the case with whom it is now."""
    post = it.holder or it.case.accountable_post
    return it.catalogue.policy_for(it.kind, it.case.area.path, post.code if post else "")


def _limit(it: Work, definition: ClockDef) -> tuple[Limit | None, str]:
    """A clock's limit before the posture bends it, and where it comes from."""
    if definition.overall:
        return it.condition.limit, f"condition {it.kind.code}/{it.condition.code}"
    if definition.policy:
        found = policy_of(it)
        return found.limits.get(definition.code), f"policy {found.name or definition.policy}"
    own = it.catalogue.stage_limits.get(definition.code)
    return (own, "catalogue stage_limits") if own else (definition.limit, f"workflow {it.workflow.code}")


def limit_of(row: Clock) -> Limit:
    """The limit of a clock with its extensions (each adds the original limit once more)."""
    return Limit(row.policy["amount"] * (1 + row.extra), row.policy["unit"])


def pauses_of(row: Clock) -> list[tuple[datetime, datetime | None]]:
    return list(ClockPause.objects.filter(clock_id=row.pk).order_by("id").values_list("starts_at", "ends_at"))


def place(row: Clock, calendar: Calendar, pauses: Iterable[tuple[datetime, datetime | None]]) -> None:
    """Set `due_at`, `provisional` and `next_at` from start, policy, extensions and pauses."""
    limit = limit_of(row)
    spans = list(pauses)
    found = due(row.started_at, limit, spans, calendar)
    row.due_at, row.provisional = found.at, found.provisional
    upcoming = coming(row, calendar, spans)
    row.next_at = upcoming[0].at if upcoming else None


def coming(row: Clock, calendar: Calendar, pauses: Iterable[tuple[datetime, datetime | None]]) -> list[Event]:
    """Warnings, breach and escalations that have not happened yet."""
    if row.due_at is None:
        return []
    limit = limit_of(row)
    left = row.policy["warn"]
    warn_at = None
    if left and row.warned_at is None:
        warn_at = due(row.started_at, limit.times(1 - left), list(pauses), calendar).at
    # Later rungs come in continuous time after the breach: an overdue case does not sleep.
    found = policies.events(row.policy, warn_at, row.due_at, limit.length)
    if row.breached_at is not None:
        # It broke the limit once. What is still to come is the climb, and a breach of an extended limit is no new one.
        return [event for event in found if event.kind == "escalation" and event.rung > row.rungs]
    return found


def arm(subject: str, rows: Iterable[tuple[Clock, str]], cause: int | None) -> None:
    timers.arm_many(
        [
            (TIMER, row.next_at, subject, {"clock": row.pk}, key, 100, cause)
            for row, key in rows
            if row.next_at is not None and row.stopped_at is None
        ]
    )


# The raw fact first: a clock that ran out before it was stopped is broken, even if no worker was there to see it.
_STOP = (
    "UPDATE cases_clock SET stopped_at = %s, next_at = NULL, "
    "breached_by_id = CASE WHEN breached_at IS NULL AND due_at < %s THEN %s ELSE breached_by_id END, "
    "breached_at = CASE WHEN breached_at IS NULL AND due_at < %s THEN due_at ELSE breached_at END "
    "WHERE case_id = %s AND stopped_at IS NULL"
)


def stop(it: Work, names: Sequence[str], *, held_by: int | None, keep_keys: Iterable[str] = ()) -> None:
    """Stop clocks by name ("*" for all). `held_by` answered until now; `keep_keys` are timers that were just moved on."""
    names = [name for name in names if name == "*" or _may_run(it, name)]
    if not names:
        return
    now = connection.ops.adapt_datetimefield_value(it.now)
    everything = "*" in names
    where = "" if everything else f" AND name IN ({', '.join(['%s'] * len(names))})"
    with connection.cursor() as cursor:
        cursor.execute(_STOP + where, [now, now, held_by, now, it.case.pk, *([] if everything else names)])
    if everything:
        timers.cancel(TIMER, subject=it.subject, key=None)
        if it.catalogue.may_have_policy(it.kind, it.case.area.path):
            timers.cancel(NOTICE_TIMER, subject=it.subject, key=None)
        return
    kept = set(keep_keys)
    for key in {key_of(it, name) for name in names} - kept:
        timers.cancel(TIMER, subject=it.subject, key=key)


def _may_run(it: Work, name: str) -> bool:
    """Whether a case of this kind can have such a clock at all; spares statements that would find nothing."""
    definition = it.workflow.clocks[name]
    if definition.policy:
        return it.catalogue.may_have_policy(it.kind, it.case.area.path)
    return it.case.urgent or not definition.urgent_only


def _go_on(it: Work, name: str) -> bool:
    """Let the limit run on: True if it runs or was stopped; the time since it stopped is a pause."""
    row = Clock.objects.filter(case_id=it.case.pk, name=name).order_by("-id").first()
    if row is None:
        return False
    if row.stopped_at is not None:
        reason = "closed" if it.case.closed_at is not None else "in_check"
        ClockPause(clock=row, starts_at=row.stopped_at, ends_at=it.now, reason=reason).save(force_insert=True)
        row.stopped_at = None
    resettle(it, row)
    return True


def run_on(it: Work, stopped_at: datetime, reason: str) -> None:
    """Have the clocks that stopped at a moment run on from where they stood: the time since is a pause."""
    for row in Clock.objects.filter(case_id=it.case.pk, stopped_at=stopped_at).order_by("id"):
        ClockPause(clock=row, starts_at=stopped_at, ends_at=it.now, reason=reason).save(force_insert=True)
        row.stopped_at = None
        resettle(it, row)
        it.running.add(row.name)


def resettle(it: Work, row: Clock) -> None:
    """Compute a clock anew after a pause or an extension, store it and move its timer."""
    place(row, it.catalogue.calendar, pauses_of(row))
    row.save()
    if row.next_at is None:
        timers.cancel(TIMER, subject=it.subject, key=key_of(it, row.name))
    arm(it.subject, [(row, key_of(it, row.name))], it.cause)
    if row.overall:
        it.set(due_at=row.due_at)


def pause(it: Work, reason: str) -> None:
    """Have all running clocks stand still."""
    for row in Clock.objects.filter(case_id=it.case.pk, stopped_at=None):
        if row.due_at is not None and row.due_at < it.now and row.breached_at is None:
            row.breached_at, row.breached_by_id = row.due_at, it.case.accountable_post_id
        ClockPause(clock=row, starts_at=it.now, reason=reason).save(force_insert=True)
        resettle(it, row)


def unpause(it: Work) -> None:
    """Have them run on."""
    for row in Clock.objects.filter(case_id=it.case.pk, stopped_at=None):
        ClockPause.objects.filter(clock_id=row.pk, ends_at=None).update(ends_at=it.now)
        resettle(it, row)


def extend(it: Work) -> None:
    """The limit of the case gets its original length once more."""
    for row in Clock.objects.filter(case_id=it.case.pk, overall=True, stopped_at=None):
        row.extra += 1
        resettle(it, row)
