"""Which stretches can be replayed: every shift that was served, and every day on which something happened in none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from chengyun.alerts.models import Incident
from chengyun.kernel import clock, registry, scope
from chengyun.kernel.i18n import both
from chengyun.live.rows.shapes import Mode
from chengyun.live.story import MODES, NUMERALS
from chengyun.live.tape import journal, values
from chengyun.live.tape.shapes import NightOut, NightsOut
from chengyun.people.models import Shift
from chengyun.posture.logic.precedence import MODES as RANKED
from chengyun.posture.models import Declaration


@dataclass(frozen=True, slots=True)
class _Stretch:
    since: datetime
    until: datetime | None
    shift: str | None = None
    shift_zh: str = ""
    shift_en: str = ""


@registry.steady()
def nights(user: Any, limit: int) -> NightsOut:
    """The newest stretches a viewer may look at, at most `limit`."""
    viewer = scope.of(user)
    first = journal.moment_of(1)
    if first is None or not viewer.paths:
        return NightsOut(first_at=None, items=[])
    shifts = list(_shifts(viewer))
    found = sorted([*shifts, *_days(first, shifts)], key=lambda one: one.since, reverse=True)[:limit]
    if not found:
        return NightsOut(first_at=first, items=[])
    begin = found[-1].since
    modes = list(
        Declaration.objects.visible_to(viewer)
        .exclude(ended_at__lt=begin)
        .values_list("since", "ended_at", "mode", "level")
    )
    peaks = list(
        Incident.objects.visible_to(viewer)
        .exclude(closed_at__lt=begin)
        .values_list("opened_at", "closed_at", "peak")
    )
    kept = values.kept(viewer)
    items = [_night(one, modes, peaks, kept, viewer) for one in found]
    return NightsOut(first_at=first, items=[item for item in items if item.entries or item.shift])


def _shifts(viewer: scope.Scope) -> Iterator[_Stretch]:
    rows = Shift.objects.visible_to(viewer).exclude(opened_at=None).select_related("pattern")
    for shift in rows.order_by("-opened_at"):
        names: dict[str, str] = next(
            (one for one in shift.pattern.body["shifts"] if one["code"] == shift.code), {}
        )
        assert shift.opened_at is not None
        yield _Stretch(
            shift.opened_at, shift.closed_at, shift.code, names.get("name_zh", ""), names.get("name_en", "")
        )


def _days(first: datetime, shifts: list[_Stretch]) -> Iterator[_Stretch]:
    """The district's days since the journal began that no shift of the list reaches into."""
    now = clock.now()
    start = timezone.localtime(first).replace(hour=0, minute=0, second=0, microsecond=0)
    while start <= now:
        end = start + timedelta(days=1)
        if not any(one.since < end and (one.until is None or one.until > start) for one in shifts):
            yield _Stretch(start, end if end <= now else None)
        start = end


def _night(
    one: _Stretch,
    modes: list[tuple[datetime, datetime | None, str, int | None]],
    peaks: list[tuple[datetime, datetime | None, int]],
    kept: values.Kept,
    viewer: scope.Scope,
) -> NightOut:
    until = one.until or clock.now()

    def within(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return [row[2:] for row in rows if row[0] < until and (row[1] is None or row[1] > one.since)]

    held = within(modes)
    mode: Mode = max((row[0] for row in held), key=RANKED.index, default="normal")
    level = min((row[1] for row in held if row[0] == mode and row[1] is not None), default=None)
    zh, en = _title(one, mode, level)
    after = journal.position(one.since - timedelta(microseconds=1))
    return NightOut(
        kind="day" if one.shift is None else "shift",
        since=one.since,
        until=one.until,
        title_zh=zh,
        title_en=en,
        shift=one.shift,
        mode=mode,
        level=level,
        incident_level=min((row[0] for row in within(peaks)), default=None),
        entries=journal.count(after, journal.position(until), viewer),
        kept=kept.within(one.since, until),
    )


def _title(one: _Stretch, mode: str, level: int | None) -> tuple[str, str]:
    """Date, shift, and the mode with its level where one was declared."""
    day = timezone.localtime(one.since)
    mode_zh, mode_en = both(MODES[mode])
    numeral = f" {NUMERALS[level]}" if level else ""
    zh = [f"{day:%Y-%m-%d}", one.shift_zh or one.shift or "", mode_zh + numeral]
    en = [f"{day:%Y-%m-%d}", one.shift_en or one.shift or "", mode_en + numeral]
    return " ".join(part for part in zh if part), " ".join(part for part in en if part)
