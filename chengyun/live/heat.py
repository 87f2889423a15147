"""Where it is crowded and where something is wrong, as weighted points: places and numbers, never persons.

What counts how much is data (heat.yaml, suggested values). A counter without news is left out and counted as such: "no data"
is not "nobody there".
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from django.db.models import Exists, OuterRef, Q
from pydantic import BaseModel, ConfigDict, Field

from chengyun.alerts.models import Alert, Incident, Rule
from chengyun.cases import queries as cases
from chengyun.cases.models import CaseAlert
from chengyun.district.models import Asset
from chengyun.kernel import clock, scope
from chengyun.live.rows.places import grounds, spots
from chengyun.signals import registry as streams
from chengyun.signals import store
from chengyun.signals.logic import times

# Suggested: a month; longer spans are what the figures of recurrence are for.
MAX_HOURS = 24 * 31
PEOPLE = "people_present"
Levels = dict[Annotated[int, Field(ge=1, le=4)], Annotated[float, Field(gt=0, allow_inf_nan=False)]]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scale(_Model):
    full: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    scale: Levels


class CaseWeights(_Model):
    urgent: float
    other: float
    leave_out: list[str] = []


class Risk(Scale):
    alert: Levels
    incident: Levels
    case: CaseWeights
    leave_out: dict[str, list[str]] = {}


class Weights(_Model):
    crowd: Scale
    risk: Risk


@functools.cache
def weights() -> Weights:
    text = (Path(__file__).parent / "heat.yaml").read_text(encoding="utf-8")
    return Weights.model_validate(yaml.safe_load(text))


@dataclass(slots=True)
class _Spot:
    """What has come together at one place."""

    area: str
    asset: str | None
    value: float = 0.0
    n: int = 0
    at: datetime | None = None

    def add(self, value: float, at: datetime) -> None:
        self.value, self.n = self.value + value, self.n + 1
        self.at = at if self.at is None else max(self.at, at)


def crowd(viewer: Any) -> dict[str, Any]:
    """Persons a square metre at each counter that knows its ground (`area_m2`) and has something new. What is out of service
    is not expected to have."""
    now, seen = clock.now(), scope.of(viewer)
    resting = set(Asset.objects.filter(in_service=False).values_list("pk", flat=True))
    mine = [
        stream
        for stream in streams.current().by_quantity.get(PEOPLE, ())
        if stream.off is None
        and stream.asset_id is not None
        and stream.asset_id not in resting
        and seen.covers(stream.area_path, stream.klass)
    ]
    latest, at, now_ms = store.latest([stream.id for stream in mine]), spots(), times.to_ms(now)
    points, stale, silent, unplaced = [], 0, 0, 0
    for stream in mine:
        size, newest, spot = stream.attrs.get("area_m2"), latest.get(stream.id), at.get(stream.asset_id or 0)
        if spot is None or isinstance(size, str) or not size or size < 0:
            unplaced += 1
        elif newest is None:
            silent += 1
        elif stream.stale_ms and now_ms - newest[0] > stream.stale_ms:
            stale += 1
        else:
            found = _Spot(stream.area_code, spot.code, newest[1] / size, 1, times.from_ms(newest[0]))
            points.append(_point(spot.lon, spot.lat, found, weights().crowd.full))
    coverage = {"stale": stale, "silent": silent, "unplaced": unplaced}
    return _answer(
        "crowd", now, None, weights().crowd, points, {"of": len(mine), "counted": len(points)} | coverage
    )


def risk(viewer: Any, hours: int) -> dict[str, Any]:
    """Alerts, incidents and cases without an alert, of the last hours or still open, weighed and added up by place."""
    now = clock.now()
    since = now - timedelta(hours=hours)
    areas, assets = grounds(), spots()
    places: dict[tuple[float, float], _Spot] = {}
    of = unplaced = 0
    for area_id, asset_id, point, value, at in _things(viewer, since):
        of += 1
        ground, spot = areas.get(area_id), assets.get(asset_id or 0)
        lon, lat = point or (
            (spot.lon, spot.lat) if spot else (ground.lon, ground.lat) if ground else (None, None)
        )
        if ground is None or lon is None or lat is None:
            unplaced += 1
            continue
        places.setdefault((lon, lat), _Spot(ground.code, spot.code if spot else None)).add(value, at)
    points = [_point(lon, lat, spot, weights().risk.full) for (lon, lat), spot in sorted(places.items())]
    coverage = {"of": of, "counted": of - unplaced, "stale": 0, "silent": 0, "unplaced": unplaced}
    return _answer("risk", now, since, weights().risk, points, coverage)


Thing = tuple[int, int | None, tuple[float, float] | None, float, datetime]


def _things(viewer: Any, since: datetime) -> Iterator[Thing]:
    """(area, asset, own point, weight, when) of everything that counts."""
    given, seen = weights().risk, scope.of(viewer)
    bodies = Rule.objects.order_by("pk").values_list("pk", "current__body")
    left_out = [pk for pk, body in bodies if _is_left_out((body or {}).get("labels") or {}, given.leave_out)]
    alerts = Alert.objects.visible_to(seen).filter(~Q(state="closed") | Q(opened_at__gte=since))
    alerts = alerts.filter(suppressed_by=None, out_of_service=False).exclude(rule_id__in=left_out)
    alerts = alerts.exclude(verdict__in=("false", "duplicate"))
    for area_id, asset_id, level, at in alerts.order_by("pk").values_list(
        "area_id", "asset_id", "peak", "last_at"
    ):
        yield area_id, asset_id, None, given.alert[level], at
    incidents = Incident.objects.visible_to(seen).filter(Q(state="open") | Q(opened_at__gte=since))
    # An incident of nothing but equipment or mistakes weighs nothing either.
    incidents = incidents.filter(Exists(alerts.filter(incident=OuterRef("pk"))))
    for area_id, level, at in incidents.order_by("pk").values_list("area_id", "peak", "opened_at"):
        yield area_id, None, None, given.incident[level], at
    seen_by_people = cases.cases(viewer).filter(Q(is_open=True) | Q(reported_at__gte=since), merged_into=None)
    seen_by_people = seen_by_people.exclude(state__in=given.case.leave_out)
    seen_by_people = seen_by_people.exclude(Exists(CaseAlert.objects.filter(case=OuterRef("pk"))))
    columns = ("area_id", "lon", "lat", "urgent", "reported_at")
    for area_id, lon, lat, urgent, at in seen_by_people.order_by("pk").values_list(*columns):
        point = None if lon is None or lat is None else (lon, lat)
        yield area_id, None, point, given.case.urgent if urgent else given.case.other, at


def _is_left_out(labels: dict[str, str], wanted: dict[str, list[str]]) -> bool:
    return any(labels.get(key) in values for key, values in wanted.items())


def _point(lon: float, lat: float, spot: _Spot, full: float) -> dict[str, Any]:
    return {
        "lon": lon,
        "lat": lat,
        "weight": round(max(0.0, min(1.0, spot.value / full)), 4),
        "value": round(spot.value, 4),
        "area": spot.area,
        "asset": spot.asset,
        "n": spot.n,
        "at": spot.at,
    }


_SOURCES = {
    "crowd": (
        "计数点最新在场人数 ÷ 计数面积",
        "Newest count of each counter, divided by the ground it counts",
    ),
    "risk": (
        "报警、事件与人工上报案件按级别加权",
        "Alerts, incidents and cases that people reported, weighed by level",
    ),
}


def _answer(
    what: str,
    now: datetime,
    since: datetime | None,
    scale: Scale,
    points: list[dict[str, Any]],
    coverage: dict[str, int],
) -> dict[str, Any]:
    zh, en = _SOURCES[what]
    steps = sorted(scale.scale.items(), key=lambda step: step[1])
    return {
        "what": what,
        "at": now,
        "since": since,
        "unit": "1/m2" if what == "crowd" else "1",
        "source_zh": zh,
        "source_en": en,
        "full": scale.full,
        "scale": [{"level": level, "value": value} for level, value in steps],
        "suggested": True,
        "coverage": coverage,
        "points": points,
    }
