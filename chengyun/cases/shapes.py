"""What goes in and out over HTTP. Texts beside a code come in both languages; `*_label` and `name` are in the reader's."""

from datetime import datetime
from typing import Literal

from ninja import Field, Schema

CaseSource = Literal[
    "person",
    "phone",
    "radio",
    "walk_in",
    "citizen",
    "hotline",
    "leader",
    "sensor",
    "camera",
    "upper",
    "system",
]
QueueId = Literal[
    "to_file",
    "to_dispatch",
    "to_sign",
    "to_check",
    "to_close",
    "to_call_back",
    "due_soon",
    "overdue",
]
ModeId = Literal["normal", "holiday", "major_event", "emergency"]


class CaseSummary(Schema):
    id: int
    title: str
    kind: str
    kind_label: str
    kind_zh: str
    kind_en: str
    condition: str | None
    state: str
    state_label: str
    state_zh: str
    state_en: str
    open: bool
    area: str
    area_zh: str
    area_en: str
    lon: float | None
    lat: float | None
    source: CaseSource
    urgent: bool
    post: str
    post_zh: str
    post_en: str
    department: str | None
    reported_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    reports: int
    returns: int
    incident: int | None


class CasePage(Schema):
    items: list[CaseSummary]
    next: str | None


class ReporterIn(Schema):
    name: str = Field("", max_length=60)
    phone: str = Field("", max_length=30)


class ReportIn(Schema):
    """The fewest fields: `kind`, and a place as `area`, `asset`, `building`, or `lon` and `lat`; the point may stand beside
    any of the others."""

    kind: str
    area: str | None = None
    asset: str | None = None
    building: str | None = None
    condition: str | None = None
    source: CaseSource = "person"
    source_ref: str = Field("", max_length=80)
    description: str = ""
    reporter: ReporterIn | None = None
    lon: float | None = None
    lat: float | None = None
    alert_ids: list[int] = []


class MoveIn(Schema):
    """Each verb uses a few of these; `GET /cases/{id}` says which verbs there are and why one is not open now."""

    verb: str
    reason: str | None = None
    ok: bool | None = None
    post: str | None = None
    until: datetime | None = None
    into: int | None = None
    alert_ids: list[int] | None = None
    condition: str | None = None
    description: str | None = None


class CaseReasonIn(Schema):
    reason: str = ""


class SuperviseIn(Schema):
    level: Literal["timeout", "important", "leader"]
    reply_by: datetime
    reason: str


class ReplyIn(Schema):
    text: str


class ReviewIn(Schema):
    granted: bool
    reason: str


class RateOut(Schema):
    """`value` is null where the denominator is 0. What is counted stands in the labels."""

    code: Literal["settled", "on_time", "rework", "reopened", "returned", "extended"]
    label_zh: str
    label_en: str
    numerator: int
    numerator_zh: str
    numerator_en: str
    denominator: int
    denominator_zh: str
    denominator_en: str
    value: float | None


class DepartmentOut(Schema):
    department: str
    name_zh: str
    name_en: str
    rates: list[RateOut]


class CaseStateOut(Schema):
    """A case as it stands after a verb. Only the state is known where the verb has taken it out of the actor's sight."""

    id: int
    state: str
    visible: bool
    case: CaseSummary | None


class ReportedOut(Schema):
    """`joined`: an open case was reported again, and no new one made. `possible_duplicates`: open cases that look alike."""

    id: int
    joined: bool
    state: str
    possible_duplicates: list[int]
    case: CaseSummary | None


class ArgumentOut(Schema):
    """One thing that `move` takes. `form` says how to ask for it."""

    name: Literal["reason", "ok", "post", "until", "into", "alert_ids", "condition", "description"]
    form: Literal["text", "yes_no", "post", "moment", "case", "alerts", "condition"]
    required: bool
    label_zh: str
    label_en: str


class VerbOut(Schema):
    """A verb that leads on from here. Refused, it says why and what to do, in the reader's language."""

    verb: str
    name: str
    name_zh: str
    name_en: str
    direction: Literal["forward", "back", "side", "end"]
    allowed: bool
    code: str | None
    reason: str | None
    hint: str | None
    arguments: list[ArgumentOut]


class ConditionOut(Schema):
    code: str
    filing_zh: str
    filing_en: str
    closing_zh: str
    closing_en: str
    limit: float
    unit: Literal["minute", "urgent_hour", "urgent_day", "natural_day", "work_hour", "work_day"]
    limit_zh: str
    limit_en: str
    evidence: list[str]
    filing_checks: list[Literal["described", "placed", "photo"]]


class TextOut(Schema):
    at: datetime
    what: str
    what_zh: str
    what_en: str
    text: str
    erased: bool
    by: str


class StepOut(Schema):
    """`post` answers from here on, `by_post` is where the actor stood; `by` is a ref, never a name."""

    at: datetime
    verb: str
    verb_zh: str
    verb_en: str
    before: str
    after: str
    after_zh: str
    after_en: str
    post: str
    post_zh: str
    post_en: str
    by: str
    by_post: str
    by_post_zh: str
    by_post_en: str
    entry: int


