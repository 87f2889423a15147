"""Loads this domain's part of a district folder. All of it or nothing, and twice is the same as once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from chengyun.district.models import Area
from chengyun.kernel import clock, ids, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest
from chengyun.kernel.models import Row
from chengyun.kernel.packs import PackRefused, Problem
from chengyun.kernel.transaction import write
from chengyun.people.actions.registry import changed_fields, set_further_areas
from chengyun.people.actions.roster import root_path
from chengyun.people.models import AreaLeader, Department, DutyPattern, Post, PostArea, RoleGrant, Staff
from chengyun.people.pack import PeopleData, pattern_body

_BATCH = 200


@dataclass(slots=True)
class Loaded:
    """Counts of new and changed rows by table."""

    created: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        return any(self.created.values()) or any(self.changed.values())


def load_people(actor: Actor, data: PeopleData, *, cause: int | None = None) -> Loaded:
    """Make departments, staff, posts, leaders, patterns and demonstration accounts what the folder says.

    Rows the folder does not name are left alone. A person whose data were erased stays erased, whatever the folder says.
    New log-ins have no usable password: see `create_demo_accounts`.
    """
    with write():
        actor.require("registry.edit", root_path())
        areas = {row.code: row for row in Area.objects.all()}
        _know_areas(data, areas)
        done = Loaded()
        departments = _departments(data, done)
        staff = _staff(data, departments, done)
        posts = _posts(data, areas, departments, staff, done)
        _leaders(data, areas, posts, done)
        _patterns(data, areas, staff, done)
        _log_ins(data, areas, staff, done)
        if done.anything:
            journal.record(
                "people.loaded",
                subject="district",
                area=root_path(),
                actor=actor,
                payload={"digest": _digest(data), "created": done.created, "changed": done.changed},
                cause=cause,
            )
        return done


def _digest(data: PeopleData) -> str:
    """Of everything but names and phones, which nobody shall be able to test against it."""
    return digest(
        {
            "departments": [row.model_dump() for row in data.departments],
            "staff": [[row.ref_hint, row.department] for row in data.staff],
            "posts": [row.model_dump() for row in data.posts],
            "leaders": [row.model_dump() for row in data.leaders],
            "patterns": [row.model_dump(mode="json") for row in data.patterns],
            "standing": data.standing,
            "accounts": [row.model_dump() for row in data.accounts],
        }
    )


def _know_areas(data: PeopleData, areas: dict[str, Area]) -> None:
    named = [("posts.csv", row.code, code) for row in data.posts for code in row.areas]
    named += [("leaders.csv", row.post, row.area) for row in data.leaders]
    named += [("duty.yaml", row.code, row.area) for row in data.patterns]
    named += [("roles.yaml", row.username, grant.area) for row in data.accounts for grant in row.grants]
    unknown = [
        Problem(file, where, "area", f"there is no area {code!r}")
        for file, where, code in named
        if code not in areas
    ]
    if unknown:
        raise PackRefused(unknown)


def _put(model: type[Row], rows: list[tuple[Any, dict[str, Any]]], done: Loaded, name: str) -> None:
    """Write (row, wanted values): new rows in bulk, others one by one and only where they differ."""
    new = []
    for row, values in rows:
        fields = changed_fields(row, values)
        if row.pk is None:
            new.append(row)
        elif fields:
            row.save()
            done.changed[name] = done.changed.get(name, 0) + 1
    if new:
        model.objects.bulk_create(new, batch_size=_BATCH)
        done.created[name] = len(new)


def _departments(data: PeopleData, done: Loaded) -> dict[str, Department]:
    have = {row.code: row for row in Department.objects.all()}
    wanted = [
        (have.get(row.code) or Department(code=row.code), row.model_dump(exclude={"code"}))
        for row in data.departments
    ]
    _put(Department, wanted, done, "departments")
    return {row.code: row for row in Department.objects.all()}


def _staff(data: PeopleData, departments: dict[str, Department], done: Loaded) -> dict[str, Staff]:
    have = {row.pack_ref: row for row in Staff.objects.exclude(pack_ref=None)}
    wanted = []
    for row in data.staff:
        person = have.get(row.ref_hint)
        if person is not None and person.state == "erased":
            continue
        department = departments[row.department].id if row.department else None
        values = {"name": row.name, "phone": row.phone, "department_id": department}
        wanted.append((person or Staff(ref=ids.new("p-"), pack_ref=row.ref_hint), values))
    _put(Staff, wanted, done, "staff")
    return {row.pack_ref: row for row in Staff.objects.exclude(pack_ref=None) if row.pack_ref}


def _posts(
    data: PeopleData,
    areas: dict[str, Area],
    departments: dict[str, Department],
    staff: dict[str, Staff],
    done: Loaded,
) -> dict[str, Post]:
    have = {row.code: row for row in Post.objects.all()}
    wanted = [
        (
            have.get(row.code) or Post(code=row.code),
            {
                "kind": row.kind,
                "name_zh": row.name_zh,
                "name_en": row.name_en,
                "area_id": areas[row.areas[0]].id,
                "department_id": departments[row.department].id if row.department else None,
                "lon": row.lon,
                "lat": row.lat,
            },
        )
        for row in data.posts
    ]
    _put(Post, wanted, done, "posts")
    posts = {row.code: row for row in Post.objects.all()}
    # A second pass: a post may stand before its superior.
    linked = []
    for row in data.posts:
        post = posts[row.code]
        person = staff.get(data.standing.get(row.code, ""))
        # Somebody erased is replaced in the rows, not by the folder that still names them.
        standing = (
            post.standing_id
            if person is not None and person.state == "erased"
            else getattr(person, "id", None)
        )
        superior = posts[row.reports_to].id if row.reports_to else None
        if (post.reports_to_id, post.standing_id) != (superior, standing):
            post.reports_to_id, post.standing_id = superior, standing
            linked.append(post)
    if linked:
        Post.objects.bulk_update(linked, ["reports_to", "standing"], batch_size=_BATCH)
        if "posts" not in done.created:
            done.changed["posts"] = done.changed.get("posts", 0) + len(linked)
    more = {row.code: [areas[code].id for code in row.areas[1:]] for row in data.posts}
    covered = set(PostArea.objects.values_list("post__code", flat=True))
    moved = sum(
        set_further_areas(posts[code], ids_) for code, ids_ in more.items() if ids_ or code in covered
    )
    if moved:
        done.changed["further_areas"] = moved
    return posts


def _leaders(data: PeopleData, areas: dict[str, Area], posts: dict[str, Post], done: Loaded) -> None:
    have = {(row.area_id, row.role): row for row in AreaLeader.objects.all()}
    wanted = []
    for row in data.leaders:
        area = areas[row.area].id
        leader = have.get((area, row.role)) or AreaLeader(area_id=area, role=row.role)
        wanted.append((leader, {"post_id": posts[row.post].id}))
    _put(AreaLeader, wanted, done, "leaders")


def _patterns(data: PeopleData, areas: dict[str, Area], staff: dict[str, Staff], done: Loaded) -> None:
    have = {row.code: row for row in DutyPattern.objects.all()}
    refs = {code: person.ref for code, person in staff.items()}
    gone = {person.ref for person in staff.values() if person.state == "erased"}
    wanted = []
    for row in data.patterns:
        body = pattern_body(row, refs)
        pattern = have.get(row.code)
        if pattern is not None and gone:
            body["teams"] = _keep_replacements(body["teams"], pattern.body["teams"], gone)
        values = {
            "name_zh": row.name_zh,
            "name_en": row.name_en,
            "area_id": areas[row.area].id,
            "handover": row.handover,
            "body": body,
        }
        wanted.append((pattern or DutyPattern(code=row.code), values))
    _put(DutyPattern, wanted, done, "patterns")


def _keep_replacements(
    teams: list[dict[str, str]], before: list[dict[str, str]], gone: set[str]
) -> list[dict[str, str]]:
    """Where the folder still names somebody erased, the one who took their place stays."""
    kept = []
    for index, team in enumerate(teams):
        old = before[index] if index < len(before) else {}
        kept.append({post: old.get(post, who) if who in gone else who for post, who in team.items()})
    return kept


def _log_ins(data: PeopleData, areas: dict[str, Area], staff: dict[str, Staff], done: Loaded) -> None:
    """Every person has a log-in; its name says nothing unless it is a demonstration account's."""
    users = get_user_model()
    named = {row.staff: row.username for row in data.accounts if row.staff}
    people = [person for person in staff.values() if person.user_id is None and person.state == "active"]
    wanted = {person.id: named.get(person.pack_ref or "", person.ref) for person in people}
    extra = [row.username for row in data.accounts if not row.staff]
    known = set(
        users.objects.filter(username__in=[*wanted.values(), *extra, *named.values()]).values_list(
            "username", flat=True
        )
    )
    unusable = [name for name in [*wanted.values(), *extra] if name not in known]
    now = clock.now()
    users.objects.bulk_create(
        [users(username=name, password=make_password(None), date_joined=now) for name in unusable],
        batch_size=_BATCH,
    )
    if unusable:
        done.created["log_ins"] = len(unusable)
    by_name = {user.username: user for user in users.objects.all()}
    for person in people:
        person.user = by_name[wanted[person.id]]
    Staff.objects.bulk_update(people, ["user"], batch_size=_BATCH)
    _rename(data, staff)
    _grants(data, areas, {user.username: user for user in users.objects.all()}, done)


def _rename(data: PeopleData, staff: dict[str, Staff]) -> None:
    """A person who became a demonstration account later gets its name."""
    for row in data.accounts:
        person = staff.get(row.staff or "")
        if person is not None and person.user is not None and person.user.username != row.username:
            person.user.username = row.username
            person.user.save(update_fields=["username"])


def _grants(data: PeopleData, areas: dict[str, Area], users: dict[str, Any], done: Loaded) -> None:
    have = set(RoleGrant.objects.values_list("user_id", "role", "area_id"))
    new = []
    for row in data.accounts:
        user = users.get(row.username)
        if user is None:
            continue
        for grant in row.grants:
            key = (user.id, grant.role, areas[grant.area].id)
            if key not in have:
                new.append(RoleGrant(user=user, role=grant.role, area=areas[grant.area], origin="pack"))
        if row.grants and not user.is_staff:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
    RoleGrant.objects.bulk_create(new)
    if new:
        done.created["grants"] = len(new)
