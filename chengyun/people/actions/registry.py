"""Keeping the registries: departments, staff, posts, leaders, duty patterns. The admin's forms end here."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from chengyun.district.models import Area
from chengyun.kernel import ids, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row
from chengyun.kernel.transaction import write
from chengyun.people.actions.roster import root_path
from chengyun.people.models import AreaLeader, Department, Duty, DutyPattern, Post, PostArea, Staff


def changed_fields(row: Row, values: dict[str, Any]) -> list[str]:
    """Set what differs and return its names, sorted; of a new row all of them."""
    new = row.pk is None
    changed = sorted(name for name, value in values.items() if new or getattr(row, name) != value)
    for name in changed:
        setattr(row, name, values[name])
    return changed


def save_department(actor: Actor, *, code: str, cause: int | None = None, **values: Any) -> Department:
    """Create or change a department: name_zh, name_en, kind."""
    with write():
        actor.require("registry.edit", root_path())
        row = Department.objects.filter(code=code).first() or Department(code=code)
        fields = changed_fields(row, values)
        if row.pk is None or fields:
            row.save()
            _record(
                "department.changed",
                f"department:{code}",
                root_path(),
                actor,
                {"code": code, "fields": fields},
                cause,
            )
        return row


def save_staff(actor: Actor, *, ref: str | None = None, cause: int | None = None, **values: Any) -> Staff:
    """Create (without `ref`) or change a person: name, phone, department (row or None), state (active or left)."""
    with write():
        actor.require("registry.edit", root_path())
        row = Staff.objects.filter(ref=ref).first() if ref else Staff(ref=ids.new("p-"))
        if row is None:
            raise NotFound("no_staff", T("没有这名人员", "There is no such person"), field="ref")
        if row.state == "erased":
            raise Conflict(
                "erased",
                T("此人的信息已删除，不能再填", "This person's data are erased and stay so"),
                field="ref",
            )
        if values.get("state") not in (None, "active", "left"):
            raise Invalid("state", T("状态应为在岗或离岗", "The state is active or left"), field="state")
        leaves = values.get("state") == "left" and row.state != "left"
        if leaves and row.pk and Duty.objects.filter(staff=row, state="serving").exists():
            raise Conflict(
                "on_duty",
                T("此人正在值守", "This person is serving"),
                field="state",
                hint=T("请先安排替班。", "Put a substitute on duty first."),
            )
        fields = changed_fields(row, values)
        if row.pk is None or fields:
            row.save()
            # The names of the fields, never what is in them.
            _record(
                "staff.changed",
                f"staff:{row.ref}",
                root_path(),
                actor,
                {"fields": fields, "state": row.state},
                cause,
            )
        return row


def save_post(
    actor: Actor,
    *,
    code: str,
    further_areas: list[Area] | None = None,
    cause: int | None = None,
    **values: Any,
) -> Post:
    """Create or change a post. `values` are its fields; area, department, reports_to and standing are rows, not codes."""
    with write():
        row = Post.objects.select_related("area").filter(code=code).first() or Post(code=code)
        area = values.get("area") or (row.area if row.pk else None)
        actor.require("registry.edit", area.path if area else root_path())
        if row.pk:
            actor.require("registry.edit", row.area.path)
        if area is None:
            raise Invalid("area", T("请选择区域", "A post has an area"), field="area")
        _no_circle(code, values.get("reports_to"))
        if values.get("in_service") is False or values.get("kind", row.kind) != row.kind:
            _may_stop(row, area)
        fields = changed_fields(row, values)
        new = row.pk is None
        if new or fields:
            row.save()
        if further_areas is not None and set_further_areas(row, [place.id for place in further_areas]):
            fields.append("further_areas")
        if new or fields:
            _record("post.changed", f"post:{code}", area.path, actor, {"code": code, "fields": fields}, cause)
        return row


def set_further_areas(row: Post, wanted: list[int]) -> bool:
    """Make a post cover exactly these further areas; whether anything changed."""
    have = set(PostArea.objects.filter(post=row).values_list("area_id", flat=True))
    more = [area_id for area_id in dict.fromkeys(wanted) if area_id not in have and area_id != row.area_id]
    gone = have - set(wanted)
    PostArea.objects.filter(post=row, area_id__in=gone).delete()
    PostArea.objects.bulk_create([PostArea(post=row, area_id=area_id) for area_id in more])
    return bool(more or gone)


def _no_circle(code: str, superior: Post | None) -> None:
    passed: set[str] = set()
    while superior is not None and superior.code not in passed:
        if superior.code == code:
            raise Invalid(
                "circle", T("上级岗位形成循环", "The posts would report in a circle"), field="reports_to"
            )
        passed.add(superior.code)
        superior = superior.reports_to


def _may_stop(row: Post, area: Area) -> None:
    if not row.pk or row.kind != "duty_officer":
        return
    others = Post.objects.filter(kind="duty_officer", in_service=True, area__parent=None).exclude(pk=row.pk)
    if area.parent_id is None and not others.exists():
        raise Conflict(
            "last_duty_officer",
            T("辖区至少要有一个值班员岗位", "A district keeps at least one duty officer's post"),
            field="in_service",
        )


def set_leader(actor: Actor, *, area: Area, role: str, post: Post, cause: int | None = None) -> AreaLeader:
    """Name the post that leads an area as A or B."""
    with write():
        actor.require("registry.edit", area.path)
        if role not in ("A", "B"):
            raise Invalid("role", T("角色应为 A 或 B", "The role is A or B"), field="role")
        row = AreaLeader.objects.select_related("post").filter(area=area, role=role).first()
        before = row.post.code if row else None
        if before == post.code:
            assert row is not None
            return row
        row, _ = AreaLeader.objects.update_or_create(area=area, role=role, defaults={"post": post})
        _record(
            "leader.changed",
            f"area:{area.code}",
            area.path,
            actor,
            {"role": role, "post": post.code, "before": before},
            cause,
        )
        return row


def save_pattern(actor: Actor, *, code: str, cause: int | None = None, **values: Any) -> DutyPattern:
    """Create or change a duty pattern: name_zh, name_en, area, handover, body, in_service.

    The body is checked as a district folder's would be. What is planned already stays; see `withdraw_planned`.
    """
    with write():
        row = DutyPattern.objects.select_related("area").filter(code=code).first() or DutyPattern(code=code)
        area = values.get("area") or (row.area if row.pk else None)
        actor.require("registry.edit", area.path if area else root_path())
        if area is None:
            raise Invalid("area", T("请选择区域", "A pattern has an area"), field="area")
        fields = changed_fields(row, values)
        _check_body(row)
        if row.pk is None or fields:
            row.save()
            payload = {"code": code, "digest": digest(row.body), "in_service": row.in_service}
            _record("pattern.changed", f"pattern:{code}", area.path, actor, payload, cause)
        return row


def _check_body(row: DutyPattern) -> None:
    from chengyun.people.pack import PatternRow, handover_faults, pattern_body

    body = row.body if isinstance(row.body, dict) else {}
    try:
        parsed = PatternRow.model_validate(
            {
                "code": row.code,
                "name_zh": row.name_zh,
                "name_en": row.name_en,
                "area": "-",
                "handover": row.handover,
                **{key: value for key, value in body.items() if key != "weekdays"},
                "days": [
                    ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day]
                    for day in body.get("weekdays", range(7))
                ],
            }
        )
        logic = parsed.logic()
    except (ValidationError, ValueError, TypeError, IndexError) as error:
        raise Invalid(
            "body", T(f"排班内容有误：{error}", f"The pattern is not valid: {error}"), field="body"
        ) from error
    posts = dict(Post.objects.values_list("code", "kind"))
    people = set(Staff.objects.values_list("ref", flat=True))
    faults = handover_faults(parsed, logic, posts) if row.handover else []
    for team in parsed.teams:
        faults += [f"no post {post}" for post in team if post not in posts]
        faults += [f"no staff {who}" for who in team.values() if who not in people]
    if faults:
        raise Invalid(
            "body", T("排班内容有误：", "The pattern is not valid: ") + "; ".join(faults), field="body"
        )
    row.body = pattern_body(parsed)


def _record(
    kind: str, subject: str, area: str, actor: Actor, payload: dict[str, Any], cause: int | None
) -> None:
    journal.record(kind, subject=subject, area=area, actor=actor, payload=payload, cause=cause)
