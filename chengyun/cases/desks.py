"""Which post answers for a case where: desks by place, the routed post, and the two lines of escalation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chengyun.cases.logic.routing import Route
from chengyun.district.models import Area
from chengyun.kernel.errors import NotFound
from chengyun.people import queries as people
from chengyun.people.models import Post


@dataclass(frozen=True, slots=True)
class Desk:
    """A post with what a move needs of it."""

    id: int
    code: str
    department_id: int | None = None
    kind: str = ""


def of(post: Post) -> Desk:
    return Desk(post.id, post.code, post.department_id, post.kind)


def desk(area: Area, kind: str) -> Desk:
    """The post of a kind that answers for an area, nearest up the tree; the duty officer where there is none."""
    post = people.post_for(area, kind)
    return of(post if post is not None else people.duty_officer(area))


def named(code: str) -> Desk:
    """A post by code. NotFound if there is none."""
    return of(people.post(code))


def find(route: Route, area: Area) -> Desk | None:
    """The post that a route means at a place; None where the district has no such post."""
    if route.post:
        try:
            return named(route.post)
        except NotFound:
            return None
    if route.department:
        post = people.post_for(area, "department_desk", route.department)
    else:
        post = people.post_for(area, str(route.post_kind))
    return of(post) if post else None


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether somebody stands behind a post: `desk` is who answers then, `reason` why it is not the post asked for."""

    desk: Desk
    reason: str


def fit(asked: Desk, area: Area, now: datetime) -> Fit:
    """The asked post if somebody answers for it or stands above it; when nobody fits, the duty officer, and it says so."""
    answer = people.answering(asked.id, now)
    if answer.reason == "duty_officer":
        return Fit(of(people.post_of(answer.post)), answer.reason)
    if answer.reason == "nobody":
        return Fit(of(people.duty_officer(area)), answer.reason)
    return Fit(asked, answer.reason)


def leader(area: Area, now: datetime) -> Desk | None:
    """Who leads a place: its A, or its B while nobody stands at A's post; None where it has no leader."""
    found = [post for role in ("A", "B") if (post := people.leader(area, role)) is not None]
    for post in found:
        if people.answering(post.id, now).post == post.id:
            return of(post)
    return of(found[0]) if found else None


def rung_posts(area: Area, lead_id: int | None, rung: int) -> list[Desk]:
    """Whom rung `rung` of an escalation tells: the department line and the grid line, one step higher each time. Where both
    have ended, the duty officer and the commander."""
    found: dict[int, Desk] = {}
    if lead_id is not None:
        _step(found, people.chain(people.post_of(lead_id)), rung)
    leader = people.leader(area, "A")
    if leader is not None:
        _step(found, [leader, *people.chain(leader)], rung)
    if not found:
        officer = of(people.duty_officer(area))
        found[officer.id] = officer
        commander = people.post_for(area, "commander")
        if commander is not None:
            found[commander.id] = of(commander)
    return list(found.values())


def _step(found: dict[int, Desk], line: list[Post], rung: int) -> None:
    if rung < len(line):
        post = line[rung]
        found[post.id] = of(post)
