"""From the bytes of a message to raw readings. Two forms: this project's JSON, and SenML (RFC 8428).

JSON:   {"observations": [{"ds": "cnt-01.people", "at": "2023-12-31T18:00:00+08:00", "v": 1720, "u": "person"}, ...]}
        or the bare list; `at` may stand once beside `observations`, `u` may be left out.
SenML:  [{"bn": "cnt-", "bt": 1704016800, "n": "01.people", "u": "count", "v": 1720}, ...]

Nothing here raises for what a device may send: a message that cannot be read is a `Fault` without an index, a reading
that cannot be read one with its index.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import orjson

from chengyun.signals.logic import reasons

# (datastream code, event time as sent or ms, value as sent, unit as sent or None). Checked by `check.check`.
Raw = tuple[Any, Any, Any, Any]


class Relative(float):
    """Seconds from now, as SenML allows; told apart from a plain number that stands where a time should."""


# Suggested values.
MAX_BODY = 4 * 1024 * 1024
MAX_READINGS = 20_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What was wrong and where: `index` of the reading (None: the whole message), `field`, `reason`, `detail` in words."""

    index: int | None
    field: str
    reason: str
    detail: str
    stream: str = ""


@dataclass(slots=True)
class Decoded:
    """`raw` and `index` run in parallel; `index` is None when they are simply 0, 1, 2 ..."""

    raw: list[Raw]
    index: list[int] | None
    faults: list[Fault]


def decode(body: bytes, form: str) -> Decoded:
    """Read a message. form: json, senml, or raw (its shape tells)."""
    if len(body) > MAX_BODY:
        return _refuse("", reasons.TOO_LARGE, f"{len(body)} bytes; a message has at most {MAX_BODY}")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        document = _lenient(body)
        if document is None:
            return _refuse(
                "", reasons.BAD_JSON, f"line {error.lineno} column {error.colno}: {error.msg}"[:200]
            )
    shared_at = None
    if isinstance(document, dict) and form != "senml":
        shared_at = document.get("at")
        document = document.get("observations")
        if document is None:
            return _refuse("observations", reasons.BAD_SHAPE, "there is no list `observations`")
    if not isinstance(document, list):
        return _refuse(
            "observations", reasons.BAD_SHAPE, f"a list of readings is needed, not {type(document).__name__}"
        )
    if not document:
        return _refuse("observations", reasons.BAD_SHAPE, "the list of readings is empty")
    if len(document) > MAX_READINGS:
        return _refuse(
            "observations",
            reasons.TOO_MANY,
            f"{len(document)} readings; a message has at most {MAX_READINGS}",
        )
    if form == "senml" or (form == "raw" and _looks_like_senml(document[0])):
        return _senml(document)
    return _json(document, shared_at)


def _refuse(field: str, reason: str, detail: str) -> Decoded:
    return Decoded([], None, [Fault(None, field, reason, detail)])


def _lenient(body: bytes) -> Any:
    """JSON with NaN and Infinity, which devices write though JSON has none: one such value must not cost a whole message."""
    if b"NaN" not in body and b"Infinity" not in body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _looks_like_senml(first: Any) -> bool:
    return isinstance(first, dict) and "ds" not in first and bool(first.keys() & {"n", "bn"})


def _json(items: list[Any], shared_at: Any) -> Decoded:
    if shared_at is None:
        try:
            return Decoded([(r["ds"], r["at"], r["v"], r.get("u")) for r in items], None, [])
        except (KeyError, TypeError, AttributeError):
            pass  # one is not as it should be: find out which
    raw: list[Raw] = []
    index: list[int] = []
    faults: list[Fault] = []
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            faults.append(
                Fault(number, "", reasons.BAD_FIELD, f"a reading is an object, not {type(item).__name__}")
            )
        elif not isinstance(item.get("ds"), str):
            faults.append(Fault(number, "ds", reasons.BAD_FIELD, "the code of a datastream is needed here"))
        elif "v" not in item:
            faults.append(Fault(number, "v", reasons.NOT_A_NUMBER, "there is no value", item["ds"]))
        else:
            raw.append((item["ds"], item.get("at", shared_at), item["v"], item.get("u")))
            index.append(number)
    return Decoded(raw, index, faults)


_BASE = {"bn": str, "bt": (int, float), "bu": str, "bv": (int, float), "bver": int}
# Below 2**28 a SenML time is relative to now (RFC 8428, 4.5.3).
_RELATIVE_BELOW = 2**28


def _senml(items: list[Any]) -> Decoded:
    raw: list[Raw] = []
    index: list[int] = []
    faults: list[Fault] = []
    name, time, unit, value = "", 0.0, None, 0.0
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            faults.append(
                Fault(number, "", reasons.BAD_FIELD, f"a record is an object, not {type(item).__name__}")
            )
            continue
        wrong = [key for key, kind in _BASE.items() if key in item and not _is(item[key], kind)]
        must = [key for key in item if isinstance(key, str) and key.endswith("_")]
        if wrong or must:
            # RFC 8428, 4.4: a label that ends in "_" must be understood or the pack be refused.
            return _refuse(
                f"{number}.{(wrong + must)[0]}",
                reasons.BAD_SHAPE,
                "this base field or required label is not understood",
            )
        if item.get("bver", 10) > 10:
            return _refuse(f"{number}.bver", reasons.BAD_SHAPE, "SenML versions up to 10 are understood")
        name, time = item.get("bn", name), item.get("bt", time)
        unit, value = item.get("bu", unit), item.get("bv", value)
        fault, reading = _record(number, item, name, time, unit, value)
        if fault is not None:
            faults.append(fault)
        elif reading is not None:
            raw.append(reading)
            index.append(number)
    return Decoded(raw, index, faults)


def _is(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _record(
    number: int, item: dict[str, Any], base: str, base_time: float, base_unit: str | None, base_value: float
) -> tuple[Fault | None, Raw | None]:
    """One resolved record; (None, None) for a record that carries base fields alone."""
    own = item.get("n", "")
    if not isinstance(own, str):
        return Fault(number, "n", reasons.BAD_FIELD, "a name is text"), None
    code = base + own
    if "v" in item:
        value: Any = item["v"]
        if _is(value, (int, float)):
            value = value + base_value
    elif "vb" in item:
        value = item["vb"]
        if not isinstance(value, bool):
            return Fault(number, "vb", reasons.NOT_A_NUMBER, "is neither true nor false", code), None
    elif "vs" in item or "vd" in item or "s" in item:
        field = next(key for key in ("vs", "vd", "s") if key in item)
        return Fault(
            number, field, reasons.NOT_A_NUMBER, "text, data and sums are not taken; send v or vb", code
        ), None
    elif "n" not in item:
        return None, None
    else:
        return Fault(number, "v", reasons.NOT_A_NUMBER, "there is no value", code), None
    if not code:
        return Fault(number, "n", reasons.BAD_FIELD, "neither n nor bn names the datastream"), None
    time = item.get("t", 0)
    if not _is(time, (int, float)):
        return Fault(number, "t", reasons.BAD_TIME, "is not a number of seconds", code), None
    seconds = base_time + time
    if not abs(seconds) < 1e11:  # also catches NaN
        return Fault(number, "t", reasons.BAD_TIME, "is not a number of seconds since 1970", code), None
    # A relative time is resolved by `check` against the arrival, if the message can be told from its twin.
    at: Any = Relative(seconds) if seconds < _RELATIVE_BELOW else int(seconds * 1000 + 0.5)
    return None, (code, at, value, item.get("u", base_unit))
