"""What the platform cannot see with now: devices that are silent, faulty or out of service, and what that leaves blind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from chengyun.alerts import queries as alerts
from chengyun.alerts import runtime
from chengyun.alerts.actions import SERVICE_REASONS
from chengyun.alerts.logic import lifecycle
from chengyun.alerts.models import Alert, OutOfService
from chengyun.district.actions.service import SERVICE_REASONS as ASSET_REASONS
from chengyun.district.models import Asset
from chengyun.kernel import clock
from chengyun.kernel.i18n import T, both
from chengyun.kernel.models import JournalEntry
from chengyun.live.desk.shapes import BlindOut, BlindWhy
from chengyun.live.rows.places import Ground, grounds
from chengyun.people.directory import ancestors
from chengyun.signals import registry as streams
from chengyun.signals import store
from chengyun.signals.logic import times
from chengyun.signals.logic.stream import Stream
from chengyun.signals.vocabulary import quantities

# A desk reads no more than this; the rest is counted, and stands on the map.
SHOWN = 200
_REASONS = {**SERVICE_REASONS, **ASSET_REASONS}
_WHY = {
    "silent": T("无数据", "silent"),
    "fault": T("故障", "faulty"),
    "out_of_service": T("停用", "out of service"),
}


@dataclass(frozen=True, slots=True)
class Dark:
    """Something that is not seen with. `path` is where; `asset` what, if it is a thing of the district."""

    subject: str
    why: BlindWhy
    since: datetime | None
    area_id: int
    asset_id: int | None = None
    alert: int | None = None
    reason: str | None = None


def blind(viewer: Any) -> tuple[list[BlindOut], int]:
    """The devices that see nothing, gravest first, and how many more there are."""
    found: dict[str, Dark] = {}
    # What somebody took out of service on purpose says more than the silence that follows from it.
    for row in (*_out_of_service(viewer), *_alerted(viewer)):
        found.setdefault(f"asset:{row.asset_id}" if row.asset_id else row.subject, row)
    shown = list(found.values())[:SHOWN]
    return list(_out(shown, covered=True)), len(found) - len(shown)


def blind_then(viewer: Any, rows: Sequence[Any], at: datetime) -> tuple[list[BlindOut], int]:
    """The same at a moment; `rows` are the alerts that stood then. How many others still reported is not known any more."""
    found: dict[str, Dark] = {}
    for row in (*_out_of_service_then(viewer, at), *_alerted_then(rows)):
        found.setdefault(f"asset:{row.asset_id}" if row.asset_id else row.subject, row)
    shown = list(found.values())[:SHOWN]
    return list(_out(shown, covered=False)), len(found) - len(shown)


def _out_of_service(viewer: Any) -> Iterator[Dark]:
    """Things that see, and points of rules, that a person took out of service. A thing's own row does not say since when."""
    rows = list(_seeing(viewer).filter(in_service=False).values_list("pk", "code", "area_id"))
    said = _said("asset.service_changed", [f"asset:{pk}" for pk, _, _ in rows])
    for pk, code, area in rows:
        since, reason = said.get(f"asset:{pk}", (None, None))
        yield Dark(f"asset:{code}", "out_of_service", since, area, asset_id=pk, reason=reason)
    points = alerts.out_of_service(viewer).filter(rule__code__in=alerts.watching_equipment())
    for point in points:
        yield Dark(point.subject, "out_of_service", point.since, point.area_id, reason=point.reason)


def _seeing(viewer: Any) -> QuerySet[Asset]:
    """Things of the district that see: they carry a datastream, or are a camera."""
    things = Asset.objects.visible_to(viewer).filter(valid_to=None)
    return things.filter(Q(datastreams__isnull=False) | Q(kind="camera")).order_by("code").distinct()


def _out_of_service_then(viewer: Any, at: datetime) -> Iterator[Dark]:
    """A thing of which nobody has said anything by then was as it was before what was said first."""
    was: dict[str, tuple[bool, datetime | None, str | None]] = {}
    for entry in JournalEntry.objects.filter(kind="asset.service_changed").order_by("id"):
        said = entry.payload
        if entry.at <= at:
            was[entry.subject] = (said["in_service"], entry.at, said["reason"])
        else:
            was.setdefault(entry.subject, (not said["in_service"], None, None))
    things = _seeing(viewer).values_list("pk", "code", "area_id", "in_service")
    for pk, code, area, now in things.filter(Q(in_service=False) | Q(pk__in=[int(name[6:]) for name in was])):
        serves, since, reason = was.get(f"asset:{pk}", (now, None, None))
        if not serves:
            yield Dark(f"asset:{code}", "out_of_service", since, area, asset_id=pk, reason=reason)
    points = OutOfService.objects.visible_to(viewer).filter(since__lte=at).order_by("pk")
    for point in points.filter(
        Q(ended_at=None) | Q(ended_at__gt=at), rule__code__in=alerts.watching_equipment()
    ):
        yield Dark(point.subject, "out_of_service", point.since, point.area_id, reason=point.reason)


