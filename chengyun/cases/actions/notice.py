"""From when a policy such as 1-3-5 counts: from the notice to the leader of the place.

The leader is the post that leads the place as A, or as B while nobody stands at A's. The notice is the first of these facts:

assigned   the case was given to the leader's own post
inbox      it lies in the leader's inbox, and no channel carries it further
handed     a channel took the message over (a push), or
read       the leader opened it before that
acted      whoever has the case took the step that a clock asks for: nobody can have been waiting for the notice any more
assumed    none of these within the policy's `notice_within` after the dispatch: the clocks run, told or not
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chengyun.cases import desks
from chengyun.cases.actions import clocks
from chengyun.cases.actions.core import Work, open_work, record, tell
from chengyun.cases.logic.worktime import due
from chengyun.kernel import timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import write
from chengyun.messages.models import Delivery


def send(it: Work) -> None:
    """Tell the leader of the place, and start the clocks that wait for it, or arm what starts them later."""
    leader = desks.leader(it.case.area, it.now)
    if leader is None or leader.id == it.case.accountable_post_id:
        holder = it.case.accountable_post
        _begin(
            it, it.noticed, it.now, it.holder.code if it.holder else holder.code if holder else "", "assigned"
        )
        return
    message = tell(it, leader.id, "case.notice")
    if not Delivery.objects.filter(message_id=message.pk, handed_at=None).exists():
        _begin(it, it.noticed, it.now, leader.code, "inbox")
        return
    within = clocks.policy_of(it).notice_within
    timers.arm(
        clocks.NOTICE_TIMER,
        due_at=due(it.now, within, (), it.catalogue.calendar).at or it.now,
        subject=it.subject,
        key=message.ref,
        payload={"post": leader.code, "clocks": it.noticed},
        cause=it.cause,
    )


def notice_given(*, actor: Actor, ref: str, at: datetime, fact: str, cause: int | None = None) -> None:
    """A message may be the notice that clocks wait for; they run from the moment it was given. Most messages are not."""
    waiting = Timer.objects.filter(kind=clocks.NOTICE_TIMER, key=ref).first()
    if waiting is not None:
        notice_due(actor=actor, timer=waiting, at=at, fact=fact, cause=cause)


def notice_due(
    *, actor: Actor, timer: Timer, at: datetime | None = None, fact: str = "assumed", cause: int | None = None
) -> None:
    """Start what waited for the notice."""
    with write():
        it = open_work(actor, int(timer.subject.partition(":")[2]), cause)
        timers.cancel(clocks.NOTICE_TIMER, subject=it.subject, key=timer.key)
        if it.case.is_open:
            _begin(it, timer.payload["clocks"], at or it.now, timer.payload["post"], fact)
            it.store()


def acted(it: Work, stops: Sequence[str]) -> None:
    """Before clocks stop: what still waits for the notice has it now."""
    if not any(it.workflow.clocks[name].policy for name in stops if name != "*"):
        return
    if not it.catalogue.may_have_policy(it.kind, it.case.area.path):
        return
    waiting = Timer.objects.filter(kind=clocks.NOTICE_TIMER, subject=it.subject).first()
    if waiting is not None:
        timers.cancel(clocks.NOTICE_TIMER, subject=it.subject, key=None)
        _begin(it, waiting.payload["clocks"], it.now, waiting.payload["post"], "acted")


def _begin(it: Work, names: Sequence[str], at: datetime, post: str, fact: str) -> None:
    clocks.start_noticed(it, names, at, {"post": post, "fact": fact})
    record(it, "case.notice", {"post": post, "fact": fact, "at": at.isoformat(), "clocks": sorted(names)})
    it.store()
