"""What the tape answers with: the shapes of snapshot and stream, but as of then.

A row of the tape is the live row with two differences: what only the tables of today could say is null, and nothing else is.
Which fields those are is written down here, once; docs/how-it-works.md lists them for people.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema

from chengyun.live import rows
from chengyun.live.rows import shapes


class TapeAlertRow(rows.AlertRow):
    """`last_at` and `count` move with every repeat, which the journal does not number one by one: null. `suppressed_by` is
    null, and `hidden` says so all the same, where an alert was suppressed from its first moment on."""

    last_at: datetime | None  # type: ignore[assignment]
    count: int | None  # type: ignore[assignment]


class TapeIncidentRow(rows.IncidentRow):
    """`last_at` is null, as in its alerts."""


class TapeCaseRow(rows.CaseRow):
    """`due_at` is null also where the deadline of then was provisional (a year without a table of holidays)."""


class TapeRowsOut(Schema):
    """What was open, in force, undecided or running then, and is within the viewer's areas and classes."""

    alert: list[TapeAlertRow]
    incident: list[TapeIncidentRow]
    case: list[TapeCaseRow]
    proposal: list[rows.ProposalRow]
    declaration: list[rows.DeclarationRow]
    approval: list[rows.ApprovalRow]
    warning: list[rows.WarningRow]
    response: list[rows.ResponseRow]
    shift: list[rows.ShiftRow]


class TapeClockOut(Schema):
    """`now` is the moment asked for; it stands still (`rate` 0) until the console moves it."""

    now: datetime
    rate: float


class TapeStateOut(Schema):
    """The same shape as a snapshot. `gen` is always "tape"; `seq` is the number of the last entry that had happened.

    `values`: the newest value of each datastream that arrived in the hour before, by column. `values_from` says what they
    were read from; `none` means that none are kept of that time, which is not the same as calm.
    """

    gen: Literal["tape"]
    seq: int
    clock: TapeClockOut
    rows: TapeRowsOut
    values_from: Literal["observations", "minutes", "none"]
    values: ColumnsOut


class ColumnsOut(Schema):
    """Values by column: the n-th of every list belongs to the same datastream."""

    ids: list[int]
    value: list[float]
    at_ms: list[int]


class TapeEntryOut(Schema):
    """One entry, in the shape of the stream's `entry`; `rows` are those that it changed, as they were then (null: a case
    that was the viewer's until then)."""

    seq: int
    id: int
    at: datetime
    kind: str
    subject: str
    area: str
    actor: str
    payload: dict[str, Any]
    cause: int | None
    label_zh: str
    label_en: str
    text_zh: str
    text_en: str
    rows: dict[str, TapeRow | None]


TapeRow = (
    TapeAlertRow
    | TapeIncidentRow
    | TapeCaseRow
    | shapes.ProposalRow
    | shapes.DeclarationRow
    | shapes.ApprovalRow
    | shapes.WarningRow
    | shapes.ResponseRow
    | shapes.ShiftRow
)


class TapeFrameOut(Schema):
    """What happened at `at`: an entry (`entry`), or rows that changed by an entry which is not for the viewer to read
    (`rows`), or values that changed since the frame of values before (`values`)."""

    at: datetime
    entry: TapeEntryOut | None
    rows: dict[str, TapeRow | None] | None
    values: ColumnsOut | None


class TapeOut(Schema):
    """The frames after `since` up to and with `until`, in the order of time.

    `until` is where this piece ends, which may be before what was asked for; `next` is then the `since` of the next piece,
    null at the end. Values come every `step_s` seconds of the night's time.
    """

    since: datetime
    until: datetime
    next: datetime | None
    step_s: int
    values_from: Literal["observations", "minutes", "none"]
    frames: list[TapeFrameOut]


class TapeEventOut(Schema):
    """One moment to jump to."""

    at: datetime
    seq: int
    kind: str
    subject: str
    area: str
    level: int | None
    text_zh: str
    text_en: str


class TapeEventsOut(Schema):
    """`cut`: there were more than one answer holds; ask again from the last one's time."""

    items: list[TapeEventOut]
    cut: bool


class KeptOut(Schema):
    """From when to when single observations, and figures by the minute, are kept; null where none are."""

    observations_since: datetime | None
    observations_until: datetime | None
    minutes_since: datetime | None
    minutes_until: datetime | None


class NightOut(Schema):
    """A stretch that can be replayed. `until` is null while it goes on.

    `mode` and `level` are the highest that were declared in it, `incident_level` the gravest that an incident open in it
    ever reached. `entries` counts those the viewer may see.
    """

    kind: Literal["shift", "day"]
    since: datetime
    until: datetime | None
    title_zh: str
    title_en: str
    shift: str | None
    mode: shapes.Mode
    level: int | None
    incident_level: int | None
    entries: int
    kept: KeptOut


class NightsOut(Schema):
    """The newest first. `first_at`: the journal begins here; null while it is empty."""

    first_at: datetime | None
    items: list[NightOut]


TapeStateOut.model_rebuild()
TapeEntryOut.model_rebuild()
TapeFrameOut.model_rebuild()
TapeOut.model_rebuild()
