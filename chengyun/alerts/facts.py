"""The district's datastreams and rules as the pure engine wants them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chengyun.alerts.logic.binding import AreaFacts, StreamFacts
from chengyun.alerts.logic.spec import RuleRefused, RuleSpec, parse
from chengyun.alerts.models import OutOfService, Rule
from chengyun.district import queries as district
from chengyun.district.models import Area, OverlayGrid
from chengyun.kernel import registry
from chengyun.signals.models import Datastream

SIZES = ("area_m2", "capacity", "spaces")


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule that judges: its row, the version in force and what that says."""

    id: int
    code: str
    name_zh: str
    name_en: str
    version_id: int
    version: int
    since_ms: int
    spec: RuleSpec


def rules() -> dict[str, RuleInfo]:
    """The rules in force by code. A stored version that this release no longer understands gives way to the one before."""
    found: dict[str, RuleInfo] = {}
    for rule in (
        Rule.objects.filter(retired=False).exclude(current=None).select_related("current").order_by("code")
    ):
        version = rule.current
        while version is not None:
            try:
                spec = parse(version.body)
            except RuleRefused:
                version = (
                    rule.versions.filter(valid=True, number__lt=version.number).order_by("-number").first()
                )
                continue
            since_ms = int(version.at.timestamp() * 1000)
            found[rule.code] = RuleInfo(
                rule.pk, rule.code, rule.name_zh, rule.name_en, version.pk, version.number, since_ms, spec
            )
            break
    return found


def out_of_service() -> frozenset[tuple[int, str]]:
    """What somebody took out of service, as (rule id, subject)."""
    return registry.cached(("alert",), "points", _out_of_service)


def _out_of_service() -> frozenset[tuple[int, str]]:
    return frozenset(OutOfService.objects.filter(ended_at=None).values_list("rule_id", "subject"))


def streams() -> list[StreamFacts]:
    """Every datastream in service, with all areas that contain it: its own, those above it, and the overlays on them."""
    by_path = {row.path: _area(row) for row in Area.objects.filter(valid_to=None).defer("geometry")}
    overlays: dict[str, list[AreaFacts]] = defaultdict(list)
    for over, grid in OverlayGrid.objects.order_by("overlay__path").values_list(
        "overlay__path", "grid__path"
    ):
        if over in by_path:
            overlays[grid].append(by_path[over])
    found = []
    rows = (
        Datastream.objects.filter(in_service=True).select_related("asset", "area", "source").order_by("code")
    )
    for row in rows.defer("area__geometry"):
        if row.asset is not None and not (row.asset.in_service and row.asset.valid_to is None):
            continue
        areas: dict[str, AreaFacts] = {}
        for path in _up(row.area.path):
            if path in by_path:
                areas[path] = by_path[path]
        for path in list(areas):
            areas.update((over.path, over) for over in overlays.get(path, ()))
        if row.area.path not in areas:
            areas = {row.area.path: _area(row.area)} | areas
        found.append(
            StreamFacts(
                key=row.pk,
                code=row.code,
                quantity=row.quantity,
                source=row.source.code,
                areas=tuple(areas.values()),
                asset=row.asset.code if row.asset else None,
                asset_kind=row.asset.kind if row.asset else None,
                every_ms=row.every_s * 1000,
                late_ms=row.late_s * 1000,
                sizes=_sizes(row.asset.attrs) if row.asset else {},
            )
        )
    return found


def upstream(codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each asset code what feeds it, nearest first (a counter's camera, that camera's cabinet)."""
    wanted = set(codes)
    if not wanted:
        return {}
    known = district.asset_places()
    above = {code: place.upstream for code, place in known.items()}
    chains = {}
    for code in wanted & known.keys():
        chain: list[str] = []
        step = above[code]
        while step is not None and step not in chain:
            chain.append(step)
            step = above.get(step)
        chains[code] = tuple(chain)
    return chains


def _area(row: Area) -> AreaFacts:
    return AreaFacts(row.code, row.kind, row.path, _sizes(row.attrs))


def _sizes(attrs: Mapping[str, Any] | None) -> dict[str, float]:
    """What attributes give as positive numbers."""
    found = {}
    for name in SIZES:
        try:
            found[name] = float((attrs or {}).get(name) or 0)
        except (TypeError, ValueError):
            continue
    return found


def _up(path: str) -> list[str]:
    """The path itself and those above it, nearest first."""
    steps = path.strip("/").split("/")
    return ["/" + "/".join(steps[:n]) + "/" for n in range(len(steps), 0, -1)]
