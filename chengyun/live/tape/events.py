"""Moments to jump to: what decided the night, not every step of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.live.stream import sight as sights
from chengyun.live.tape import frames, journal
from chengyun.live.tape.following import Said
from chengyun.live.tape.shapes import TapeEventOut, TapeEventsOut

MAX_EVENTS = 1000
TELLING = frozenset({
    "platform.back", "shift.opened", "shift.handed_over", "shift.overdue",
    "alert.opened", "alert.worsened", "incident.opened", "incident.graded", "incident.closed",
    "posture.proposed", "posture.approved", "posture.declared", "posture.downgraded", "posture.ended", "posture.denied",
    "posture.undecided", "warning.received", "warning.lifted", "response.recorded", "response.ended",
    "case.reported", "case.clock", "case.reassigned", "case.refused",
})  # fmt: skip


def events(user: Any, since: datetime, until: datetime) -> TapeEventsOut:
    """The telling entries in (since, until] that a viewer may read, in order."""
    sight = sights.of(user)
    found: list[Said] = []
    after, upto = journal.position(since), journal.position(until)
    for said in journal.between(after, upto, kinds=TELLING):
        if _telling(said) and sight.scope.covers(said.area, said.klass):
            found.append(said)
    shown = found[:MAX_EVENTS]
    words = [frames.words(shown, language) for language in ("zh-hans", "en")]
    items = [
        TapeEventOut(
            at=said.at, seq=said.seq, kind=said.kind, subject=said.subject, area=said.area,
            level=said.payload.get("level"), text_zh=zh[1], text_en=en[1],
        )
        for said, zh, en in zip(shown, *words, strict=True)
    ]  # fmt: skip
    return TapeEventsOut(items=items, cut=len(found) > len(shown))


def _telling(said: Said) -> bool:
    p = said.payload
    match said.kind:
        case "alert.opened" | "alert.worsened":
            # The rest is told by its incident.
            return (p.get("level") or 9) <= 2 and not p.get("hidden")
        case "incident.graded":
            return bool(p["level"] < p["before"])
        case "case.clock":
            return bool(p["event"] == "breach")
        case "case.reported":
            # What an alert has led to is told by its incident.
            return bool(p.get("urgent")) or p["source"] not in ("sensor", "camera", "system")
    return True
