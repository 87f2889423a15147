"""Which post answers for a case where: desks by place, the routed post, and the two lines of escalation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


_FIELDS = ("id", "code", "department_id", "area__path")


def desk(area: Area, kind: str) -> Desk:
    """The post of a kind that answers for an area, nearest up the tree; the duty officer where there is none."""
    return _near(area, kind=kind) or _wider(area, kind) or _officer(area)


def _near(area: Area, **where: object) -> Desk | None:
    # One query for the common case; people's own search also knows posts with several areas.
    rows = Post.objects.filter(in_service=True, area__path__in=people.ancestors(area.path), **where)
    found = sorted(rows.values_list(*_FIELDS), key=lambda row: (-len(row[3]), row[1]))
    return Desk(*found[0][:3]) if found else None


def _wider(area: Area, kind: str) -> Desk | None:
    post = people.post_for(area, kind)
    return Desk(post.id, post.code, post.department_id) if post else None


def _officer(area: Area) -> Desk:
    post = people.duty_officer(area)
    return Desk(post.id, post.code, post.department_id)


def named(code: str) -> Desk:
    """A post by code. NotFound if there is none."""
    row = Post.objects.filter(code=code, in_service=True).values_list("id", "code", "department_id").first()
    if row is None:
        post = people.post(code)
        return Desk(post.id, post.code, post.department_id)
    return Desk(*row)


def find(route: Route, area: Area) -> Desk | None:
    """The post that a route means at a place; None where the district has no such post."""
    if route.post:
        row = (
            Post.objects.filter(code=route.post, in_service=True)
            .values_list("id", "code", "department_id")
            .first()
        )
        return Desk(*row) if row else None
    if route.department:
        return _near(area, kind="department_desk", department__code=route.department)
    return _near(area, kind=route.post_kind) or (_wider(area, route.post_kind) if route.post_kind else None)


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether somebody stands behind a post: `desk` is who answers then, `reason` why it is not the post asked for."""

    desk: Desk
    reason: str


def fit(asked: Desk, area: Area, now: datetime) -> Fit:
    """The asked post if somebody answers for it or stands above it; when nobody fits, the duty officer, and it says so."""
    if people.holders(now, [asked.id]):
        return Fit(asked, "on_duty")
    answer = people.accountable(asked.id, now)
    if answer.reason in ("duty_officer", "nobody"):
        officer = answer.post if answer.reason == "duty_officer" else people.duty_officer(area)
        return Fit(Desk(officer.id, officer.code, officer.department_id), answer.reason)
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
        commander = _near(area, kind="commander")
        if commander is not None:
            found[commander.id] = commander
    return list(found.values())


def _step(found: dict[int, Desk], line: list[Post], rung: int) -> None:
    if rung < len(line):
        post = line[rung]
        found[post.id] = Desk(post.id, post.code, post.department_id)
