"""Reads a district's `sources.yaml` and `datastreams.csv`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chengyun.kernel.packs import Pack
from chengyun.signals import vocabulary

SOURCES, STREAMS = "sources.yaml", "datastreams.csv"
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=80)]
SourceCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=60)]
Days = Annotated[int, Field(ge=1, le=3660)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SourceRow(_Model):
    code: SourceCode
    name_zh: str = Field(max_length=100)
    name_en: str = Field(max_length=100)
    in_service: bool = True


class InputRow(_Model):
    stream: Code
    sign: Literal[1, -1]


class BalanceRow(_Model):
    """`stream` is the derived datastream; its source in datastreams.csv must be `balance`."""

    stream: Code
    inputs: list[InputRow] = Field(min_length=1)
    reset_at: str = Field(default="", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    reset_value: float = 0.0
    start: float = 0.0
    note: str = ""


class Keep(_Model):
    """Days that things are kept; all defaults are suggested (建议值)."""

    observations_days: Days = 30
    minutes_days: Days = 400
    quarantine_days: Days = 30
    counts_days: Days = 400
    input_log: bool = True
    input_log_days: Days = 7


class SourcesFile(_Model):
    sources: list[SourceRow] = []
    balances: list[BalanceRow] = []
    keep: Keep = Keep()


class StreamRow(_Model):
    code: Code
    quantity: str
    asset: str | None = None
    area: str
    source: SourceCode
    every_s: int = Field(default=60, ge=0, le=86_400)
    late_s: int = Field(default=300, ge=0, le=604_800)
    min: float | None = None
    max: float | None = None
    klass: Literal["open", "sensitive"] = "open"
    in_service: bool = True

    @field_validator("min", "max")
    @classmethod
    def _finite(cls, value: float | None) -> float | None:
        if value is not None and not math.isfinite(value):
            raise ValueError("must be a finite number")
        return value


class SignalsData(_Model):
    sources: list[SourceRow] = []
    streams: list[StreamRow] = []
    balances: list[BalanceRow] = []
    keep: Keep = Keep()


def read(pack: Pack) -> SignalsData:
    """Sources, datastreams and balances; what is wrong is collected in the pack with file, line and field."""
    file = pack.yaml(SOURCES, SourcesFile) or SourcesFile()
    rows = pack.csv(STREAMS, StreamRow)
    _sources(pack, file.sources)
    _streams(pack, rows, {source.code for source in file.sources} | {"balance"})
    _balances(pack, file.balances, {row.code: row for row, _ in rows})
    return SignalsData(
        sources=file.sources, streams=[row for row, _ in rows], balances=file.balances, keep=file.keep
    )


def _twice(codes: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    return {code for code in codes if code in seen or seen.add(code)}  # type: ignore[func-returns-value]


def _sources(pack: Pack, sources: list[SourceRow]) -> None:
    for code in sorted(_twice(source.code for source in sources)):
        pack.problem(SOURCES, f"source {code}", "code", "stands twice")
    for source in sources:
        if source.code in ("hand", "balance", "vision"):
            pack.problem(SOURCES, f"source {source.code}", "code", "is the platform's own; choose another")


def _streams(pack: Pack, rows: list[tuple[StreamRow, str]], sources: set[str]) -> None:
    known, refused = vocabulary.quantities(), vocabulary.refused_terms()
    twice = _twice(row.code for row, _ in rows)
    for row, where in rows:
        place = f"{where} ({row.code})"
        if row.code in twice:
            pack.problem(STREAMS, place, "code", "stands twice")
        for name in ("code", "quantity"):
            term = refused.why(getattr(row, name))
            if term is not None:
                pack.problem(
                    STREAMS, place, name, f"{term!r}: a signal speaks of places and things, never of persons"
                )
        quantity = known.get(row.quantity)
        if quantity is None:
            pack.problem(
                STREAMS,
                place,
                "quantity",
                f"{row.quantity!r} is not in the vocabulary (signals/vocabulary.yaml)",
            )
        else:
            low = quantity.min if row.min is None else row.min
            high = quantity.max if row.max is None else row.max
            if not quantity.min <= low < high <= quantity.max:
                pack.problem(
                    STREAMS,
                    place,
                    "min",
                    f"bounds lie within {quantity.min:g} to {quantity.max:g}, min below max",
                )
        if row.source not in sources:
            pack.problem(STREAMS, place, "source", f"{row.source!r} is not in {SOURCES}")


def _balances(pack: Pack, balances: list[BalanceRow], streams: dict[str, StreamRow]) -> None:
    known = vocabulary.quantities()
    for code in sorted(_twice(balance.stream for balance in balances)):
        pack.problem(SOURCES, f"balance {code}", "stream", "stands twice")
    derived = {balance.stream for balance in balances}
    for code, row in streams.items():
        if row.source == "balance" and code not in derived:
            pack.problem(STREAMS, code, "source", f"no balance in {SOURCES} feeds it")
    for balance in balances:
        place = f"balance {balance.stream}"
        target = streams.get(balance.stream)
        if target is None:
            pack.problem(SOURCES, place, "stream", f"is not in {STREAMS}")
        elif target.source != "balance":
            pack.problem(
                SOURCES, place, "stream", "its source must be `balance`, so that no device writes to it too"
            )
        elif (meaning := known.get(target.quantity)) is not None and meaning.needs_assessment:
            pack.problem(
                SOURCES,
                place,
                "stream",
                f"{target.quantity} comes from its operator and is not computed here",
            )
        for item in balance.inputs:
            fed = streams.get(item.stream)
            quantity = known.get(fed.quantity) if fed else None
            if fed is None:
                pack.problem(SOURCES, place, "inputs", f"{item.stream!r} is not in {STREAMS}")
            elif item.stream in derived:
                pack.problem(SOURCES, place, "inputs", f"{item.stream!r} is derived itself")
            elif quantity is not None and quantity.nature not in ("flow", "cumulative"):
                pack.problem(
                    SOURCES, place, "inputs", f"{item.stream!r} is neither a flow nor a cumulative count"
                )
            elif quantity is not None and quantity.nature == "flow" and fed.every_s == 0:
                pack.problem(
                    SOURCES, place, "inputs", f"{item.stream!r}: a flow needs its interval (every_s)"
                )
