"""What goes over the wire, and how a row becomes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Schema

from chengyun.district.models import Area
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.posture.models import Approval, Declaration, DeclaredResponse, OfficialWarning, Proposal

ModeId = Literal["normal", "holiday", "major_event", "emergency"]
Colour = Literal["red", "orange", "yellow", "blue"]
SectionId = Literal["thresholds", "clocks", "routes", "posts", "patrol", "positions", "map"]
# What a policy may state at one place.
Value = str | int | float | bool | list[str] | None


class PostureOut(Schema):
    area: str
    mode: ModeId
    level: int | None
    since: datetime | None
    entry: int | None
    by: str | None
    declaration: int | None
    highest_inside: int | None


class DifferenceOut(Schema):
    key: str
    before: Value
    after: Value
    source: str


class PartOut(Schema):
    """What changes otherwise in a part of the area that has a policy of its own."""

    area: str
    changes: list[DifferenceOut]


class PostBriefOut(Schema):
    """A post that would be called or sent home."""

    code: str
    name_zh: str
    name_en: str


class PreviewOut(Schema):
    """`man` and `release` are posts; `who` are the posts or roles that may declare it, `may` whether the reader may,
    `leaders` the posts whose word counts, and `echelon` who commands then."""

    changes: list[DifferenceOut]
    parts: list[PartOut]
    man: list[PostBriefOut]
    release: list[PostBriefOut]
    who: list[str]
    may: bool
    leaders: list[PostBriefOut]
    echelon: str | None


class StatedOut(Schema):
    """What one layer states. `area` is empty for the district's own layer; `declaration` brought the mode into force."""

    key: str
    value: Value
    source: str
    mode: ModeId
    level: int | None
    area: str
    declaration: int | None
    applies: bool


class WhyOut(Schema):
    """`policy` is the version in force."""

    area: str
    key: str
    policy: int
    stated: list[StatedOut]


class ProposalOut(Schema):
    id: int
    area: str
    mode: ModeId
    level: int | None
    incident: str
    state: Literal["open", "asked", "approved", "declared", "declined", "superseded"]
    evidence: list[str]
    times: int
    proposed_at: datetime
    proposed_by: str
    asked: str | None
    entry: int | None


class DeclarationOut(Schema):
    id: int
    area: str
    mode: ModeId
    level: int | None
    incident: str
    matter: str
    measures: list[str]
    since: datetime
    expected_end: datetime
    by: str
    post: str
    proposal: int | None
    ended_at: datetime | None
    ended: Literal["", "ended", "raised", "lowered"]
    entry: int | None


class ApprovalOut(Schema):
    id: int
    area: str
    purpose: Literal["declare", "decline", "downgrade", "end"]
    proposal: int | None
    declaration: int | None
    leader: str
    spoken_at: datetime
    recorded_at: datetime
    due_at: datetime
    overdue_at: datetime | None
    expires_at: datetime | None
    expired_at: datetime | None
    state: Literal["open", "signed", "denied"]
    settled_at: datetime | None


class WarningOut(Schema):
    id: int
    area: str
    issuer: str
    external_id: str
    kind: str
    colour: Colour
    text: str
    issued_at: datetime
    received_at: datetime
    state: Literal["open", "decided", "lifted"]
    declaration: int | None
    lifted_at: datetime | None


class ResponseOut(Schema):
    id: int
    area: str
    level: int
    matter: str
    authority: str
    document: str
    declared_at: datetime
    ended_at: datetime | None


class ProposalPage(Schema):
    items: list[ProposalOut]
    next: str | None


class DeclarationPage(Schema):
    items: list[DeclarationOut]
    next: str | None


class ApprovalPage(Schema):
    items: list[ApprovalOut]
    next: str | None


class WarningPage(Schema):
    items: list[WarningOut]
    next: str | None


class ResponsePage(Schema):
    items: list[ResponseOut]
    next: str | None


class EffectiveValueOut(Schema):
    """One value in force: its section, its key within it, and the layer it comes from (`emergency/1@ring-core`)."""

    section: SectionId
    key: str
    value: Value
    source: str


class EffectiveOut(Schema):
    """The policy in force for an area, value by value, in the order of their keys."""

    area: str
    mode: ModeId
    level: int | None
    values: list[EffectiveValueOut]


