"""Reads this domain's files of a district folder: organisations, staff, posts, leaders, duty, demonstration accounts.

Only validates; `actions.load_people` writes. Every problem names file, feature and field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

import orjson
from pydantic import BaseModel, ConfigDict, Field

from chengyun.district import pack as district
from chengyun.kernel.packs import Pack
from chengyun.people import roles
from chengyun.people.logic.pattern import (
    WEEKDAYS,
    Pattern,
    gap_in_the_day,
    same_person_twice,
    shift_time,
)
from chengyun.people.models import POST_KINDS
from chengyun.people.queries import SIGNING_KINDS

PostKind = Literal[
    "duty_officer",
    "shift_leader",
    "dispatcher",
    "commander",
    "grid_leader",
    "grid_staff",
    "department_desk",
    "department_handler",
    "fixed",
    "mobile",
    "verifier",
    "auditor",
]
assert set(get_args(PostKind)) == {code for code, _ in POST_KINDS}

CODE = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DepartmentRow(_Strict):
    code: str = CODE
    name_zh: str = Field(min_length=1, max_length=100)
    name_en: str = Field(min_length=1, max_length=100)
    kind: Literal["department", "office", "organisation"] = "department"


class Organisations(_Strict):
    departments: list[DepartmentRow] = []


class StaffRow(_Strict):
    ref_hint: str = CODE
    name: str = Field(default="", max_length=60)
    department: str | None = None
    phone: str = Field(default="", max_length=30)


class PostRow(_Strict):
    code: str = CODE
    kind: PostKind
    name_zh: str = Field(min_length=1, max_length=100)
    name_en: str = Field(min_length=1, max_length=100)
    area: str = Field(min_length=1)
    department: str | None = None
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    reports_to: str | None = None

    @property
    def areas(self) -> list[str]:
        """The post's own area first, then further ones it covers."""
        return [code.strip() for code in self.area.split(";") if code.strip()]


class LeaderRow(_Strict):
    area: str
    post: str
    role: Literal["A", "B"]


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ShiftRow(_Strict):
    code: str = Field(pattern=r"^[a-z0-9_]{1,20}$")
    name_zh: str = ""
    name_en: str = ""
    begins: str = Field(alias="from")
    ends: str = Field(alias="to")


class PatternRow(_Strict):
    code: str = CODE
    name_zh: str = Field(min_length=1, max_length=100)
    name_en: str = Field(min_length=1, max_length=100)
    area: str
    handover: bool
    starts_on: date = date(2023, 1, 1)
    days: list[Weekday] = Field(default_factory=lambda: list(get_args(Weekday)))
    shifts: list[ShiftRow] = Field(min_length=1)
    teams: list[dict[str, str]] = Field(min_length=1)
    # Suggested values (建议值): how early a hand-over may be signed, how old a draft may be, how often an unsigned one is
    # brought up again.
    early_minutes: int = Field(default=60, ge=0, le=720)
    draft_minutes: int = Field(default=60, ge=1, le=720)
    remind_minutes: int = Field(default=15, ge=1, le=720)

    def logic(self) -> Pattern:
        """The same as a pure value; ValueError when a time of day is wrong."""
        return Pattern(
            self.starts_on,
            tuple(shift_time(shift.code, shift.begins, shift.ends) for shift in self.shifts),
            tuple(self.teams),
            frozenset(WEEKDAYS.index(day) for day in self.days),
        )


class DutyFile(_Strict):
    patterns: list[PatternRow] = []
    standing: dict[str, str] = {}


class GrantRow(_Strict):
    role: str
    area: str


class AccountRow(_Strict):
    username: str = Field(pattern=r"^[a-z][a-z0-9_.-]{1,40}$")
    staff: str | None = None
    grants: list[GrantRow] = []


class Accounts(_Strict):
    accounts: list[AccountRow] = []


