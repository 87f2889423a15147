"""The record that ends a shift: sections contributed by whichever domains have something to hand over.

A domain registers in its `handlers.py`:

    handover.section("open_cases", T("未结案件", "Open cases"), lambda area, at: [{"case": 12, "due": "..."}], order=20)

Items hold ids, codes, numbers and moments; names and free text stay where they are and are shown from there.
Expected by the standard record (mission M41): modes, open_cases, overdue, paused_alerts, blind_equipment, orders, reports.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils import translation

from chengyun.district.models import Area
from chengyun.kernel.canonical import digest, dumps
from chengyun.kernel.transaction import attempt

Gather = Callable[[Area, datetime], list[dict[str, Any]]]
Say = Callable[[Mapping[str, Any]], Any]

_log = logging.getLogger("chengyun.handover")


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: Any
    gather: Gather
    order: int
    say: Say | None


_sections: dict[str, Section] = {}


def section(key: str, title: Any, gather: Gather, *, order: int = 100, say: Say | None = None) -> None:
    """Register a section. `gather(area, at)` returns its items as plain JSON, `say(item)` puts one in the reader's words
    (see `record_text`). ValueError when the key is taken."""
    if key in _sections:
        raise ValueError(f"the hand-over record already has a section {key!r}: choose another key")
    _sections[key] = Section(key, title, gather, order, say)


def find(key: str) -> Section | None:
    return _sections.get(key)


def sections() -> list[Section]:
    return sorted(_sections.values(), key=lambda row: (row.order, row.key))


def compile_record(area: Area, at: datetime) -> dict[str, Any]:
    """The record as it stands now. A section that fails says so in the record: it neither hides nor blocks the shift."""
    record = {"area": area.code, "at": at, "sections": [_gathered(row, area, at) for row in sections()]}
    # Once through canonical JSON, so that what is kept is exactly what was signed.
    plain: dict[str, Any] = orjson.loads(dumps(record))
    return plain


def _gathered(row: Section, area: Area, at: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {"key": row.key, **_both(row.title), "items": [], "fault": None}
    try:
        with attempt():
            found["items"] = orjson.loads(dumps(row.gather(area, at)))
    except Exception as error:
        _log.exception("hand-over section %s failed", row.key)
        found["fault"] = type(error).__name__
    return found


def _both(title: Any) -> dict[str, str]:
    with translation.override("zh-hans"):
        chinese = str(title)
    with translation.override("en"):
        return {"title_zh": chinese, "title_en": str(title)}


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What differs between two records, by section: items that are new and items that are gone."""
    old = {row["key"]: row["items"] for row in before["sections"]}
    new = {row["key"]: row["items"] for row in after["sections"]}
    found = {}
    for key in sorted(old.keys() | new.keys()):
        was = {digest(item): item for item in old.get(key, [])}
        now = {digest(item): item for item in new.get(key, [])}
        added = [item for mark, item in now.items() if mark not in was]
        gone = [item for mark, item in was.items() if mark not in now]
        if added or gone:
            found[key] = {"new": added, "gone": gone}
    return found
