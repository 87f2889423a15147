"""Loads a district's sources, datastreams and balances; loading the same again changes nothing."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from chengyun.district import queries as district
from chengyun.district.models import Area, Asset
from chengyun.kernel import journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.packs import PackRefused, Problem
from chengyun.kernel.transaction import write
from chengyun.signals import registry, store
from chengyun.signals.actions.balances import arm_daily_reset
from chengyun.signals.actions.service import changed
from chengyun.signals.actions.upkeep import start
from chengyun.signals.models import Balance, Datastream, SignalSettings, Source
from chengyun.signals.pack import STREAMS, SignalsData, SourceRow

# The platform's own senders: a person, a computed balance, and the camera workers, whose datastreams follow from bindings.
_OWN = [
    SourceRow(code="vision", name_zh="视频分析", name_en="Video analysis"),
    SourceRow(code="hand", name_zh="人工录入", name_en="By hand"),
    SourceRow(code="balance", name_zh="进出平衡", name_en="In-out balance"),
]


def load_signals(actor: Actor, *, data: SignalsData, cause: int | None = None) -> dict[str, dict[str, int]]:
    """Upsert all of it. A datastream that the pack no longer lists goes out of service; its observations stay.

    Raises `PackRefused` for an area or asset that the district does not have.
    """
    with write():
        actor.require("registry.edit")
        areas = dict(Area.objects.values_list("code", "pk"))
        assets = dict(Asset.objects.values_list("code", "pk"))
        _check(data, areas, assets)
        counts = {
            "sources": _sources(data),
            "datastreams": _streams(data, areas, assets),
        }
        counts["balances"] = _balances(data)
        settings = _settings(data)
        start()
        if (
            settings
            or any(n for part in counts.values() for n in part.values())
            or not store.registry_token()
        ):
            changed()
            journal.record(
                "signals.loaded",
                subject="signals",
                area=district.root().path,
                actor=actor,
                payload={**counts, "settings": settings},
                cause=cause,
            )
        return counts


def _check(data: SignalsData, areas: dict[str, int], assets: dict[str, int]) -> None:
    problems = []
    for row in data.streams:
        if row.area not in areas:
            problems.append(Problem(STREAMS, row.code, "area", f"there is no area {row.area!r}"))
        if row.asset is not None and row.asset not in assets:
            problems.append(Problem(STREAMS, row.code, "asset", f"there is no asset {row.asset!r}"))
    if problems:
        raise PackRefused(problems)


def _differs(row: Model, values: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


def _sources(data: SignalsData) -> dict[str, int]:
    have = {row.code: row for row in Source.objects.all()}
    added = altered = 0
    for item in [*_OWN, *data.sources]:
        values = {"name_zh": item.name_zh, "name_en": item.name_en, "in_service": item.in_service}
        row = have.pop(item.code, None)
        if row is None:
            Source.objects.create(code=item.code, **values)
            added += 1
        elif _differs(row, values):
            Source.objects.filter(pk=row.pk).update(**values)
            altered += 1
    left = [row.pk for row in have.values() if row.in_service]
    Source.objects.filter(pk__in=left).update(in_service=False)
    return {"added": added, "altered": altered, "retired": len(left)}


def _streams(data: SignalsData, areas: dict[str, int], assets: dict[str, int]) -> dict[str, int]:
    sources = dict(Source.objects.values_list("code", "pk"))
    have = {row.code: row for row in Datastream.objects.exclude(source__code="vision")}
    new: list[Datastream] = []
    altered = 0
    for item in data.streams:
        values = {
            "quantity": item.quantity,
            "asset_id": assets[item.asset] if item.asset else None,
            "area_id": areas[item.area],
            "source_id": sources[item.source],
            "every_s": item.every_s,
            "late_s": item.late_s,
            "min": item.min,
            "max": item.max,
            "klass": item.klass,
            "pack_in_service": item.in_service,
        }
        row = have.pop(item.code, None)
        if row is None:
            new.append(Datastream(code=item.code, in_service=item.in_service, **values))
        elif _differs(row, values):
            if row.pack_in_service != item.in_service:
                values["in_service"] = item.in_service
            Datastream.objects.filter(pk=row.pk).update(**values)
            altered += 1
    Datastream.objects.bulk_create(new, batch_size=500)
    left = [row.pk for row in have.values() if row.in_service]
    Datastream.objects.filter(pk__in=left).update(in_service=False, pack_in_service=False)
    return {"added": len(new), "altered": altered, "retired": len(left)}


def _balances(data: SignalsData) -> dict[str, int]:
    zone = district.zone()
    streams = dict(Datastream.objects.values_list("code", "pk"))
    have = {row.stream_id: row for row in Balance.objects.all()}
    added = altered = 0
    for item in data.balances:
        values = {
            "inputs": [{"stream": entry.stream, "sign": entry.sign} for entry in item.inputs],
            "reset_at": item.reset_at,
            "reset_value": item.reset_value,
        }
        row = have.pop(streams[item.stream], None)
        if row is None:
            row = Balance.objects.create(stream_id=streams[item.stream], value=item.start, **values)
            added += 1
        elif _differs(row, values):
            Balance.objects.filter(pk=row.pk).update(**values)
            row.refresh_from_db()
            altered += 1
        else:
            continue
        arm_daily_reset(row, zone)
    removed = len(have)
    for row in have.values():
        row.reset_at = ""
        arm_daily_reset(row, zone)
        row.delete()
    return {"added": added, "altered": altered, "removed": removed}


def _settings(data: SignalsData) -> bool:
    row = registry.settings()
    values = data.keep.model_dump()
    if row.pk is not None and not _differs(row, values):
        return False
    SignalSettings.objects.update_or_create(pk=row.pk or 1, defaults=values)
    return True
