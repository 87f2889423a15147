"""What a console starts from: every open row and every point, as of a number of the seal."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Schema

from chengyun.live import picture
from chengyun.live.api.door import router
from chengyun.live.rows import (
    AlertRow,
    ApprovalRow,
    CaseRow,
    DeclarationRow,
    IncidentRow,
    ProposalRow,
    ResponseRow,
    ShiftRow,
    WarningRow,
)


class ClockOut(Schema):
    """`now` is the district's time, `rate` how many times as fast as real time it runs."""

    now: datetime
    rate: float


class RowsOut(Schema):
    """What is open, in force, undecided or running, and within the viewer's areas and classes."""

    alert: list[AlertRow]
    incident: list[IncidentRow]
    case: list[CaseRow]
    proposal: list[ProposalRow]
    declaration: list[DeclarationRow]
    approval: list[ApprovalRow]
    warning: list[WarningRow]
    response: list[ResponseRow]
    shift: list[ShiftRow]


class SnapshotOut(Schema):
    """The stream goes on from here: `/api/live/stream?after=<gen>-<seq>`. `gen` is opaque; another one means that nothing
    of an older snapshot may be kept."""

    gen: str
    seq: int
    clock: ClockOut
    rows: RowsOut


class PointsOut(Schema):
    """Datastreams by column: the n-th of every list belongs to the same one. Without data `value` and `at_ms` are null."""

    ids: list[int]
    codes: list[str]
    assets: list[str]
    lon: list[float]
    lat: list[float]
    quantity: list[str]
    unit: list[str]
    every_s: list[int]
    value: list[float | None]
    at_ms: list[int | None]


@router.get("/snapshot", response=SnapshotOut, summary="Every row that stands, as of a number of the stream")
def get_snapshot(request: HttpRequest) -> SnapshotOut:
    return SnapshotOut(**picture.snapshot(request.user))


@router.get("/points", response=PointsOut, summary="Datastreams that have a place, with their latest values")
def get_points(request: HttpRequest) -> PointsOut:
    return PointsOut(**picture.points(request.user))
