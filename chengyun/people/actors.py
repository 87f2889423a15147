"""From a log-in or a post to an Actor: who it is for the journal, and what they may do where.

What a person may do is the sum of the roles granted to their log-in and of the roles of the posts they are on duty at,
for as long as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.functional import SimpleLazyObject

from chengyun.kernel import clock, registry, scope
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.scope import Scope
from chengyun.people import directory, queries, roles
from chengyun.people.directory import Person
from chengyun.people.models import Duty, Post, Staff

# Which of several posts a person speaks for where they do not say.
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            "commander",
            "duty_officer",
            "shift_leader",
            "dispatcher",
            "verifier",
            "auditor",
            "department_desk",
            "department_handler",
            "grid_leader",
            "grid_staff",
            "mobile",
            "fixed",
        )
    )
}

ANONYMOUS = Actor(ref="anonymous")


@registry.steady()
def of_user(user: Any, *, at: datetime | None = None, post: str | None = None) -> Actor:
    """The actor behind a log-in. `post` chooses among the posts the person is on duty at; NotAllowed is left to actions."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return ANONYMOUS
    return _actor(user, _person(user), at or clock.now(), post)


@registry.steady()
def of_staff(ref: str, *, at: datetime | None = None, post: str | None = None) -> Actor:
    """The actor of a person by ref, on duty or not: an incoming shift signs before it serves."""
    row = Staff.objects.filter(ref=ref, state="active").select_related("user").first()
    if row is None:
        raise NotFound("no_staff", T("没有这名人员", "There is no such person"), field="staff")
    return _actor(row.user, directory.current().people[row.pk], at or clock.now(), post)


def _person(user: Any) -> Person | None:
    """Who a log-in belongs to, if they are active."""
    person = directory.current().by_user.get(user.pk)
    return person if person is not None and person.state == "active" else None


def _actor(user: Any, person: Person | None, at: datetime, post: str | None) -> Actor:
    held = _held(user, person, at)
    posts = sorted(
        {row.code: row for _, _, row in held if row is not None}.values(),
        key=lambda row: (_RANK[row.kind], row.code),
    )
    chosen = next((row for row in posts if post is None or row.code == post), None)
    return Actor(
        ref=person.ref if person else f"u-{user.pk}",
        post=chosen.code if chosen else None,
        user=user,
        roles=frozenset(role for role, _, _ in held),
        grants=_grants((role, path) for role, path, _ in held),
        organisation=_organisation(person, chosen),
    )


@registry.steady()
def at_post(code: str, at: datetime | None = None) -> Actor:
    """Whoever answers for a post, acting with the rights of the post they stand at. Conflict if nobody does.

    `CODE@next` is whoever takes the post over in the shift that follows the running one.
    """
    code, _, turn = code.partition("@")
    asked = queries.post(code)
    if turn:
        return _incoming(asked)
    found = queries.answering(asked.id, at)
    known = directory.current()
    person = known.people.get(found.staff) if found.staff else None
    if person is None:
        raise Conflict(
            "nobody_on_duty",
            T(f"岗位 {code} 无人在岗", f"Nobody is on duty at {code}"),
            hint=T("请先排班并开启班次。", "Generate a roster and open the shift first."),
        )
    answers = known.posts[found.post]
    role = roles.table().by_post_kind[answers.kind]
    department = answers.department
    return Actor(
        ref=person.ref,
        post=answers.code,
        user=_log_in(person.user_id),
        roles=frozenset({role}),
        grants=_grants((role, path) for path in known.reach[answers.id]),
        organisation=department.code if department is not None else person.department,
    )


def _log_in(user_id: int | None) -> Any:
    """The log-in, read when somebody asks for it: an action seldom does."""
    if user_id is None:
        return None
    return SimpleLazyObject(lambda: get_user_model().objects.get(pk=user_id))


def _incoming(post: Post) -> Actor:
    running = Duty.objects.filter(post=post, state="serving").select_related("shift").first()
    shift = queries.next_shift(running.shift) if running and running.shift else None
    planned = (
        Duty.objects.filter(post=post, shift=shift, state="planned").select_related("staff").first()
        if shift
        else None
    )
    if planned is None:
        raise Conflict(
            "nobody_rostered",
            T(f"岗位 {post.code} 下一班无人排班", f"Nobody is rostered at {post.code} in the next shift"),
            hint=T("请先生成排班。", "Generate the roster first."),
        )
    return of_staff(planned.staff.ref)


@registry.steady()
def scope_of(user: Any) -> Scope:
    """What the kernel asks for: the paths, classes and roles of a log-in."""
    held = _held(user, _person(user), clock.now())
    names = frozenset(role for role, _, _ in held)
    return Scope(
        paths=tuple(sorted({path for _, path, _ in held})),
        classes=roles.table().clearance(names),
        roles=names,
    )


def install() -> None:
    """Tell the kernel how a user's scope is found."""
    scope.set_resolver(scope_of)


def _held(user: Any, person: Person | None, at: datetime) -> list[tuple[str, str, Post | None]]:
    """(role, area path, post it comes from) of everything a log-in holds at an instant."""
    known = directory.current()
    held: list[tuple[str, str, Post | None]] = []
    if user is not None:
        held += [(role, path, None) for role, path in known.grants.get(user.pk, ())]
        if user.is_superuser:
            held.append(("admin", "/", None))
    for row in queries.held_by(person.id, at) if person else ():
        role = roles.table().by_post_kind[row.kind]
        held += [(role, path, row) for path in known.reach[row.id]]
    return held


def _grants(held: Iterable[tuple[str, str]]) -> tuple[tuple[str, frozenset[str]], ...]:
    by_path: dict[str, set[str]] = {}
    for role, path in held:
        by_path.setdefault(path, set()).add(role)
    return tuple((path, roles.table().permissions(names)) for path, names in sorted(by_path.items()))


def _organisation(person: Person | None, post: Post | None) -> str | None:
    if post is not None and post.department is not None:
        return post.department.code
    return person.department if person is not None else None