@dataclass(slots=True)
class PeopleData:
    """What the files say, cross-checked."""

    departments: list[DepartmentRow] = field(default_factory=list)
    staff: list[StaffRow] = field(default_factory=list)
    posts: list[PostRow] = field(default_factory=list)
    leaders: list[LeaderRow] = field(default_factory=list)
    patterns: list[PatternRow] = field(default_factory=list)
    standing: dict[str, str] = field(default_factory=dict)
    accounts: list[AccountRow] = field(default_factory=list)


def read(pack: Pack) -> PeopleData:
    """Read and cross-check; problems are collected in `pack`, whose `check()` refuses the whole."""
    organisations = pack.yaml("organisations.yaml", Organisations) or Organisations()
    duty = pack.yaml("duty.yaml", DutyFile) or DutyFile()
    accounts = pack.yaml("roles.yaml", Accounts) or Accounts()
    staff = pack.csv("staff.csv", StaffRow)
    posts = pack.csv("posts.csv", PostRow)
    leaders = pack.csv("leaders.csv", LeaderRow)
    data = PeopleData(
        organisations.departments,
        [row for row, _ in staff],
        [row for row, _ in posts],
        [row for row, _ in leaders],
        duty.patterns,
        dict(duty.standing),
        accounts.accounts,
    )
    areas = _area_codes(pack)
    departments = {row.code for row in data.departments}
    hints = {row.ref_hint for row in data.staff}
    post_kinds = {row.code: row.kind for row in data.posts}

    _unique(pack, "organisations.yaml", "code", [(row.code, row.code) for row in data.departments])
    _unique(pack, "staff.csv", "ref_hint", [(row.ref_hint, where) for row, where in staff])
    _unique(pack, "posts.csv", "code", [(row.code, where) for row, where in posts])
    _unique(pack, "leaders.csv", "area", [(f"{row.area}/{row.role}", where) for row, where in leaders])
    _unique(pack, "duty.yaml", "code", [(row.code, row.code) for row in data.patterns])
    _unique(pack, "roles.yaml", "username", [(row.username, row.username) for row in data.accounts])
    _unique(pack, "roles.yaml", "staff", [(row.staff, row.username) for row in data.accounts if row.staff])

    for person, where in staff:
        _known(pack, "staff.csv", where, "department", person.department, departments, "department")
    for post, where in posts:
        _known(pack, "posts.csv", where, "department", post.department, departments, "department")
        _known(pack, "posts.csv", where, "reports_to", post.reports_to, post_kinds, "post")
        if not post.areas:
            pack.problem("posts.csv", where, "area", "names no area")
        for code in post.areas:
            _known(pack, "posts.csv", where, "area", code, areas, "area")
    for leader, where in leaders:
        _known(pack, "leaders.csv", where, "post", leader.post, post_kinds, "post")
        _known(pack, "leaders.csv", where, "area", leader.area, areas, "area")
    for row in district.read(pack).assessments if pack.exists(district.ASSESSMENTS) and data.posts else ():
        _known(pack, district.ASSESSMENTS, row.code, "signed_by", row.signed_by, post_kinds, "post")
    _circles(pack, posts)
    _duty(pack, data, areas, hints, post_kinds)
    _accounts(pack, data, areas, hints)
    if data.posts and not any(row.kind == "duty_officer" for row in data.posts):
        pack.problem(
            "posts.csv",
            "-",
            "kind",
            "no post of kind duty_officer; somebody must answer when nobody else does",
        )
    return data


def _area_codes(pack: Pack) -> set[str] | None:
    """The codes in areas.geojson, whose own problems the district domain reports; None when it cannot be told."""
    try:
        features = orjson.loads(pack.folder.joinpath("areas.geojson").read_bytes())["features"]
        return {feature["properties"]["code"] for feature in features}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _known(pack: Pack, file: str, where: str, name: str, value: str | None, known: Any, what: str) -> None:
    if value is not None and known is not None and value not in known:
        pack.problem(file, where, name, f"there is no {what} {value!r}")


