"""Which datastreams a rule judges, and for which subjects: from descriptions of the district, so that a rule can be tried
without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chengyun.alerts.logic.cells import Key
from chengyun.alerts.logic.engine import Bound, Member
from chengyun.alerts.logic.spec import RuleSpec, Select

# (area path, rule code) -> thresholds of the posture in force there
Overrides = Callable[[str, str], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """An area that contains a datastream. ``sizes``: what is known of it as numbers, such as area_m2."""

    code: str
    kind: str
    path: str
    sizes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """A datastream as a rule sees it. ``areas``: every area that contains it, its own first, overlays (rings) included;
    ``sizes``: numbers of what carries it, such as the area_m2 that a counter covers or the spaces of a car park."""

    key: Key
    code: str
    quantity: str
    source: str
    areas: tuple[AreaFacts, ...]
    asset: str | None = None
    asset_kind: str | None = None
    every_ms: int = 60_000
    late_ms: int = 0
    sizes: Mapping[str, float] = field(default_factory=dict)


class Unbound(ValueError):
    """Why a valid rule judges nothing here."""


def bind(
    spec: RuleSpec,
    streams: Iterable[StreamFacts],
    overrides: Overrides | None = None,
    since: int = 0,
) -> list[Bound]:
    """The rule applied to each of its subjects, in the order of the subjects' names.

    Raises Unbound when nothing is selected, an area is unknown or its measured ground is missing: the caller shows why.
    """
    if spec.when == "external" or spec.select is None:
        return []
    chosen = sorted((s for s in streams if _selected(spec.select, s)), key=lambda s: s.code)
    if spec.when == "absence":
        # What sends only on change says nothing by its silence.
        chosen = [s for s in chosen if s.every_ms > 0]
    if not chosen:
        raise Unbound(
            "the rule selects no datastream in service; check quantity, area and codes under select"
        )
    groups = (
        _areas(spec, chosen) if spec.over else [(f"datastream:{s.code}", s.areas[0], (s,)) for s in chosen]
    )
    bounds = []
    for subject, area, members in groups:
        scale = 1.0
        if spec.per is not None:
            size = _size(spec.per, area, members)
            if size is None:
                raise Unbound(
                    f"{subject} has no {spec.per}, which the rule divides by; write it into attrs of the asset"
                )
            scale = size
        bounds.append(
            Bound(
                spec,
                subject,
                tuple(Member(s.key, s.every_ms, s.late_ms) for s in members),
                scale,
                overrides(area.path, spec.code) if overrides else None,
                since,
                area.path,
                members[0].asset if not spec.over else None,
            )
        )
    return bounds


def _size(name: str, area: AreaFacts, members: tuple[StreamFacts, ...]) -> float | None:
    """What a measure is divided by: the sum over what carries the members, else the area's own figure."""
    known = [m.sizes.get(name, 0.0) for m in members]
    if all(size > 0 for size in known):
        return sum(known)
    own = area.sizes.get(name, 0.0)
    return own if own > 0 else None


def _selected(select: Select, stream: StreamFacts) -> bool:
    return (
        (select.quantity is None or stream.quantity == select.quantity)
        and (not select.streams or stream.code in select.streams)
        and (select.source is None or stream.source == select.source)
        and (not select.asset_kinds or stream.asset_kind in select.asset_kinds)
        and (select.area is None or any(a.code == select.area for a in stream.areas))
    )


def _areas(spec: RuleSpec, chosen: list[StreamFacts]) -> list[tuple[str, AreaFacts, tuple[StreamFacts, ...]]]:
    assert spec.over is not None
    found: dict[str, tuple[AreaFacts, list[StreamFacts]]] = {}
    for stream in chosen:
        for area in stream.areas:
            if area.code == spec.over.area or area.kind == spec.over.each:
                found.setdefault(area.code, (area, []))[1].append(stream)
    if not found:
        where = spec.over.area or f"any area of kind {spec.over.each}"
        raise Unbound(f"no selected datastream lies in {where}; check the area and where the sensors stand")
    return [(f"area:{code}", area, tuple(members)) for code, (area, members) in sorted(found.items())]