def _alerted_then(rows: Sequence[Any]) -> Iterator[Dark]:
    watching = set(alerts.watching_equipment())
    standing = [row for row in rows if row.rule in watching and row.state in lifecycle.ACTIVE_STATES]
    facts = Alert.objects.in_bulk([row.id for row in standing])
    for row in sorted(standing, key=lambda one: (one.level, one.since, one.id)):
        fact = facts[row.id]
        yield Dark(row.subject, _why(row.rule), row.since, fact.area_id, fact.asset_id, alert=row.id)


def _why(rule: str) -> BlindWhy:
    known = runtime.rules().get(rule)
    return "silent" if known is not None and known.spec.when == "absence" else "fault"


def _said(kind: str, subjects: list[str]) -> dict[str, tuple[datetime, str]]:
    """subject -> when it was last said of it, and the reason."""
    entries = JournalEntry.objects.filter(kind=kind, subject__in=subjects).order_by("id")
    return {entry.subject: (entry.at, str(entry.payload.get("reason"))) for entry in entries}


def _alerted(viewer: Any) -> Iterator[Dark]:
    rows = Alert.objects.visible_to(viewer).filter(
        state__in=lifecycle.ACTIVE_STATES, rule__code__in=alerts.watching_equipment()
    )
    wanted = ("pk", "subject", "rule__code", "since", "area_id", "asset_id")
    for pk, subject, rule, since, area, asset in rows.order_by("level", "since", "pk").values_list(*wanted):
        yield Dark(subject, _why(rule), since, area, asset, alert=pk)


def _out(rows: list[Dark], *, covered: bool) -> Iterator[BlindOut]:
    known, places = streams.current(), grounds()
    by_path = {row.path: row for row in places.values()}
    assets = Asset.objects.in_bulk([row.asset_id for row in rows if row.asset_id is not None])
    by_code = {row.code: row for row in assets.values()}
    carried: dict[str, list[Stream]] = {}
    for carrying in known.streams.values():
        if carrying.asset_code in by_code:
            carried.setdefault(str(carrying.asset_code), []).append(carrying)
    about = {row.subject: _stream(row, assets.get(row.asset_id or 0), known.streams, carried) for row in rows}
    wanted = {stream.quantity for stream in about.values() if stream is not None}
    coverage = Coverage(wanted) if covered else None
    for row in rows:
        thing, stream = assets.get(row.asset_id or 0), about[row.subject]
        yield _shown(row, thing, stream, places[row.area_id], by_path, coverage)


def _stream(
    row: Dark, thing: Asset | None, by_code: dict[str, Stream], carried: dict[str, list[Stream]]
) -> Stream | None:
    """The datastream that is missing: the subject's own, else the first that the thing carries."""
    kind, _, code = row.subject.partition(":")
    if kind == "datastream" and code in by_code:
        return by_code[code]
    return next(iter(carried.get(thing.code, ())), None) if thing else None


class Coverage:
    """How many streams of a quantity still report in an area, and of how many."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self.have: Counter[tuple[str, str]] = Counter()
        self.of: Counter[tuple[str, str]] = Counter()
        by_quantity = streams.current().by_quantity
        rows = [row for code in sorted(wanted) for row in by_quantity.get(code, ()) if row.off is None]
        newest = store.latest([row.id for row in rows])
        now_ms = times.to_ms(clock.now())
        for row in rows:
            seen = newest.get(row.id)
            fresh = seen is not None and (not row.stale_ms or now_ms - seen[0] <= row.stale_ms)
            for path in ancestors(row.area_path):
                self.of[row.quantity, path] += 1
                self.have[row.quantity, path] += fresh

    def around(self, stream: Stream) -> tuple[str, int, int]:
        """(path, have, of) of the smallest area around a stream that has several of its quantity."""
        paths = list(ancestors(stream.area_path))
        path = next((path for path in paths if self.of[stream.quantity, path] > 1), paths[-1])
        return path, self.have[stream.quantity, path], self.of[stream.quantity, path]


def _shown(
    row: Dark,
    thing: Asset | None,
    stream: Stream | None,
    place: Ground,
    by_path: dict[str, Ground],
    coverage: Coverage | None,
) -> BlindOut:
    zh, en = both(_WHY[row.why])
    if row.reason in _REASONS:
        reason_zh, reason_en = both(_REASONS[row.reason])
        zh, en = f"{zh}：{reason_zh}", f"{en}: {reason_en}"
    quantity = quantities().get(stream.quantity) if stream else None
    around, have, of = coverage.around(stream) if stream and coverage else ("", None, None)
    ground = by_path.get(around)
    return BlindOut(
        area=place.code,
        area_zh=place.zh,
        area_en=place.en,
        asset=thing.code if thing else None,
        subject=row.subject,
        kind=thing.kind if thing else None,
        zh=thing.name_zh if thing else row.subject.partition(":")[2],
        en=thing.name_en if thing else row.subject.partition(":")[2],
        lon=thing.lon if thing else place.lon,
        lat=thing.lat if thing else place.lat,
        why=row.why,
        why_zh=zh,
        why_en=en,
        since=row.since,
        alert=row.alert,
        quantity=stream.quantity if stream else None,
        quantity_zh=quantity.zh if quantity else "",
        quantity_en=quantity.en if quantity else "",
        coverage_area=ground.code if ground else None,
        coverage_area_zh=ground.zh if ground else "",
        coverage_area_en=ground.en if ground else "",
        coverage_have=have,
        coverage_of=of,
    )
