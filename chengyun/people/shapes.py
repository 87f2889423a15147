"""What the HTTP door of people answers, field by field: the console's types are made from it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema

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
AnswerReason = Literal["on_duty", "standing", "reports_to", "duty_officer", "nobody"]
ShiftState = Literal["planned", "open", "handing_over", "closed"]
DutyState = Literal["window", "planned", "serving", "ended"]
# One thing of a hand-over record: ids, codes, numbers and moments; never a name or free text.
Item = dict[str, str | int | float | bool | None | list[str] | list[int]]


class TokenOut(Schema):
    token: str


class LoggedInOut(Schema):
    username: str


class OkOut(Schema):
    ok: bool


class RoleOut(Schema):
    code: str
    name_zh: str
    name_en: str


class GrantOut(Schema):
    """`area` is an area path; `permissions` hold there and below, and may end in `.*`."""

    area: str
    permissions: list[str]


class MeOut(Schema):
    """`name` is empty for a log-in without a person. `post`: where one is on duty now."""

    ref: str
    username: str
    name: str
    post: str | None
    organisation: str | None
    roles: list[RoleOut]
    grants: list[GrantOut]


class PersonOut(Schema):
    """`name` and `phone` only where one may read them (`person.read` there, or oneself); otherwise absent or null."""

    ref: str
    name: str | None = None
    phone: str | None = None


class DutyOut(Schema):
    id: int
    post: str
    name_zh: str
    name_en: str
    state: DutyState
    starts_at: datetime
    ends_at: datetime | None
    shift: int | None


class ShiftDutyOut(DutyOut):
    staff: PersonOut | None


class AccountableOut(Schema):
    """Who answers for `post`: the post `answers`, and whoever stands there; `skipped` are posts passed over."""

    post: str
    kind: PostKind
    name_zh: str
    name_en: str
    area: str
    answers: str
    staff: PersonOut | None
    reason: AnswerReason
    why: str
    skipped: list[str]


class OnDutyPage(Schema):
    items: list[AccountableOut]
    next: str | None


class ShiftOut(Schema):
    """`starts_at` and `ends_at` are the plan, `opened_at` and `closed_at` what happened."""

    id: int
    pattern: str
    area: str
    code: str
    state: ShiftState
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    overdue_since: datetime | None


class ShiftPage(Schema):
    items: list[ShiftOut]
    next: str | None


class ShiftDetailOut(ShiftOut):
    """`hand_over` is the record by which this shift ends, if one is drafted."""

    duties: list[ShiftDutyOut]
    hand_over: int | None


class SectionOut(Schema):
    """A section in both languages; `lines` are its items in the reader's words. `fault`: it could not be gathered."""

    key: str
    title_zh: str
    title_en: str
    items: list[Item]
    fault: str | None
    lines: list[str]


class RecordOut(Schema):
    area: str
    at: datetime
    sections: list[SectionOut]


class ChangedOut(Schema):
    """What came and went in a section between the draft and its taking effect."""

    key: str
    new: list[Item]
    gone: list[Item]
    title: str
    lines: list[str]


class SideOut(Schema):
    """One of the two sides: who has signed (`by` is a ref), the posts whose people may sign, and whether the reader may
    sign it now; if not, why and what to do."""

    side: Literal["out", "in"]
    by: str | None
    at: datetime | None
    posts: list[str]
    allowed: bool
    code: str | None
    reason: str | None
    hint: str | None


class HandOverOut(Schema):
    """What is signed is `digest`, that of the record alone."""

    id: int
    shift_out: int
    shift_in: int
    state: Literal["drafted", "done"]
    drafted_at: datetime
    digest: str
    record: RecordOut
    remarks: str
    sides: list[SideOut]
    done_at: datetime | None
    since_draft: list[ChangedOut]


class SentPositionOut(Schema):
    post: str
    at: datetime
    expires_at: datetime


class DeletedOut(Schema):
    deleted: int


class ErasedOut(Schema):
    ref: str
    state: Literal["active", "left", "erased"]
    erased_at: datetime | None
