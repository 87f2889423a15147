"""What happens by itself: warnings, breaches, escalations, the end of a suspension, and the audit that they happened."""

from __future__ import annotations

from datetime import datetime, timedelta

from chengyun.cases import catalogues, desks
from chengyun.cases.actions import clocks, fitness
from chengyun.cases.actions.core import Work, open_work, record, tell
from chengyun.cases.actions.moving import move
from chengyun.cases.logic.policy import Event
from chengyun.cases.models import Case, Clock, Supervision
from chengyun.district.models import Area
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.transaction import write
from chengyun.messages import actions as messages
from chengyun.people import queries as people

AUDIT_TIMER = "case.audit"
# Suggested values (建议值).
AUDIT_EVERY = timedelta(minutes=10)
AUDIT_GRACE = timedelta(seconds=60)


def clock_due(*, actor: Actor, clock_id: int, cause: int | None = None) -> Clock | None:
    """Do whatever is due about a clock by now, then arm what comes next. Saying it twice changes nothing."""
    with write():
        row = Clock.objects.filter(pk=clock_id).first()
        if row is None or row.stopped_at is not None:
            return row
        it = open_work(actor, row.case_id, cause)
        case = it.case
        # Read again under the lock: the clock may have been stopped meanwhile.
        row = Clock.objects.get(pk=clock_id)
        if row.stopped_at is not None or not case.is_open:
            return row
        pauses = clocks.pauses_of(row)
        upcoming = clocks.coming(row, it.catalogue.calendar, pauses)
        for event in upcoming:
            if event.at <= it.now:
                _happen(it, row, event)
        left = [event for event in clocks.coming(row, it.catalogue.calendar, pauses) if event.at > it.now]
        row.next_at = left[0].at if left else None
        row.save()
        clocks.arm(it.subject, [(row, clocks.key_of(it, row.name))], it.cause)
        it.store()
        return row


def _happen(it: Work, row: Clock, event: Event) -> None:
    holder = it.case.accountable_post
    told: list[desks.Desk] = []
    if event.kind == "warning":
        row.warned_at = it.now
    else:
        if event.kind == "breach" and row.breached_at is None:
            row.breached_at, row.breached_by_id = event.at, it.case.accountable_post_id
        row.rungs = event.rung
        row.told += 1
        lead = (
            it.case.lead_post_id
            if it.case.accountable_post_id == it.case.lead_post_id
            else it.case.accountable_post_id
        )
        told = desks.rung_posts(it.case.area, lead, event.rung)
    posts = {desk.id: desk.code for desk in told}
    if holder is not None:
        posts.setdefault(holder.pk, holder.code)
    record(
        it,
        "case.clock",
        {
            "clock": row.name,
            "event": event.kind,
            "rung": event.rung,
            "due": row.due_at.isoformat() if row.due_at else "",
            "post": holder.code if holder else None,
            "tell": sorted(desk.code for desk in told),
            "late_s": int((it.now - event.at).total_seconds()),
        },
    )
    for post_id in sorted(posts):
        tell(it, post_id, f"case.{event.kind}", clock=row.name)


def suspension_over(*, actor: Actor, case_id: int, cause: int | None = None) -> Case:
    """The end of a suspension has come: the clocks run on."""
    return move(actor=actor, case_id=case_id, verb="resume", cause=cause)


def supervision_due(*, actor: Actor, supervision_id: int, cause: int | None = None) -> None:
    """No reply in time: the fact is kept, issuer and holder are told."""
    with write():
        row = Supervision.objects.filter(pk=supervision_id, state="open").first()
        if row is None or row.late_at is not None:
            return
        it = open_work(actor, row.case_id, cause)
        case = it.case
        row.late_at = it.now
        row.save()
        record(
            it,
            "case.supervised",
            {
                "supervision": row.pk,
                "level": row.level,
                "event": "late",
                "post": case.accountable_post.code if case.accountable_post else None,
            },
        )
        for post_id in sorted({pk for pk in (row.issuer_post_id, case.accountable_post_id) if pk}):
            tell(it, post_id, "case.supervision_late", level=row.level)
        it.store()


def audit(*, actor: Actor, cause: int | None = None) -> dict[str, int]:
    """Check that due warnings and escalations ran, that every holder is fit and present, and what was only provisional.

    Runs what did not; hands on the cases of posts that lost their person or were closed (`fitness`), and alarms where nobody
    answers at all. Leaves an entry only where it found something. Arms itself again.
    """
    with write():
        now = clock.now()
        late = list(
            Clock.objects.filter(stopped_at=None, next_at__lt=now - AUDIT_GRACE)
            .order_by("next_at")
            .values_list("id", flat=True)[:500]
        )
        for clock_id in late:
            clock_due(actor=actor, clock_id=clock_id, cause=cause)
        settled = _recompute(actor, now, cause)
        handed_on, unattended = 0, []
        for lost in fitness.lost_posts():
            if lost.to is None:
                unattended.append(lost.post.code)
            else:
                handed_on += fitness.hand_on(actor, lost, cause)
        if late or unattended or handed_on or settled:
            area = Area.objects.filter(parent=None).first()
            entry = journal.record(
                "case.audited",
                subject="cases",
                area=area.path if area else "",
                actor=actor,
                payload={
                    "late": len(late),
                    "handed_on": handed_on,
                    "orphans": len(unattended),
                    "provisional": settled,
                    "unattended": sorted(unattended)[:50],
                },
                cause=cause,
            )
            if unattended and area is not None:
                _alarm(actor, area, len(unattended), entry.id)
        timers.arm(AUDIT_TIMER, due_at=now + AUDIT_EVERY, subject="cases")
        return {
            "late": len(late),
            "handed_on": handed_on,
            "orphans": len(unattended),
            "provisional": settled,
        }


def _alarm(actor: Actor, area: Area, posts: int, cause: int) -> None:
    """Nobody answers: the duty officer's post, and the commander's, have it in their inboxes and on their channels."""
    commander = people.post_for(area, "commander")
    for post_id in sorted({people.duty_officer(area).id, *([commander.id] if commander else [])}):
        messages.notify(
            actor=actor,
            post_id=post_id,
            subject="cases",
            kind="case.unattended",
            params={"posts": posts},
            cause=cause,
        )


def _recompute(actor: Actor, now: datetime, cause: int | None) -> int:
    """Deadlines that were counted without a year's holiday table: counted anew once it is there."""
    rows = list(Clock.objects.filter(stopped_at=None, provisional=True).order_by("id")[:500])
    if not rows:
        return 0
    version = catalogues.current()
    calendar = catalogues.catalogue(version.pk, version.digest).calendar
    changed = 0
    for row in rows:
        before = row.due_at
        clocks.place(row, calendar, clocks.pauses_of(row))
        if not row.provisional:
            it = open_work(actor, row.case_id, cause)
            row.save()
            clocks.arm(it.subject, [(row, clocks.key_of(it, row.name))], it.cause)
            if row.overall:
                it.set(due_at=row.due_at)
            it.store()
            changed += before != row.due_at
    return changed
