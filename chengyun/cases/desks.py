"""Which post answers for a case where: desks by place, the routed post, and the two lines of escalation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chengyun.cases import store
from chengyun.cases.logic.routing import Route
from chengyun.district.models import Area
from chengyun.people import queries as people
from chengyun.people.models import Post


@dataclass(frozen=True, slots=True)
class Desk:
    """A post with what a move needs of it."""

    id: int
    code: str
    department_id: int | None = None
    kind: str = ""


def desk(area: Area, kind: str) -> Desk:
    """The post of a kind that answers for an area, nearest up the tree; the duty officer where there is none."""
    # One statement for the common case; people's own search also knows posts with several areas.
    row = store.post_near(people.ancestors(area.path), kind)
    return Desk(*row) if row else _wider(area, kind) or _officer(area)


def of(post: Post) -> Desk:
    return Desk(post.id, post.code, post.department_id, post.kind)


def _wider(area: Area, kind: str, department: str | None = None) -> Desk | None:
    post = people.post_for(area, kind, department)
    return of(post) if post else None


def _officer(area: Area) -> Desk:
    return of(people.duty_officer(area))


def named(code: str) -> Desk:
    """A post by code. NotFound if there is none."""
    row = store.post_by_code(code)
    return Desk(*row) if row else of(people.post(code))


def find(route: Route, area: Area) -> Desk | None:
    """The post that a route means at a place; None where the district has no such post."""
    if route.post:
        row = store.post_by_code(route.post)
        return Desk(*row) if row else None
    if route.department:
        return _wider(area, "department_desk", route.department)
    if route.post_kind:
        row = store.post_near(people.ancestors(area.path), route.post_kind)
        return Desk(*row) if row else _wider(area, route.post_kind)
    return None


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether somebody stands behind a post: `desk` is who answers then, `reason` why it is not the post asked for."""

    desk: Desk
    reason: str


def fit(asked: Desk, area: Area, now: datetime) -> Fit:
    """The asked post if somebody answers for it or stands above it; when nobody fits, the duty officer, and it says so."""
    if people.holders(now, [asked.id]):
        return Fit(asked, "on_duty")
    if store.held_standing(asked.id):
        return Fit(asked, "standing")
    answer = people.accountable(asked.id, now)
    if answer.reason in ("duty_officer", "nobody"):
        officer = answer.post if answer.reason == "duty_officer" else people.duty_officer(area)
        return Fit(of(officer), answer.reason)
    return Fit(asked, answer.reason)


def rung_posts(area: Area, lead_id: int | None, rung: int) -> list[Desk]:
    """Whom rung `rung` of an escalation tells: the department line and the grid line, one step higher each time. Where both
    have ended, the duty officer and the commander."""
    found: dict[int, Desk] = {}
    if lead_id is not None:
        lead = Post.objects.select_related("area").get(pk=lead_id)
        _step(found, people.chain(lead), rung)
    leader = people.leader(area, "A")
    if leader is not None:
        _step(found, [leader, *people.chain(leader)], rung)
    if not found:
        officer = _officer(area)
        found[officer.id] = officer
        commander = _wider(area, "commander")
        if commander is not None:
            found[commander.id] = commander
    return list(found.values())


def _step(found: dict[int, Desk], line: list[Post], rung: int) -> None:
    if rung < len(line):
        post = line[rung]
        found[post.id] = of(post)
