"""Who is on duty, who answers for a post and why, which post is responsible where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from chengyun.district.models import Area
from chengyun.kernel import clock, registry, sql
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.people import directory
from chengyun.people.directory import ancestors
from chengyun.people.logic.resolve import Resolved, resolve
from chengyun.people.models import Post, Staff

REASONS = {
    "on_duty": T("在岗", "on duty at the post"),
    "standing": T("常任负责人", "holds the post when no roster says otherwise"),
    "reports_to": T("该岗位无人在岗，由上级岗位负责", "nobody is on duty there: the post above answers"),
    "duty_officer": T(
        "该岗位及上级均无人在岗，由值班员负责", "nobody is on duty there or above: the duty officer answers"
    ),
    "nobody": T("无人在岗，值班员岗位也没有人", "nobody is on duty, not even at the duty officer's post"),
}


@dataclass(frozen=True, slots=True)
class Accountable:
    """Who answers for the post that was asked about. `post` is never missing; `staff` is None for `nobody` alone."""

    asked: Post
    post: Post
    staff: Staff | None
    reason: str
    skipped: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        return REASONS[self.reason]


def post(code: str) -> Post:
    """The post with this code. NotFound if there is none."""
    found = directory.current().by_code.get(code)
    if found is None:
        raise NotFound("no_post", T(f"没有岗位 {code}", f"There is no post {code}"), field="post")
    return registry.copy_of(found)


def post_of(post_id: int) -> Post:
    """The post with this number, with its area and department. Raises `Post.DoesNotExist`."""
    return registry.copy_of(_shared(post_id))


def _shared(post_id: int) -> Post:
    found = directory.current().posts.get(post_id)
    if found is None:
        raise Post.DoesNotExist(f"there is no post {post_id}")
    return found


def counting(at: datetime) -> Q:
    """Duties that count at this instant, of people who are (or then were) fit for duty."""
    return (
        ~Q(state="planned")
        & Q(starts_at__lte=at)
        & (Q(ends_at=None) | Q(ends_at__gt=at))
        & (Q(staff__state="active") | Q(staff__erased_at__gt=at))
    )


_HOLDERS = (
    "SELECT d.post_id, d.staff_id, d.state, d.starts_at, d.id FROM people_duty d "
    "JOIN people_staff s ON s.id = d.staff_id WHERE d.state <> 'planned' AND d.starts_at <= %s "
    "AND (d.ends_at IS NULL OR d.ends_at > %s) AND (s.state = 'active' OR s.erased_at > %s)"
)


def holders(at: datetime, posts: Iterable[int] | None = None) -> dict[int, int]:
    """Post id -> staff id of whoever is on duty at `at`. A shift's duty goes before one by the clock, a later before an
    earlier, so that there is one answer even where rosters overlap."""
    moment = sql.stored(at)
    statement, values = _HOLDERS, [moment, moment, moment]
    if posts is not None:
        wanted = list(posts)
        if not wanted:
            return {}
        statement += f" AND d.post_id IN ({', '.join(['%s'] * len(wanted))})"
        values += wanted
    return _first(statement, values)


def held_by(staff_id: int, at: datetime) -> list[Post]:
    """The posts a person is on duty at, and those they hold standing while nobody is rostered; in service, by code. Shared
    rows: do not change them."""
    known = directory.current()
    standing = known.standing_at.get(staff_id, ())
    moment = sql.stored(at)
    mine = (
        "SELECT o.post_id FROM people_duty o WHERE o.staff_id = %s AND o.state <> 'planned' AND o.starts_at <= %s "
        "AND (o.ends_at IS NULL OR o.ends_at > %s)"
    )
    statement = f"{_HOLDERS} AND (d.post_id IN ({mine})"
    if standing:
        statement += f" OR d.post_id IN ({', '.join(['%s'] * len(standing))})"
    holding = _first(statement + ")", [moment, moment, moment, staff_id, moment, moment, *standing])
    held = {post_id for post_id, who in holding.items() if who == staff_id}
    held |= set(standing) - set(holding)
    return sorted((known.posts[row] for row in held if known.posts[row].in_service), key=lambda row: row.code)


def _first(statement: str, values: list[Any]) -> dict[int, int]:
    """Post id -> staff id of the duty that counts first at each post."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchall()
    found.sort(key=lambda row: (row[2] != "window", row[3], row[4]))
    return {post_id: staff_id for post_id, staff_id, *_ in found}