class CaseClockOut(Schema):
    """`due_at` is null while it stands still. `breached_at` is the raw fact; `exempt`: an appeal was granted beside it."""

    id: int
    name: str
    label_zh: str
    label_en: str
    overall: bool
    started_at: datetime
    due_at: datetime | None
    provisional: bool
    stopped_at: datetime | None
    paused: bool
    breached_at: datetime | None
    exempt: bool
    limit: float
    unit: str
    limit_zh: str
    limit_en: str
    mode: ModeId
    level: int | None


class EvidenceOut(Schema):
    """`withheld`: kept, but not shown while no assessment covers where it comes from."""

    ref: str
    kind: str
    kind_zh: str
    kind_en: str
    media_type: str
    size: int
    sha256: str
    origin: Literal["staff", "citizen", "drone"]
    withheld: bool
    at: datetime


class SupervisionOut(Schema):
    id: int
    level: str
    level_zh: str
    level_en: str
    state: Literal["open", "replied", "ended"]
    issuer_post: str | None
    reply_by: datetime
    replied_at: datetime | None
    late_at: datetime | None


class AppealOut(Schema):
    id: int
    state: Literal["open", "reviewed", "granted", "refused"]
    clock: int


class HeldOut(Schema):
    """A stretch in which a post held the case; `until` is null for the one that holds it now."""

    post: str
    post_zh: str
    post_en: str
    since: datetime
    until: datetime | None


class AssignmentOut(Schema):
    post: str
    post_zh: str
    post_en: str
    role: Literal["lead", "co", "handler"]
    rule: str
    rule_zh: str
    rule_en: str
    starts_at: datetime
    ends_at: datetime | None


class StageOut(Schema):
    """One stage of the main path: `done_at` null while it is not reached."""

    state: str
    name_zh: str
    name_en: str
    done_at: datetime | None
    current: bool


class CaseDetail(CaseSummary):
    """All of a case. Which verbs lead on from here depends on the reader; `reporters` counts them and names none.

    Of a moment that has passed (`now`), every verb is refused (`replay`), and `possible_duplicates` is null."""

    filing_zh: str | None
    filing_en: str | None
    closing_zh: str | None
    closing_en: str | None
    conditions: list[ConditionOut]
    evidence_needed: list[str]
    filed_at: datetime | None
    settled_at: datetime | None
    stages: list[StageOut]
    texts: list[TextOut]
    alerts: list[int]
    merged: list[int]
    merged_into: int | None
    split_from: int | None
    reporters: int
    steps: list[StepOut]
    clocks: list[CaseClockOut]
    assignments: list[AssignmentOut]
    evidence: list[EvidenceOut]
    supervisions: list[SupervisionOut]
    appeals: list[AppealOut]
    held: list[HeldOut]
    verbs: list[VerbOut]
    possible_duplicates: list[int] | None
    now: datetime


class SpanOut(Schema):
    starts_at: datetime
    ends_at: datetime
    kind: Literal["counting", "paused", "off"]
    text: str


class NoticeOut(Schema):
    """Which post was told, and how that is known: delivered, acted, or assumed after the longest wait."""

    post: str
    fact: str


class ClockPosture(Schema):
    mode: ModeId
    level: int | None


class WhyDueOut(Schema):
    """Why a deadline is what it is. `source` is where the limit came from; `before_posture` what it was before the posture
    changed it, if it did; `notice` says since when the leader knew, for the clocks that wait for that."""

    clock: str
    label_zh: str
    label_en: str
    due_at: datetime | None
    provisional: bool
    limit: str
    source: str
    posture: ClockPosture
    before_posture: str | None
    extended: int
    notice: NoticeOut | None
    counted_s: int
    spans: list[SpanOut]


class LabelOut(Schema):
    code: str
    zh: str
    en: str


class SourceOut(LabelOut):
    """`by_hand`: a person at the desk may choose it; `checked`: such reports are checked before they are filed."""

    by_hand: bool
    checked: bool


class KindOut(Schema):
    """`pinyin` and `initials` are of the Chinese name, for a search box."""

    code: str
    name: str
    name_zh: str
    name_en: str
    pinyin: str
    initials: str
    urgent: bool
    klass: Literal["open", "sensitive"]
    conditions: list[ConditionOut]


class CatalogueOut(Schema):
    version: int
    kinds: list[KindOut]
    sources: list[SourceOut]
    evidence: list[LabelOut]
    origins: list[LabelOut]
    supervision_levels: list[LabelOut]


class LikeOut(CaseSummary):
    """`distance_m` is null where one of the two has no point; then it is in the same area."""

    distance_m: int | None


class EvidenceAdded(Schema):
    ref: str
    kind: str
    media_type: str
    origin: Literal["staff", "citizen", "drone"]
    size: int
    sha256: str


class OnRecordOut(Schema):
    """The number of the reminder or signature that was put on record."""

    id: int


class SupervisionStateOut(Schema):
    id: int
    state: Literal["open", "replied", "ended"]
    reply_by: datetime


class AppealStateOut(Schema):
    id: int
    state: Literal["open", "reviewed", "granted", "refused"]