class AuthorityRowOut(Schema):
    """Who may declare a mode at a level (null: without one): roles `who`, or the posts alone where some are named.
    `approval_minutes`: for how long a spoken approval may be used."""

    mode: ModeId
    level: int | None
    who: list[str]
    posts: list[str]
    echelon: str
    approval_minutes: int


class EchelonOut(Schema):
    code: str
    zh: str
    en: str
    post: str | None


class MeasureOut(Schema):
    code: str
    zh: str
    en: str


class WaitOut(Schema):
    """How many minutes a decision may wait. `of` is a level, a warning's colour, or null for the one value there is."""

    what: Literal["undecided", "warning", "countersign", "repeats"]
    of: str | None
    minutes: int


class ModeOut(Schema):
    """`level`: whether a declaration of the mode must, may or must not carry one."""

    mode: ModeId
    zh: str
    en: str
    level: Literal["none", "optional", "required"]


class AuthorityOut(Schema):
    modes: list[ModeOut]
    rows: list[AuthorityRowOut]
    echelons: list[EchelonOut]
    measures: list[MeasureOut]
    waits: list[WaitOut]


class ProposeIn(Schema):
    area: str
    mode: ModeId
    level: int | None = None
    evidence: list[str] = []
    incident: str = ""


class AskIn(Schema):
    leader: str


class SpokenIn(Schema):
    leader: str
    spoken_at: datetime


class DeclareIn(Schema):
    """Give `proposal`, or `area`, `mode` and `level`."""

    proposal: int | None = None
    area: str | None = None
    mode: ModeId | None = None
    level: int | None = None
    incident: str = ""
    matter: str
    expected_end: datetime
    measures: list[str]


class ReasonIn(Schema):
    """`leader` and `spoken_at` together note a leader's spoken decision; without them it is one's own."""

    reason: str
    leader: str | None = None
    spoken_at: datetime | None = None

    def said(self) -> dict[str, Any]:
        """As the actions take it."""
        return {"reason": self.reason, "leader_post": self.leader, "spoken_at": self.spoken_at}


class LowerIn(ReasonIn):
    level: int | None = None


class SignIn(Schema):
    agrees: bool = True


class ExtendIn(Schema):
    expected_end: datetime


class WarningIn(Schema):
    """An official signal as it was issued: nothing of it is changed here."""

    area: str
    issuer: str
    external_id: str
    kind: str
    colour: str
    text: str
    issued_at: datetime


class DecideWarningIn(Schema):
    reason: str
    declaration: int | None = None


class ResponseIn(Schema):
    area: str
    level: int
    matter: str
    authority: str
    declared_at: datetime
    document: str = ""


class EndResponseIn(Schema):
    ended_at: datetime


def area_of(request: HttpRequest, code: str) -> Area:
    row = Area.objects.visible_to(request.user).filter(code=code).first()
    if row is None:
        raise NotFound("no_area", T("没有这个区域", "There is no such area"), field="area")
    return row


def seen(request: HttpRequest, rows: Any, number: int) -> int:
    """The id, if the reader may see it among `rows(user)`; actions look again at what the actor may do with it."""
    if not rows(request.user).filter(pk=number).exists():
        raise NotFound("not_found", T("没有这条记录", "There is no such record"))
    return number


def proposal_out(row: Proposal) -> dict[str, Any]:
    asked = row.asked_post.code if row.asked_post else None
    return ProposalOut.from_orm({**_plain(row), "area": row.area.code, "asked": asked}).model_dump(
        mode="json"
    )


def declaration_out(row: Declaration) -> dict[str, Any]:
    more = {"by": row.by_ref, "post": row.by_post, "proposal": row.proposal_id, "ended": row.end_kind}
    return DeclarationOut.from_orm({**_plain(row), "area": row.area.code, **more}).model_dump(mode="json")


def approval_out(row: Approval) -> dict[str, Any]:
    more = {"leader": row.leader_post.code, "proposal": row.proposal_id, "declaration": row.declaration_id}
    return ApprovalOut.from_orm({**_plain(row), "area": row.area.code, **more}).model_dump(mode="json")


def warning_out(row: OfficialWarning) -> dict[str, Any]:
    more = {"area": row.area.code, "declaration": row.declaration_id}
    return WarningOut.from_orm({**_plain(row), **more}).model_dump(mode="json")


def response_out(row: DeclaredResponse) -> dict[str, Any]:
    return ResponseOut.from_orm({**_plain(row), "area": row.area.code}).model_dump(mode="json")


def _plain(row: Any) -> dict[str, Any]:
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}
