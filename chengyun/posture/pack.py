"""Reads `posture.yaml` of a district folder: the authority table, the waits, and what each mode and level changes."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import orjson

from chengyun.kernel.packs import Pack
from chengyun.posture import reading
from chengyun.posture.document import PostureData

FILE = "posture.yaml"


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy and the text it was read from."""

    data: PostureData
    text: str


def read(pack: Pack) -> PolicyFile | None:
    """The district's posture policy, or None (with the problems in the pack)."""
    text = pack.text(FILE, required=True)
    if text is None:
        return None
    data, faults = reading.parse(text, posts=_posts(pack), areas=_areas(pack))
    for fault in faults:
        pack.problem(FILE, f"line {fault.line} {fault.place}", fault.field, fault.reason)
    return None if data is None else PolicyFile(data, text)


def _posts(pack: Pack) -> set[str] | None:
    text = pack.text("posts.csv")
    if text is None:
        return None
    return {row.get("code") or "" for row in csv.DictReader(io.StringIO(text, newline=""))}


def _areas(pack: Pack) -> set[str] | None:
    """Codes of the areas; None where the file cannot be read, which the district's own reader says."""
    try:
        features: Any = orjson.loads(pack.text("areas.geojson") or "null")["features"]
        return {feature["properties"]["code"] for feature in features}
    except (ValueError, KeyError, TypeError):
        return None
