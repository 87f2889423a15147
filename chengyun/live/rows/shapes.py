"""The shape of each row. `open` says whether it still stands: open, in force, undecided, running."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema

Klass = Literal["open", "sensitive"]
Hidden = Literal["", "shelved", "suppressed", "out_of_service"]
Mode = Literal["normal", "holiday", "major_event", "emergency"]


class Row(Schema):
    """What all rows have. `area` is the area's code, `path` its place in the tree (`/ryh/g2-01/`); `lon` and `lat` are the
    thing's own place where it has one, else the middle of the area; null where neither is known."""

    id: int
    open: bool
    area: str
    area_zh: str
    area_en: str
    path: str
    lon: float | None
    lat: float | None
    klass: Klass


class AlertRow(Row):
    """`measure` (in `unit`) is what was judged against `threshold`, from `have` of `of` datastreams that had data. `hidden`
    says why it is not among the alarms, where it is not."""

    rule: str
    name_zh: str
    name_en: str
    subject: str
    asset: str | None
    level: int
    peak: int
    state: Literal["unacknowledged", "acknowledged", "cleared", "closed"]
    hidden: Hidden
    verdict: Literal["true", "false", "duplicate", "nothing_to_do"] | None
    since: datetime
    opened_at: datetime
    last_at: datetime
    acknowledged_at: datetime | None
    cleared_at: datetime | None
    closed_at: datetime | None
    shelved_until: datetime | None
    shelve_reason: str
    suppressed_by: int | None
    measure: float | None
    threshold: float | None
    unit: str | None
    have: int
    of: int
    count: int
    raises: int
    incident: int | None
    camera: bool
    entry: int | None


class IncidentRow(Row):
    """`unacknowledged` counts its alerts that nobody has noticed yet and that are not hidden; `last_at` is when any of its
    alerts was last seen."""

    cause: str
    name_zh: str
    name_en: str
    level: int
    peak: int
    state: Literal["open", "closed"]
    alerts: int
    unacknowledged: int
    opened_at: datetime
    closed_at: datetime | None
    last_at: datetime | None
    entry: int | None


class CaseRow(Row):
    """`post` answers for it (empty once closed), `assigned` are the posts that have to work on it, `due_at` is the running
    clock that runs out next."""

    kind: str
    kind_zh: str
    kind_en: str
    condition: str
    state: str
    state_zh: str
    state_en: str
    source: Literal[
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
    urgent: bool
    post: str
    post_zh: str
    post_en: str
    assigned: list[str]
    department: str | None
    reported_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    reports: int
    returns: int
    incident: int | None
    merged_into: int | None


class ProposalRow(Row):
    """`asked` is the post of the leader who was asked to decide."""

    mode: Mode
    level: int | None
    incident: str
    state: Literal["open", "asked", "approved", "declared", "declined", "superseded"]
    evidence: list[str]
    times: int
    proposed_at: datetime
    proposed_by: str
    asked: str | None
    asked_at: datetime | None
    alarms: int
    closed_at: datetime | None
    entry: int | None


class DeclarationRow(Row):
    """A mode and level in force, or that was."""

    mode: Mode
    level: int | None
    incident: str
    matter: str
    measures: list[str]
    since: datetime
    expected_end: datetime
    by: str
    post: str
    post_zh: str
    post_en: str
    proposal: int | None
    follows: int | None
    ended_at: datetime | None
    ended: Literal["", "ended", "raised", "lowered"]
    entry: int | None


class ApprovalRow(Row):
    """A spoken decision, to be countersigned by `due_at`; one to declare lapses unused at `expires_at`."""

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
    entry: int | None


class WarningRow(Row):
    """An official signal, word for word."""

    issuer: str
    external_id: str
    kind: str
    colour: Literal["red", "orange", "yellow", "blue"]
    text: str
    issued_at: datetime
    received_at: datetime
    state: Literal["open", "decided", "lifted"]
    alarms: int
    declaration: int | None
    decided_at: datetime | None
    lifted_at: datetime | None


class ResponseRow(Row):
    """The government's own emergency response, as it was noted."""

    level: int
    matter: str
    authority: str
    document: str
    declared_at: datetime
    ended_at: datetime | None


class ShiftRow(Row):
    """`hand_over` is the record to sign, once it is drafted."""

    pattern: str
    code: str
    state: Literal["planned", "open", "handing_over", "closed"]
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    overdue_since: datetime | None
    hand_over: int | None
