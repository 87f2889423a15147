"""Durations as people write them: ``90``, ``"90s"``, ``"2m"``, ``"1h"``, ``"1m30s"``."""

from __future__ import annotations

import re

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def parse_ms(value: object) -> int:
    """Milliseconds. A bare number means seconds. Raises ValueError with an example of what is right."""
    if isinstance(value, bool):
        raise ValueError('write a duration such as "90s", "2m" or "1h"')
    if isinstance(value, int | float):
        if value < 0 or value != value:
            raise ValueError("a duration cannot be negative")
        return int(round(float(value) * 1000))
    if isinstance(value, str):
        text = value.replace(" ", "")
        parts = _PART.findall(text)
        if parts and "".join(number + unit for number, unit in parts) == text:
            return int(round(sum(float(number) * _UNIT_MS[unit] for number, unit in parts)))
    raise ValueError(f'{value!r} is no duration; write "90s", "2m" or "1h"')


def show(ms: int) -> str:
    """The shortest exact form: 90000 -> ``1m30s``, 0 -> ``0s``."""
    if ms == 0:
        return "0s"
    out, rest = "", ms
    for unit in ("d", "h", "m", "s", "ms"):
        n, rest = divmod(rest, _UNIT_MS[unit])
        if n:
            out += f"{n}{unit}"
    return out
