"""The bytes of server-sent events (the event-stream format of the HTML standard)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

PING = b": ping\n\n"


def event(name: str, data: bytes, mark: str = "") -> bytes:
    """One event. `mark` becomes the client's Last-Event-ID. JSON has no line breaks in it, so `data` is one line."""
    head = f"id: {mark}\nevent: {name}\ndata: " if mark else f"event: {name}\ndata: "
    return head.encode() + data + b"\n\n"


def json(value: Any) -> bytes:
    """JSON as the HTTP API writes it: times in UTC, to the millisecond."""
    return orjson.dumps(value, default=_moment, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _moment(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} has no place in a frame")
    unit = "milliseconds" if value.microsecond else "seconds"
    return value.astimezone(UTC).isoformat(timespec=unit).replace("+00:00", "Z")


def mark(gen: str, seq: int) -> str:
    """What names a place in a viewer's stream: `<gen>-<seq>`."""
    return f"{gen}-{seq}"


def parse_mark(text: str) -> tuple[str, int] | None:
    """Generation and number of a mark; None for anything else."""
    gen, dash, number = text.partition("-")
    if not dash or not gen.isalnum() or not (number.isascii() and number.isdigit()) or len(text) > 60:
        return None
    return gen, int(number)
