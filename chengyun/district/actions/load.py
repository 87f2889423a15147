"""Loading a district folder: areas, buildings, assets, governed elements and impact assessments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from chengyun.district.actions.assessments import load_assessments
from chengyun.district.logic import kinds
from chengyun.district.models import Area, Asset, BaseMap, Building, GovernedElement, OverlayGrid, Settings
from chengyun.district.pack import AreaData, DistrictData
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write

_BATCH = 500  # below SQLite's limit of variables in one statement


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: counts of added, changed and ended rows per table; `changed` is False when it did nothing."""

    settings: Settings
    changed: bool
    counts: dict[str, dict[str, int]]


def load_district(*, actor: Actor, data: DistrictData, cause: int | None = None) -> Loaded:
    """Make the tables say what a validated pack says. The same pack again changes nothing and records nothing.

    Rows the pack no longer lists are ended (`valid_to`, today in the district's zone), never deleted; listed again they
    live again. Raises `Invalid` if the pack was not readable, `Conflict` if the database belongs to another district.
    """
    with write():
        district = data.settings
        actor.require("registry.edit", f"/{district.code}/" if district else "")
        if district is None or not data.areas:
            raise Invalid(
                "pack_not_read",
                T("数据包未通过校验", "The pack was not read"),
                hint=T("请先修正数据包。", "Mend the pack first: call pack.check() before loading."),
            )
        other = Settings.objects.exclude(code=district.code).first()
        if other is not None:
            raise Conflict(
                "other_district",
                T(f"此数据库已载入辖区 {other.code}", f"This database holds the district {other.code}"),
                field="code",
                hint=T(
                    "请为另一个辖区使用新的数据库。", "Use a new database for another district (--database)."
                ),
            )
        today = clock.now().astimezone(ZoneInfo(district.timezone)).date()
        counts = {"areas": _load_areas(data.areas, district.valid_from, today)}
        areas = {a.code: a for a in Area.objects.all()}
        _load_overlays(data.areas, areas)
        counts["buildings"] = _load_buildings(data, areas, today)
        counts["assets"] = _load_assets(data, areas, today)
        counts["elements"] = _load_elements(data, areas, today)
        counts["base"] = _load_base(data)
        settings, changed = _load_settings(data)
        counts["assessments"] = load_assessments(actor, data.assessments, cause)
        changed = changed or any(n for table in counts.values() for n in table.values())
        if changed:
            journal.record(
                "district.loaded",
                subject=f"district:{district.code}",
                area=f"/{district.code}/",
                actor=actor,
                payload={"pack": data.pack_hash, **counts},
                cause=cause,
            )
        return Loaded(settings, changed, counts)


def _sync(
    model: type[models.Model],
    rows: Mapping[Any, Any],
    wanted: Mapping[Any, dict[str, Any]],
    today: date | None,
) -> dict[str, int]:
    """Create, change and end rows until they match `wanted` (key -> values). `today` None: end nothing."""
    objects: Any = model._default_manager
    new = [model(**values) for key, values in wanted.items() if key not in rows]
    changed, fields = [], set()
    for key, values in wanted.items():
        row = rows.get(key)
        differing = [
            name for name, value in values.items() if row is not None and getattr(row, name) != value
        ]
        if differing:
            for name in differing:
                setattr(row, name, values[name])
            fields.update(differing)
            changed.append(row)
    if new:
        objects.bulk_create(new, batch_size=_BATCH)
    if changed:
        objects.bulk_update(changed, sorted(fields), batch_size=_BATCH)
    gone = [row for key, row in rows.items() if key not in wanted] if today is not None else []
    return {"added": len(new), "changed": len(changed), "ended": _end(objects, gone, today)}


def _end(objects: Any, gone: list[Any], today: date | None) -> int:
    """End those of the rows that still hold; returns how many."""
    holding = [row for row in gone if today is not None and (row.valid_to is None or row.valid_to > today)]
    for row in holding:
        row.valid_to = today
    if holding:
        objects.bulk_update(holding, ["valid_to"], batch_size=_BATCH)
    return len(holding)


def _load_areas(areas: list[AreaData], valid_from: date, today: date) -> dict[str, int]:
    rows = {a.code: a for a in Area.objects.all()}
    ids = {code: row.pk for code, row in rows.items()}
    by_depth: dict[int, list[AreaData]] = defaultdict(list)
    for area in areas:
        by_depth[area.path.count("/")].append(area)
    total: dict[str, int] = {"added": 0, "changed": 0, "ended": 0}
    for depth in sorted(by_depth):
        wanted = {}
        for area in by_depth[depth]:
            p = area.props
            wanted[p.code] = {
                "code": p.code, "name_zh": p.name_zh, "name_en": p.name_en, "kind": p.kind,
                "parent_id": ids[p.parent] if p.parent else None, "path": area.path, "level": kinds.LEVELS[p.kind],
                "geometry": area.geometry, "valid_from": p.valid_from or valid_from, "valid_to": p.valid_to,
                "attrs": p.attrs,
            }  # fmt: skip
        _add(total, _sync(Area, rows, wanted, None))
        ids.update(Area.objects.filter(code__in=wanted).values_list("code", "pk"))
    listed = {a.props.code for a in areas}
    total["ended"] += _end(Area.objects, [row for code, row in rows.items() if code not in listed], today)
    return total