def _unique(pack: Pack, file: str, name: str, values: list[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for value, where in values:
        if value in seen:
            pack.problem(file, where, name, f"{value!r} stands here twice")
        seen.add(value)


def _circles(pack: Pack, posts: list[tuple[PostRow, str]]) -> None:
    above = {row.code: row.reports_to for row, _ in posts}
    for row, where in posts:
        passed, code = {row.code}, row.reports_to
        while code is not None and code not in passed:
            passed.add(code)
            code = above.get(code)
        if code == row.code:
            pack.problem(
                "posts.csv", where, "reports_to", "reports in a circle, so nobody is at the top of it"
            )


def _duty(
    pack: Pack, data: PeopleData, areas: set[str] | None, hints: set[str], kinds: dict[str, PostKind]
) -> None:
    taken: dict[str, str] = {}
    for row in data.patterns:
        _known(pack, "duty.yaml", row.code, "area", row.area, areas, "area")
        for index, team in enumerate(row.teams):
            for post, person in team.items():
                _known(pack, "duty.yaml", row.code, f"teams.{index}", post, kinds, "post")
                _known(pack, "duty.yaml", row.code, f"teams.{index}.{post}", person, hints, "staff member")
        for post in sorted({post for team in row.teams for post in team}):
            if taken.setdefault(post, row.code) != row.code:
                pack.problem(
                    "duty.yaml", row.code, "teams", f"{post} is in the pattern {taken[post]} already"
                )
        try:
            logic = row.logic()
        except ValueError as error:
            pack.problem("duty.yaml", row.code, "shifts", str(error))
            continue
        if row.handover:
            for fault in handover_faults(row, logic, kinds):
                where, _, reason = fault.partition(": ")
                pack.problem("duty.yaml", row.code, where, reason)
    for post, person in data.standing.items():
        _known(pack, "duty.yaml", "standing", post, post, kinds, "post")
        _known(pack, "duty.yaml", "standing", post, person, hints, "staff member")
    # Somebody must stand behind the duty officer's post even before the first shift is opened.
    for code, kind in kinds.items():
        if kind == "duty_officer" and code not in data.standing:
            first = next((row.teams[0][code] for row in data.patterns if code in row.teams[0]), None)
            if first is None:
                pack.problem(
                    "duty.yaml",
                    "standing",
                    code,
                    "nobody is rostered or standing at this duty officer's post",
                )
            else:
                data.standing[code] = first


def handover_faults(row: PatternRow, logic: Pattern, kinds: Mapping[str, str]) -> list[str]:
    """Why shifts after this pattern could not be handed over, one sentence each; `kinds`: post code -> kind."""
    found = []
    gap = gap_in_the_day(logic.shifts)
    if gap:
        found.append(f"shifts: a pattern with hand-over runs round the clock, but {gap}")
    if len(logic.weekdays) != 7:
        found.append("days: a pattern with hand-over runs every day")
    signing = frozenset(post for post, kind in kinds.items() if kind in SIGNING_KINDS)
    for index, team in enumerate(row.teams):
        if not signing & team.keys():
            found.append(f"teams.{index}: has no duty_officer or shift_leader to sign for it")
    twice = same_person_twice(logic, signing)
    if twice:
        found.append(f"teams: {twice} would hand over to themselves; two shifts running need two people")
    return found


def pattern_body(row: PatternRow, refs: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What is stored of a pattern. `refs` turns the folder's own codes of people into their refs."""
    teams = [{post: refs[who] if refs else who for post, who in sorted(team.items())} for team in row.teams]
    return {
        "starts_on": row.starts_on.isoformat(),
        "weekdays": sorted(WEEKDAYS.index(day) for day in row.days),
        "shifts": [shift.model_dump(by_alias=True) for shift in row.shifts],
        "teams": teams,
        "early_minutes": row.early_minutes,
        "draft_minutes": row.draft_minutes,
        "remind_minutes": row.remind_minutes,
    }


def _accounts(pack: Pack, data: PeopleData, areas: set[str] | None, hints: set[str]) -> None:
    for row in data.accounts:
        _known(pack, "roles.yaml", row.username, "staff", row.staff, hints, "staff member")
        for grant in row.grants:
            _known(pack, "roles.yaml", row.username, "grants.role", grant.role, roles.table().roles, "role")
            _known(pack, "roles.yaml", row.username, "grants.area", grant.area, areas, "area")
