"""Which raw readings are taken. One pass, no objects per reading but the tuples that are stored and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chengyun.signals.logic import reasons, times
from chengyun.signals.logic.decode import Decoded, Fault, Raw, Relative
from chengyun.signals.logic.stream import Reading, Row, Stream

# Suggested: clocks of devices and of the platform may differ by so much before a reading counts as from the future.
FUTURE_MS = 120_000


@dataclass(slots=True)
class Taken:
    """`rows` are ready for the table but for the message id, which is 0; `readings` run in parallel with them."""

    rows: list[tuple[int, int, int, int, int, float, int, int]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    late: int = 0


def check(
    decoded: Decoded,
    streams: Mapping[str, Stream],
    *,
    source_id: int | None,
    arrived_ms: int,
    keep_ms: int,
    message_id: int = 0,
    has_key: bool = False,
) -> Taken:
    """Check every raw reading against its datastream.

    source_id: the sender, or None for a reading by hand, which may be for any datastream.
    keep_ms: how long observations are kept; what is older would be removed at once and is refused.
    has_key: the sender gave a message id, so that a time relative to the arrival cannot make a redelivery a new message.
    """
    taken = Taken(faults=list(decoded.faults))
    add_row, add_reading, faults = taken.rows.append, taken.readings.append, taken.faults
    numbers = decoded.index
    latest_ms, oldest_ms = arrived_ms + FUTURE_MS, arrived_ms - keep_ms
    known: dict[Any, int] = {}
    late_count = 0
    find = streams.get
    for position, raw in enumerate(decoded.raw):
        code, at, value, unit = raw
        number = position if numbers is None else numbers[position]
        try:
            stream = find(code)
            ms = known.get(at)
        except TypeError:  # a list or an object where text should be
            faults.append(_unhashable(number, raw))
            continue
        if (
            stream is None
            or stream.off is not None
            or (stream.source_id != source_id and source_id is not None)
        ):
            faults.append(_not_for_you(number, code, stream))
            continue
        if ms is None or at.__class__ is not str:
            try:
                ms = _time(at, arrived_ms, has_key)
            except _NoTime:
                faults.append(Fault(number, "at", reasons.NO_TIME, _NO_TIME, code))
                continue
            except ValueError as error:
                faults.append(Fault(number, "at", reasons.BAD_TIME, f"{_short(at)} {error}", code))
                continue
            known[at] = ms
        if not oldest_ms <= ms <= latest_ms:
            faults.append(_out_of_time(number, code, ms, arrived_ms))
            continue
        kind = value.__class__
        if kind is not float and kind is not int:
            if kind is not bool or stream.nature != "state":
                faults.append(
                    Fault(number, "v", reasons.NOT_A_NUMBER, f"{_short(value)} is not a number", code)
                )
                continue
            value = int(value)
        if unit is not None and unit != stream.unit:
            factor = stream.accepts.get(unit) if unit.__class__ is str else None
            if factor is None:
                faults.append(_wrong_unit(number, unit, stream))
                continue
            value = value * factor
        if not stream.lo <= value <= stream.hi or (stream.at_least and 0 < value < stream.at_least):
            faults.append(_bad_value(number, value, stream))
            continue
        is_late = ms < arrived_ms - stream.late_ms
        late_count += is_late
        value = float(value)
        add_row((ms // 60_000, stream.id, ms, message_id, number, value, arrived_ms, int(is_late)))
        add_reading((stream, ms, value, is_late))
    taken.late = late_count
    return taken


def with_message(rows: list[Row], message_id: int) -> list[Row]:
    """The same rows under their message id."""
    return [(m, s, a, message_id, i, v, r, late) for m, s, a, _, i, v, r, late in rows]


class _NoTime(Exception):
    pass


_NO_TIME = "has no time of its own; send `at`, or give the message an id so that sending it twice is seen"


def _time(at: Any, arrived_ms: int, has_key: bool) -> int:
    if at is None or at.__class__ is Relative:
        if not has_key:
            raise _NoTime
        return arrived_ms if at is None else arrived_ms + int(at * 1000)
    return times.parse(at)


_OFF = {
    reasons.OUT_OF_SERVICE: "the datastream is out of service",
    reasons.SWITCHED_OFF: "no valid impact assessment covers {}; once one is on record, readings are taken",
}


def _unhashable(number: int, raw: Raw) -> Fault:
    if isinstance(raw[0], (list, dict)):
        return Fault(number, "ds", reasons.BAD_FIELD, "the code of a datastream is text")
    return Fault(number, "at", reasons.BAD_TIME, "a time is text or a number", _short(raw[0]))


def _not_for_you(number: int, code: Any, stream: Stream | None) -> Fault:
    if stream is None:
        if not isinstance(code, str):
            return Fault(number, "ds", reasons.BAD_FIELD, "the code of a datastream is text")
        return Fault(
            number, "ds", reasons.UNKNOWN_STREAM, f"there is no datastream {_short(code)}", code[:80]
        )
    if stream.off is not None:
        return Fault(number, "ds", stream.off, _OFF[stream.off].format(stream.needs), stream.code)
    return Fault(
        number, "ds", reasons.NOT_YOUR_STREAM, "the datastream belongs to another source", stream.code
    )


def _out_of_time(number: int, code: str, ms: int, arrived_ms: int) -> Fault:
    if ms > arrived_ms:
        ahead = (ms - arrived_ms) // 1000
        return Fault(
            number, "at", reasons.FUTURE, f"{ahead} s ahead of its arrival; set the device's clock", code
        )
    return Fault(number, "at", reasons.TOO_OLD, "older than observations are kept", code)


def _wrong_unit(number: int, unit: Any, stream: Stream) -> Fault:
    known = ", ".join(stream.accepts)
    return Fault(
        number, "u", reasons.WRONG_UNIT, f"{_short(unit)} is not a unit of it (known: {known})", stream.code
    )


def _bad_value(number: int, value: float, stream: Stream) -> Fault:
    if value != value or value in (float("inf"), float("-inf")):
        return Fault(
            number, "v", reasons.NOT_A_NUMBER, f"{value} is not a number that can be measured", stream.code
        )
    if stream.lo <= value <= stream.hi:
        return Fault(
            number,
            "v",
            reasons.TOO_FEW_PEOPLE,
            f"an aggregate speaks of at least {stream.at_least:g}",
            stream.code,
        )
    return Fault(
        number,
        "v",
        reasons.OUT_OF_RANGE,
        f"{_short(value)} is not between {stream.lo:g} and {stream.hi:g}",
        stream.code,
    )


def _short(value: Any) -> str:
    """An excerpt of what was sent. Numbers too long to print and nested things are named, not shown."""
    if isinstance(value, str):
        return repr(value[:40])
    if value is None or isinstance(value, (bool, float)):
        return repr(value)
    if isinstance(value, int) and -(10**20) < value < 10**20:
        return str(value)
    return f"a {type(value).__name__}"