def _add(total: dict[str, int], more: dict[str, int]) -> None:
    for key, count in more.items():
        total[key] += count


def _load_overlays(areas: list[AreaData], rows: dict[str, Area]) -> None:
    """Links carry no history of their own: the pack's hash in the journal says when they changed."""
    wanted = {(rows[a.props.code].pk, rows[g].pk) for a in areas for g in a.props.grids}
    there = {(o, g): pk for pk, o, g in OverlayGrid.objects.values_list("pk", "overlay_id", "grid_id")}
    gone = [pk for pair, pk in there.items() if pair not in wanted]
    if gone:
        OverlayGrid.objects.filter(pk__in=gone).delete()
    new = [OverlayGrid(overlay_id=o, grid_id=g) for o, g in sorted(wanted - set(there))]
    if new:
        OverlayGrid.objects.bulk_create(new, batch_size=_BATCH)


def _load_buildings(data: DistrictData, areas: dict[str, Area], today: date) -> dict[str, int]:
    wanted: dict[Hashable, dict[str, Any]] = {
        b.props.code: {
            "code": b.props.code, "name_zh": b.props.name_zh, "name_en": b.props.name_en, "kind": b.props.kind,
            "area_id": areas[b.props.area].pk, "geometry": b.geometry, "floors": b.props.floors,
            "height_m": b.props.height_m, "gross_area_m2": b.props.gross_area_m2, "attrs": b.props.attrs, "valid_to": None,
        }
        for b in data.buildings
    }  # fmt: skip
    return _sync(Building, {b.code: b for b in Building.objects.all()}, wanted, today)


def _load_assets(data: DistrictData, areas: dict[str, Area], today: date) -> dict[str, int]:
    rows = {a.code: a for a in Asset.objects.select_related("upstream")}
    upstream = {a.row.code: a.row.upstream for a in data.assets}
    wanted = {
        a.row.code: {
            "code": a.row.code, "kind": a.row.kind, "name_zh": a.row.name_zh, "name_en": a.row.name_en,
            "area_id": areas[a.row.area].pk, "lon": a.row.lon, "lat": a.row.lat, "attrs": a.row.attrs, "valid_to": None,
        }
        for a in data.assets
    }  # fmt: skip
    before = {code: row.upstream.code if row.upstream else None for code, row in rows.items()}
    counts = _sync(Asset, rows, wanted, today)
    # A second pass: what stands upstream may only just have been created.
    moved = {code: up for code, up in upstream.items() if before.get(code) != up}
    if moved:
        found = {
            a.code: a
            for a in Asset.objects.filter(code__in=_batchable({*moved, *filter(None, moved.values())}))
        }
        for code, up in moved.items():
            found[code].upstream = found[up] if up else None
        Asset.objects.bulk_update([found[code] for code in moved], ["upstream"], batch_size=_BATCH)
        counts["changed"] += sum(1 for code in moved if code in rows)
    return counts


def _batchable(codes: set[str]) -> Any:
    """All assets when there are many: one IN list of thousands is slower, and SQLite may refuse it."""
    return Asset.objects.values("code") if len(codes) > _BATCH else codes


def _load_elements(data: DistrictData, areas: dict[str, Area], today: date) -> dict[str, int]:
    wanted = {
        (areas[e.area].pk, e.code): {
            "area_id": areas[e.area].pk, "code": e.code, "name_zh": e.name_zh, "name_en": e.name_en,
            "quantity": e.quantity, "unit": e.unit, "department": e.department or "", "status": e.status, "valid_to": None,
        }
        for e, _where in data.elements
    }  # fmt: skip
    rows = {(e.area_id, e.code): e for e in GovernedElement.objects.all()}
    return _sync(GovernedElement, rows, wanted, today)


def _load_base(data: DistrictData) -> dict[str, int]:
    """One row for the whole file: nothing in it is governed, so nothing in it has a life of its own."""
    row, given = BaseMap.objects.order_by("pk").first(), data.base
    if not given.body:
        ended = BaseMap.objects.all().delete()[0] if row is not None else 0
        return {"added": 0, "changed": 0, "ended": ended}
    if row is None:
        BaseMap.objects.create(body=given.body, features=given.features)
    elif row.body != given.body:
        row.body, row.features = given.body, given.features
        row.save()
    else:
        return {"added": 0, "changed": 0, "ended": 0}
    return {"added": int(row is None), "changed": int(row is not None), "ended": 0}


def _load_settings(data: DistrictData) -> tuple[Settings, bool]:
    d = data.settings
    assert d is not None
    values = {
        "code": d.code, "name_zh": d.name_zh, "name_en": d.name_en, "timezone": d.timezone, "crs": d.crs,
        "lon": d.centre[0], "lat": d.centre[1], "bbox": list(d.bbox), "schematic": d.schematic,
        "attribution": d.attribution, "map_approval": d.map_approval, "note_zh": d.note_zh, "note_en": d.note_en,
        "pack_hash": data.pack_hash,
    }  # fmt: skip
    rows = {s.code: s for s in Settings.objects.all()}
    counts = _sync(Settings, rows, {d.code: values}, None)
    return Settings.objects.get(code=d.code), any(counts.values())
