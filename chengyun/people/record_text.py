"""The record of a hand-over in words, in the reader's language. Each domain says its own items (`handover.section`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from chengyun.district import queries as district
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.people import directory, handover


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as it is read."""

    title: str
    lines: list[str]


def place(code: str) -> str:
    """An area's name; its code where it has gone."""
    try:
        row = district.area(code)
    except NotFound:
        return code
    return str(T(row.name_zh, row.name_en))


def post(code: str | None) -> str:
    """A post with its name; its code where it has gone."""
    row = directory.current().by_code.get(code or "")
    return str(row) if row else code or "–"


def moment(text: str | None) -> str:
    """A moment of the record in the district's time."""
    if not text:
        return "–"
    return date_format(timezone.localtime(datetime.fromisoformat(text)), "m-d H:i")


def readable(record: Mapping[str, Any]) -> list[Shown]:
    """The sections of a record in words. One that could not be gathered says so."""
    return [Shown(_title(part), _lines(part)) for part in record["sections"]]


def readable_changes(record: Mapping[str, Any], since: Mapping[str, Any]) -> list[Shown]:
    """What has come and gone since a record was drafted, as `handover.changes` keeps it."""
    titles = {part["key"]: _title(part) for part in record["sections"]}
    shown = []
    for key, change in sorted(since.items()):
        lines = [f"{T('新增', 'new')}: {_say(key, item)}" for item in change.get("new", [])]
        lines += [f"{T('已无', 'gone')}: {_say(key, item)}" for item in change.get("gone", [])]
        shown.append(Shown(titles.get(key, key), lines))
    return shown


def _title(part: Mapping[str, Any]) -> str:
    return f"{T(part['title_zh'], part['title_en'])} ({len(part['items'])})"


def _lines(part: Mapping[str, Any]) -> list[str]:
    if part["fault"]:
        return [str(T(f"未能汇总：{part['fault']}", f"Could not be gathered: {part['fault']}"))]
    return [_say(part["key"], item) for item in part["items"]]


def _say(key: str, item: Mapping[str, Any]) -> str:
    """In the domain's words; item by item where it has none (any more), or the item is older than they are."""
    section = handover.find(key)
    if section is not None and section.say is not None:
        try:
            return str(section.say(item))
        except (KeyError, ValueError, TypeError):
            pass
    return ", ".join(f"{name}: {value}" for name, value in sorted(item.items()))
