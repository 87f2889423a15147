"""Why it is there, in sentences: what happened to some things and what led to it, back to the values that were judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from chengyun.district import queries as district
from chengyun.kernel.i18n import both
from chengyun.kernel.models import JournalEntry
from chengyun.live.card.settings import settings
from chengyun.live.card.shapes import ObservationBrief, WhyLine
from chengyun.live.story import MODES, NUMERALS, tell_twice
from chengyun.signals import registry as streams

JUDGED = ("alert.opened", "alert.reopened", "alert.worsened", "alert.eased", "alert.cleared")
# How many causes back is asked for; further back nothing explains a card.
DEPTH = 6
_MOST = 500


def chain(viewer: Any, subjects: Iterable[str], at: datetime) -> list[WhyLine]:
    """The sentences about these subjects up to a moment, oldest first; of a long story the latest. Two queries for each step
    back, however much happened."""
    visible = JournalEntry.objects.visible_to(viewer).filter(at__lte=at)
    found: dict[int, tuple[int, JournalEntry]] = {}
    asked: set[str] = set()
    waiting = set(subjects)
    for depth in range(DEPTH):
        if not waiting:
            break
        asked |= waiting
        entries = list(visible.filter(subject__in=sorted(waiting)).order_by("-id")[:_MOST])
        for entry in entries:
            found.setdefault(entry.id, (depth, entry))
        missing = {entry.cause_id for entry in entries if entry.cause_id is not None} - set(found)
        causes = list(visible.filter(pk__in=sorted(missing)))
        for cause in causes:
            found.setdefault(cause.id, (depth + 1, cause))
        # The history of what caused it explains it too.
        waiting = {cause.subject for cause in causes} - asked
    kept = [found[key] for key in sorted(found)][-settings().most.why :]
    words = tell_twice([entry for _, entry in kept])
    units = {code: stream.unit for code, stream in streams.current().streams.items()}
    return [_line(depth, entry, units, *said) for (depth, entry), said in zip(kept, words, strict=True)]


def _line(depth: int, entry: JournalEntry, units: Mapping[str, str], zh: str, en: str) -> WhyLine:
    payload = entry.payload
    observed = payload.get("observed") or () if entry.kind in JUDGED else ()
    if entry.kind in JUDGED and payload.get("measure") is not None:
        judged = _judged(payload)
        zh, en = f"{zh}：{judged[0]}", f"{en}: {judged[1]}"
    return WhyLine(
        entry=entry.id,
        at=entry.at,
        kind=entry.kind,
        subject=entry.subject,
        depth=depth,
        zh=zh,
        en=en,
        observations=[
            ObservationBrief(
                datastream=row["ds"],
                at=datetime.fromisoformat(row["at"]),
                value=row["v"],
                unit=units.get(row["ds"], ""),
            )
            for row in observed
        ],
    )


def _judged(payload: dict[str, Any]) -> tuple[str, str]:
    """What was judged, against what, and how much was known: "17:36 值 41113，界限 40000（III 级）；30/30 路有数据"."""
    zone = district.zone()
    when = timezone.localtime(datetime.fromisoformat(payload["at"]), zone).strftime("%H:%M")
    value, have, of = f"{payload['measure']:g}", payload.get("have"), payload.get("of")
    level = NUMERALS.get(payload.get("level") or 0, "")
    limit_zh = limit_en = ""
    if payload.get("set") is not None:
        limit_zh, limit_en = f"，界限 {payload['set']:g}", f", limit {payload['set']:g}"
    if level:
        limit_zh, limit_en = f"{limit_zh}（{level} 级）", f"{limit_en} (level {level})"
    mode = MODES.get(payload.get("mode") or "")
    if mode is not None:
        mode_zh, mode_en = both(mode)
        limit_zh, limit_en = f"{limit_zh}，{mode_zh}模式", f"{limit_en}, {mode_en} mode"
    many_zh = f"；{have}/{of} 路有数据" if of and of > 1 else ""
    many_en = f"; {have} of {of} with data" if of and of > 1 else ""
    return f"{when} 值 {value}{limit_zh}{many_zh}", f"{when} value {value}{limit_en}{many_en}"
