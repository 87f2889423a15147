"""A piece of the tape, and the state where it begins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.kernel import clock
from chengyun.live.tape.shapes import ColumnsOut, TapeClockOut, TapeOut, TapeRowsOut, TapeStateOut


def state(user: Any, at: datetime) -> TapeStateOut:
    none: dict[str, Any] = {name: [] for name in TapeRowsOut.model_fields}
    return TapeStateOut(
        gen="tape",
        seq=0,
        clock=TapeClockOut(now=at, rate=0, real_at=clock.wall()),
        rows=TapeRowsOut(**none),
        values_from="none",
        values=ColumnsOut(ids=[], value=[], at_ms=[]),
    )


def piece(user: Any, since: datetime, until: datetime, step_s: int | None) -> TapeOut:
    return TapeOut(since=since, until=until, next=None, step_s=step_s or 10, values_from="none", frames=[])
