"""The continuous check that whoever answers for an open case is fit and present (design, invariant 3).

A post may be empty for a while: whoever stands above it answers meanwhile, and the case stays. When nobody stands there or
above any more, or the post was closed, the case is handed on to the post that answers, at last the duty officer's,
with an entry that says why. Where nobody answers at all the case stays where it is and the alarm goes up.
"""

from __future__ import annotations

from dataclasses import dataclass

from chengyun.cases import desks, store
from chengyun.cases.actions.core import Work, open_work, record, step, tell
from chengyun.cases.desks import Desk
from chengyun.cases.models import Assignment, Case
from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.people import queries as people
from chengyun.people.models import Post

# Suggested value (建议值): more than this at once waits for the next look, so that no transaction grows without end.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Lost:
    """A post that cannot keep its cases: `to` is who answers instead (None: nobody does), `why` what became of it."""

    post: Post
    to: Desk | None
    resolved: str
    why: str


def lost_posts() -> list[Lost]:
    """Posts with open cases that lost their person or were closed."""
    holding = sorted(
        post
        for post in Case.objects.filter(is_open=True)
        .order_by()
        .values_list("accountable_post_id", flat=True)
        .distinct()
        if post is not None
    )
    now = clock.now()
    found = []
    for asked, answer in sorted(people.accountable_many(holding, now).items()) if holding else ():
        post = answer.asked
        if post.in_service and answer.reason in ("on_duty", "standing", "reports_to"):
            continue
        to, resolved = _instead(post, answer)
        found.append(Lost(post, to, resolved, "no_person" if post.in_service else "closed"))
        assert asked == post.id
    return found


def _instead(post: Post, answer: people.Accountable) -> tuple[Desk | None, str]:
    """Who has it instead: the post that answers if it is open, else the nearest open one above, else the duty officer."""
    if answer.staff is not None and answer.post.id != post.id and answer.post.in_service:
        return desks.of(answer.post), answer.reason
    for above in people.chain(post):
        if above.in_service and people.answering(above.id).post == above.id:
            return desks.of(above), "reports_to"
    officer = people.answering(people.duty_officer(post.area).id)
    if officer.staff is None:
        return None, "nobody"
    return desks.of(people.post_of(officer.post)), "duty_officer"


def hand_on(actor: Actor, lost: Lost, cause: int | None) -> int:
    """Give the open cases of a lost post to whom it resolves. Returns how many."""
    assert lost.to is not None
    rows = Case.objects.filter(is_open=True, accountable_post_id=lost.post.id).order_by("due_at", "id")
    waiting = list(rows.values_list("id", flat=True)[:AT_ONCE])
    for case_id in waiting:
        _hand_on(actor, case_id, lost, lost.to, cause)
    return len(waiting)


def _hand_on(actor: Actor, case_id: int, lost: Lost, to: Desk, cause: int | None) -> None:
    it = open_work(actor, case_id, cause)
    case = it.case
    if not case.is_open or case.accountable_post_id != lost.post.id:
        return
    if case.lead_post_id == lost.post.id:
        _replace_lead(it, to)
    elif case.has_handler:
        Assignment.objects.filter(case_id=case_id, role="handler", ends_at=None).update(ends_at=it.now)
        it.set(has_handler=False)
    it.set(accountable_post_id=to.id)
    entry = record(
        it,
        "case.reassigned",
        {"post": to.code, "asked": lost.post.code, "resolved": lost.resolved, "why": lost.why},
    )
    it.store()
    step(it, "handed_on", case.state, entry.id)
    tell(it, to.id, "case.handed_on", asked=lost.post.code)


def _replace_lead(it: Work, to: Desk) -> None:
    Assignment.objects.filter(case_id=it.case.pk, role="lead", ends_at=None).update(ends_at=it.now)
    store.insert(Assignment(case_id=it.case.pk, post_id=to.id, role="lead", rule="audit", starts_at=it.now))
    it.set(lead_post_id=to.id, department_id=to.department_id)