def on_duty(post_id: int, at: datetime | None = None) -> Staff | None:
    """Who is on duty at this very post, or None. For who answers for it use `accountable`."""
    staff_id = holders(at or clock.now(), [post_id]).get(post_id)
    return Staff.objects.get(pk=staff_id) if staff_id else None


def accountable(post_id: int, at: datetime | None = None) -> Accountable:
    """Who answers for the post at an instant (default now): somebody, and why it is them. See logic/resolve.py."""
    found = answering(post_id, at)
    person = Staff.objects.filter(pk=found.staff).first() if found.staff else None
    posts = {row: registry.copy_of(_shared(row)) for row in {post_id, found.post, *found.skipped}}
    return _explained(posts[post_id], found, posts, person)


def answering(post_id: int, at: datetime | None = None) -> Resolved:
    """The same in numbers: ids of the post and the person that answer, and of the posts passed over."""
    moment = at or clock.now()
    known = directory.current()
    asked = _shared(post_id)
    return resolve(
        asked.id,
        superiors=known.above(asked.id),
        duty_officers=known.nearest(asked.area.path, "duty_officer"),
        on_duty=lambda candidate: holders(moment, [candidate]).get(candidate),
        standing=known.standing,
    )


def accountable_many(post_ids: Iterable[int], at: datetime | None = None) -> dict[int, Accountable]:
    """The same for many posts in a fixed number of queries."""
    moment = at or clock.now()
    known = directory.current()
    posts = {post_id: registry.copy_of(row) for post_id, row in known.posts.items()}
    duty = holders(moment)
    standing = {row: person for row in posts if (person := known.standing(row)) is not None}
    officers = sorted(
        (row for row in posts.values() if row.kind == "duty_officer" and row.in_service), key=_nearness
    )
    people = Staff.objects.in_bulk(set(duty.values()) | set(standing.values()))

    answers = {}
    for post_id in post_ids:
        row = posts[post_id]
        near = [officer.id for officer in officers if row.area.path.startswith(officer.area.path)]
        found = resolve(
            post_id,
            superiors=known.above(post_id),
            duty_officers=near,
            on_duty=duty.get,
            standing=standing.get,
        )
        answers[post_id] = _explained(row, found, posts, people.get(found.staff) if found.staff else None)
    return answers


def _explained(asked: Post, found: Resolved, posts: dict[int, Post], person: Staff | None) -> Accountable:
    skipped = tuple(posts[post_id].code for post_id in found.skipped)
    return Accountable(asked, posts[found.post], person, found.reason, skipped)


def _nearness(row: Post) -> tuple[int, str]:
    return (-len(row.area.path), row.code)


def chain(start: Post) -> list[Post]:
    """The posts above by reports_to, nearest first, without `start`."""
    return [post_of(post_id) for post_id in directory.current().above(start.id)]


def post_for(area: Area, kind: str, department: Any = None) -> Post | None:
    """The post of a kind that is responsible for an area: in it, else the nearest up the tree. `department`: code or row."""
    code = None if department is None else getattr(department, "code", department)
    nearest = directory.current().nearest(area.path, kind, code)
    return post_of(nearest[0]) if nearest else None


def duty_officer(area: Area) -> Post:
    """The duty officer's post for an area. NotFound only while no district is loaded: a district without one is refused."""
    found = directory.current().nearest(area.path, "duty_officer")
    if not found:
        raise NotFound(
            "no_duty_officer",
            T("尚未载入值班员岗位", "There is no duty officer's post"),
            hint=T("请运行 chengyun init --district 目录。", "Run: chengyun init --district DIR"),
        )
    return post_of(found[0])


def leader(area: Area, role: str) -> Post | None:
    """The post that leads an area as "A" or "B": its own, else the nearest up the tree."""
    leads = directory.current().leaders
    found = next((leads[path, role] for path in ancestors(area.path) if (path, role) in leads), None)
    return post_of(found) if found is not None else None
