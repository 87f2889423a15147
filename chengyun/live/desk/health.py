"""Does the platform live: how young the latest seal is, and whether what should send sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from chengyun.district import queries as district
from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.kernel.models import JournalSeal
from chengyun.live.desk.shapes import IntakeHealth, SealOut, SourceHealth
from chengyun.signals.logic import reasons, times
from chengyun.signals.models import Datastream, IntakeCount, Source

# Whole minutes that are looked back over: one alone says little of sources that send once a minute.
MINUTES = 5
_STALE_MS = 3_000  # three intervals, in ms for each second of one (suggested, as everywhere)


@dataclass(slots=True)
class _Streams:
    """What is known of the streams of one source: the shortest interval, and when anything last arrived (ms)."""

    count: int = 0
    fresh: int = 0
    quickest: int | None = None
    last: int | None = None


def seal() -> SealOut:
    row = JournalSeal.objects.order_by("-seq").values_list("seq", "entry__at").first()
    if row is None:
        return SealOut(seq=0, at=None, age_s=None)
    age = max(0.0, (clock.now() - row[1]).total_seconds())
    return SealOut(seq=row[0], at=row[1], age_s=age)


def intake(viewer: Any, actor: Actor) -> IntakeHealth | None:
    """What came in lately, by source; for those who may read the signals of the whole district."""
    if not actor.may("signal.read", district.root().path):
        return None
    now_ms = times.to_ms(clock.now())
    last = now_ms // 60_000
    counted: dict[str, dict[str, int]] = {}
    rows = IntakeCount.objects.filter(minute__gte=last - MINUTES, minute__lt=last)
    for source, what, n in rows.order_by().values_list("source", "what").annotate(n=Sum("n")):
        counted.setdefault(source, {})[what] = n
    seen: dict[int, _Streams] = {}
    streams = Datastream.objects.visible_to(viewer).filter(in_service=True).order_by()
    for source_id, every_s, at_ms, arrived_ms in streams.values_list(
        "source_id", "every_s", "latest__at_ms", "latest__arrived_ms"
    ):
        mine = seen.setdefault(source_id, _Streams())
        mine.count += 1
        mine.fresh += at_ms is not None and (not every_s or now_ms - at_ms <= every_s * _STALE_MS)
        if every_s:
            mine.quickest = min(mine.quickest or every_s, every_s)
        if arrived_ms is not None:
            mine.last = max(mine.last or 0, arrived_ms)
    found = []
    for source in Source.objects.filter(pk__in=list(seen), in_service=True).order_by("code"):
        row, met = seen[source.pk], counted.get(source.code, {})
        quiet_ms = None if row.last is None else max(0, now_ms - row.last)
        found.append(
            SourceHealth(
                source=source.code,
                zh=source.name_zh,
                en=source.name_en,
                readings=met.get(reasons.ACCEPTED, 0),
                refused=sum(n for what, n in met.items() if what in reasons.QUARANTINED),
                streams=row.count,
                fresh=row.fresh,
                silent=row.quickest is not None and (quiet_ms is None or quiet_ms > row.quickest * _STALE_MS),
                last_at=times.from_ms(row.last) if row.last is not None else None,
                age_s=quiet_ms / 1000 if quiet_ms is not None else None,
            )
        )
    total = sum(row.readings for row in found)
    return IntakeHealth(minutes=MINUTES, readings_per_minute=total / MINUTES, sources=found)
