"""Erasing a person's data: name, phone and log-in go, the random ref stays, and so does the truth of the journal."""

from __future__ import annotations

from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people.actions.roster import root_path
from chengyun.people.actions.substitutes import future_duties, substitute
from chengyun.people.models import Duty, DutyPattern, Post, RoleGrant, Staff


def erase_person(
    actor: Actor, ref: str, *, substitute_ref: str | None = None, cause: int | None = None
) -> Staff:
    """Erase name, phone and log-in of a person. Erasing twice changes nothing.

    Whoever is on duty, or rostered to be, is replaced first: `substitute_ref` takes over their duties, standing posts and
    places in the rotation. Conflict if that is needed and not given.
    """
    with write():
        actor.require("person.erase", root_path())
        person = Staff.objects.select_related("user").filter(ref=ref).first()
        if person is None:
            raise NotFound("no_staff", T("没有这名人员", "There is no such person"), field="ref")
        if person.state == "erased":
            return person
        now = clock.now()
        duties = future_duties(person, now)
        patterns = [row for row in DutyPattern.objects.all() if _in_teams(row, ref)]
        posts = list(Post.objects.filter(standing=person))
        if substitute_ref is None and (duties or patterns or posts):
            raise Conflict(
                "on_duty",
                T("此人在岗或已排班", "This person is on duty or rostered to be"),
                field="substitute_ref",
                hint=T("请指定接替人。", "Name who takes over: substitute_ref."),
            )
        if substitute_ref is not None:
            _hand_on(actor, ref, substitute_ref, duties, patterns, posts, cause)
        grants, had_log_in = _end_log_in(person)
        person.name = person.phone = ""
        person.state, person.erased_at, person.user = "erased", now, None
        person.save()
        journal.record(
            "person.erased",
            subject=f"staff:{ref}",
            area=root_path(),
            actor=actor,
            payload={"duties_moved": len(duties), "grants_ended": grants, "had_log_in": had_log_in},
            cause=cause,
        )
        return person


def _hand_on(
    actor: Actor,
    ref: str,
    to: str,
    duties: list[Duty],
    patterns: list[DutyPattern],
    posts: list[Post],
    cause: int | None,
) -> None:
    other = Staff.objects.filter(ref=to, state="active").exclude(ref=ref).first()
    if other is None:
        raise NotFound(
            "no_staff", T("没有这名在岗人员", "There is no such active person"), field="substitute_ref"
        )
    for duty in duties:
        substitute(actor, duty_id=duty.pk, staff_ref=to, reason="erased", cause=cause)
    for row in patterns:
        row.body = {
            **row.body,
            "teams": [
                {post: to if who == ref else who for post, who in team.items()} for team in row.body["teams"]
            ],
        }
        row.save()
    for post in posts:
        post.standing = other
        post.save()


def _in_teams(pattern: DutyPattern, ref: str) -> bool:
    return any(ref in team.values() for team in pattern.body["teams"])


def _end_log_in(person: Staff) -> tuple[int, bool]:
    user = person.user
    if user is None:
        return 0, False
    grants = RoleGrant.objects.filter(user=user).count()
    Staff.objects.filter(pk=person.pk).update(user=None)
    # Sessions die with the row they point at; role grants go with it.
    user.delete()
    return grants, True
