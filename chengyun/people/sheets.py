"""Staff, posts, leaders, patterns and rosters as sheets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field

from chengyun.district.models import Area
from chengyun.kernel.errors import Conflict, Invalid, Refused
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import Change, Column, Sheet, Viewer
from chengyun.kernel.sheets.columns import found
from chengyun.people import actions, queries
from chengyun.people.models import POST_KINDS, AreaLeader, Department, Duty, DutyPattern, Post, Staff
from chengyun.people.pack import LeaderRow, PostRow

_AREA, _POST, _PERSON = T("区域", "area"), T("岗位", "post"), T("人员", "person")
_REF = "p-"
# Of a person, who works with sheets may set only these; erasing is done one by one.
_STATES = {code: label for code, label in Staff.STATES if code != "erased"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StaffLine(_Strict):
    ref: str = Field(default="", max_length=32)
    pack_ref: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")
    name: str = Field(min_length=1, max_length=60)
    phone: str = Field(default="", max_length=30)
    department: str | None = None
    state: Literal["active", "left"] = "active"


class PostLine(PostRow):
    standing: str | None = None
    in_service: bool = True


class TeamLine(_Strict):
    pattern: str
    team: int = Field(ge=1, le=100)
    post: str
    staff: str


class DutyLine(_Strict):
    id: int | None = None
    post: str
    starts_at: datetime
    ends_at: datetime | None = None
    staff: str


def someone(viewer: Viewer) -> Callable[[str], str]:
    """A person by ref, by the local code, or (where names may be read) by a name that only one has."""
    rows = queries.staff(viewer.user).exclude(state="erased").values_list("ref", "pack_ref", "name")
    by_code: dict[str, str] = {}
    by_name: dict[str, list[str]] = {}
    for ref, code, name in rows:
        by_code[ref] = ref
        if code:
            by_code[code] = ref
        by_name.setdefault(name, []).append(ref)
    reads_names = viewer.actor.may("person.read")

    def find(text: str) -> str:
        if text in by_code:
            return by_code[text]
        named = by_name.get(text, []) if reads_names else []
        if len(named) == 1:
            return named[0]
        if text.startswith(_REF) and not named:
            return text  # somebody outside what the viewer sees: fine while it stays as it is
        reason = (
            T("有重名", "several people have this name")
            if named
            else T("没有这名人员", "there is no such person")
        )
        raise Invalid("no_staff", reason, hint=T("请填人员编号。", "Give the person's ref."))

    return find


def _staff(viewer: Viewer, ref: str, column: str) -> Staff:
    row: Staff = found(queries.staff(viewer.user).filter(state="active"), _PERSON, column=column, ref=ref)
    return row


def _area(viewer: Viewer, code: str) -> Area:
    row: Area = found(Area.objects.visible_to(viewer.user), _AREA, column="area", code=code)
    return row


def _post(viewer: Viewer, code: str, column: str = "post") -> Post:
    row: Post = found(
        Post.objects.visible_to(viewer.user).select_related("area"), _POST, column=column, code=code
    )
    return row


def _code(row: Any) -> str | None:
    return row.code if row is not None else None


class StaffSheet(Sheet):
    code, title = "staff", T("人员", "Staff")
    model, key, numbered, personal = StaffLine, ("ref",), True, True
    columns = (
        Column("ref", T("编号", "ref"), lambda s: s.ref, 24),
        Column("pack_ref", T("本地编号", "local code"), lambda s: s.pack_ref, 12),
        Column("name", T("姓名", "name"), lambda s: s.name, 14, needs="person.read"),
        Column("phone", T("电话", "phone"), lambda s: s.phone, 16, needs="person.read"),
        Column("department", T("部门", "department"), lambda s: _code(s.department), 14),
        Column("state", T("状态", "state"), lambda s: s.state, 10, choices=_STATES),
    )
    notes = (
        T("新增人员请将编号留空；删除个人信息须逐人办理，不在表格中进行。",
          "Leave the ref empty for a new person. Erasing personal data is done one by one, never by a sheet."),
    )  # fmt: skip

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[Staff]:
        return queries.staff(viewer.user).exclude(state="erased")

    def prepare(self, rows: Iterable[Any]) -> Iterable[Any]:
        # What was erased is in no file.
        return (row for row in rows if row.state != "erased")

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        for change in changes:
            line: StaffLine = change.values
            if change.new:
                _not_there_already(line)
            department = (
                found(Department.objects, T("部门", "department"), column="department", code=line.department)
                if line.department
                else None
            )
            actions.save_staff(
                viewer.actor,
                ref=change.row.ref if change.row else None,
                name=line.name,
                phone=line.phone,
                department=department,
                state=line.state,
                pack_ref=line.pack_ref,
            )


def _not_there_already(line: StaffLine) -> None:
    """A file that comes twice must not make everybody double."""
    same = Staff.objects.filter(name=line.name, phone=line.phone).exclude(state="erased")
    if line.pack_ref and Staff.objects.filter(pack_ref=line.pack_ref).exists():
        field, reason = "pack_ref", T("本地编号已被占用", "this local code is taken")
    elif same.exists():
        field, reason = (
            "name",
            T("已有姓名、电话相同的人员", "somebody with this name and phone is there already"),
        )
    else:
        return
    raise Conflict("there_already", reason, field=field, hint=T("请填其编号。", "Give that person's ref."))


class PostSheet(Sheet):
    code, title = "posts", T("岗位", "Posts")
    model, above = PostLine, "reports_to"
    columns = (
        Column("code", T("编码", "code"), lambda p: p.code, 16),
        Column("kind", T("类别", "kind"), lambda p: p.kind, 14, choices=dict(POST_KINDS)),
        Column("name_zh", T("中文名", "Chinese name"), lambda p: p.name_zh, 24),
        Column("name_en", T("英文名", "English name"), lambda p: p.name_en, 30),
        Column("area", T("区域", "area"), lambda p: [p.area.code, *_further(p)], 16),
        Column("department", T("部门", "department"), lambda p: _code(p.department), 12),
        Column("lon", T("经度", "longitude"), lambda p: p.lon, 12),
        Column("lat", T("纬度", "latitude"), lambda p: p.lat, 12),
        Column("reports_to", T("上级岗位", "reports to"), lambda p: _code(p.reports_to), 16),
        Column("standing", T("常任人员", "standing holder"), lambda p: p.standing.ref if p.standing else None, 24,
               finds=someone),
        Column("in_service", T("启用", "in service"), lambda p: p.in_service, 8, yes_no=True),
    )  # fmt: skip
    notes = (
        T("区域可填多个，用分号隔开，第一个为岗位所在区域。常任人员可填编号或姓名。",
          "Several areas are divided by semicolons, the post's own first. The standing holder by ref or by name."),
    )  # fmt: skip

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[Post]:
        return queries.posts(viewer.user).select_related("standing")

    def prepare(self, rows: Any) -> Iterable[Any]:
        wanted = rows.select_related("area", "department", "reports_to", "standing")
        return wanted.defer("area__geometry").prefetch_related("further_areas__area")

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        for change in changes:
            line: PostLine = change.values
            values: dict[str, Any] = {
                name: getattr(line, name)
                for name in change.fields
                if name in ("kind", "name_zh", "name_en", "lon", "lat", "in_service")
            }
            if "area" in change.fields:
                if not line.areas:
                    raise Invalid("area", T("请填写区域", "A post has an area"), field="area")
                own, *further = (_area(viewer, code) for code in line.areas)
                values |= {"area": own, "further_areas": further}
            if "department" in change.fields:
                values["department"] = line.department and found(
                    Department.objects, T("部门", "department"), column="department", code=line.department
                )
            if "reports_to" in change.fields:
                values["reports_to"] = line.reports_to and _post(viewer, line.reports_to, "reports_to")
            if "standing" in change.fields:
                values["standing"] = line.standing and _staff(viewer, line.standing, "standing")
            values = {name: value if value != "" else None for name, value in values.items()}
            actions.save_post(viewer.actor, code=line.code, **values)


def _further(row: Post) -> list[str]:
    return sorted(place.area.code for place in row.further_areas.all())


class LeaderSheet(Sheet):
    code, title = "leaders", T("网格长 A/B 岗", "Leaders of areas")
    model, key = LeaderRow, ("area", "role")
    columns = (
        Column("area", T("区域", "area"), lambda row: row.area.code, 16),
        Column("area_name", T("区域名称", "name of the area"), lambda row: row.area.name_zh, 24, fixed=True),
        Column("role", T("角色", "role"), lambda row: row.role, 8, choices=dict(AreaLeader.ROLES)),
        Column("post", T("岗位", "post"), lambda row: row.post.code, 20),
        Column("post_name", T("岗位名称", "name of the post"), lambda row: row.post.name_zh, 24, fixed=True),
    )

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[AreaLeader]:
        return AreaLeader.objects.visible_to(viewer.user)

    def prepare(self, rows: Any) -> Iterable[Any]:
        return rows.select_related("area", "post").defer("area__geometry")

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        for change in changes:
            line: LeaderRow = change.values
            area, post = _area(viewer, line.area), _post(viewer, line.post)
            actions.set_leader(viewer.actor, area=area, role=line.role, post=post)


@dataclass(frozen=True, slots=True)
class Turn:
    """Who takes a post in one team of a pattern."""

    pattern: DutyPattern
    team: int
    post: str
    staff: str


class PatternSheet(Sheet):
    """A line for each post of each team; shifts and hours of a pattern are edited on its page."""

    code, title = "patterns", T("排班规则（班组）", "Duty patterns (teams)")
    model, key = TeamLine, ("pattern", "team", "post")
    columns = (
        Column("pattern", T("规则", "pattern"), lambda t: t.pattern.code, 16),
        Column(
            "pattern_name", T("规则名称", "name of the pattern"), lambda t: t.pattern.name_zh, 20, fixed=True
        ),
        Column("team", T("班组", "team"), lambda t: t.team, 8),
        Column("post", T("岗位", "post"), lambda t: t.post, 16),
        Column("staff", T("人员", "person"), lambda t: t.staff, 24, finds=someone),
    )
    notes = (
        T("班组自 1 起编号，依次轮换；人员可填编号或姓名。已排出的班次不变，需要时请撤回后重排。",
          "Teams are numbered from 1 and take turns. A person by ref or by name. What is planned already stays as it is."),
    )  # fmt: skip

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[DutyPattern]:
        return DutyPattern.objects.visible_to(viewer.user)

    def lines(self, row: DutyPattern) -> Iterable[Turn]:
        for number, team in enumerate(row.body.get("teams", ()), start=1):
            for post, who in sorted(team.items()):
                yield Turn(row, number, post, who)

    def groups(self, changes: Sequence[Change]) -> Iterable[list[Change]]:
        """A pattern is one thing: two people who change places are right together and wrong one by one."""
        in_order = sorted(changes, key=lambda change: (change.values.pattern, change.values.team))
        for _, group in groupby(in_order, key=lambda change: change.values.pattern):
            yield list(group)

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        code = changes[0].values.pattern
        row = found(
            DutyPattern.objects.visible_to(viewer.user), T("排班规则", "pattern"), column="pattern", code=code
        )
        body = deepcopy(row.body)
        for change in changes:
            line: TeamLine = change.values
            if line.team > len(body["teams"]) + 1:
                raise Invalid("team", T("班组编号不连续", "the teams' numbers leave a gap"), field="team")
            if line.team > len(body["teams"]):
                body["teams"].append({})
            _staff(viewer, line.staff, "staff")
            _post(viewer, line.post)
            body["teams"][line.team - 1][line.post] = line.staff
        actions.save_pattern(viewer.actor, code=code, body=body)


class DutySheet(Sheet):
    """The roster. Changing the person of a line is a substitution; a line without number plans a stretch of its own."""

    code, title = "duties", T("值守排班", "Roster")
    model, key, numbered, permission, personal = DutyLine, ("id",), True, "shift.substitute", True
    columns = (
        Column("id", T("序号", "number"), lambda d: d.pk, 10),
        Column("post", T("岗位", "post"), lambda d: d.post.code, 16),
        Column("post_name", T("岗位名称", "name of the post"), lambda d: d.post.name_zh, 22, fixed=True),
        Column("starts_at", T("开始", "from"), lambda d: d.starts_at, 20, moment=True),
        Column("ends_at", T("结束", "to"), lambda d: d.ends_at, 20, moment=True),
        Column("staff", T("人员", "person"), lambda d: d.staff.ref, 24, finds=someone),
        Column("staff_name", T("姓名", "name"), lambda d: "", 14, fixed=True, needs="person.read"),
        Column("state", T("状态", "state"), lambda d: d.get_state_display(), 10, fixed=True),
        Column("shift", T("班次", "shift"), lambda d: d.shift.code if d.shift else "", 10, fixed=True),
    )
    notes = (
        T("换人即为替班，自当时起生效；新增时段请将序号留空。人员可填编号或姓名。时段和岗位不能在表格中移动。",
          "Another person on a line is a substitute, from then on. Leave the number empty to plan a further stretch. "
          "A person by ref or by name. Times and posts of a line cannot be moved."),
    )  # fmt: skip

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[Duty]:
        wanted = [int(key[0]) for key in keys if key[0].isascii() and key[0].isdigit() and len(key[0]) < 19]
        return Duty.objects.visible_to(viewer.user).filter(pk__in=wanted)

    def prepare(self, rows: Any) -> Iterable[Any]:
        return rows.select_related("post__area", "staff", "shift").defer("post__area__geometry")

    def cells(self, viewer: Viewer, line: Any) -> Mapping[str, Any]:
        return {"staff_name": line.staff.name if viewer.actor.may("person.read", line.post.area.path) else ""}

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        for change in changes:
            line: DutyLine = change.values
            if change.row is not None:
                moved = next((name for name in change.fields if name != "staff"), None)
                if moved:
                    raise Invalid(
                        "moved",
                        T("时段和岗位不能在表格中移动", "times and posts of a line cannot be moved"),
                        field=moved,
                        hint=T(
                            "请恢复原值，只更换人员。", "Put the old value back; change the person alone."
                        ),
                    )
                who = _staff(viewer, line.staff, "staff")
                _seen_column(
                    "staff", actions.substitute, viewer.actor, duty_id=change.row.pk, staff_ref=who.ref
                )
                continue
            if line.ends_at is None:
                raise Invalid("ends_at", T("请填写结束时间", "Give the end"), field="ends_at")
            actions.plan_duty(
                viewer.actor,
                post=_post(viewer, line.post),
                staff=_staff(viewer, line.staff, "staff"),
                starts_at=timezone.make_aware(line.starts_at),
                ends_at=timezone.make_aware(line.ends_at),
            )


def _seen_column(column: str, action: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """An action whose refusals are about one column of the sheet."""
    try:
        action(*args, **kwargs)
    except Refused as refused:
        refused.field = column
        raise
