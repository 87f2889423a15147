"""What workers have to do: which cameras are to be looked through now, and by which rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from chengyun.district.models import Asset
from chengyun.kernel import clock
from chengyun.video import lawful, presets
from chengyun.video.logic import shapes
from chengyun.video.models import Binding, BindingStream, CameraTerms


@dataclass(frozen=True, slots=True)
class Rule:
    """`rule` is what the worker's rules are read from; `model` the manifest the operator chose, "" for any that fits."""

    binding: str
    version: int
    model: str
    model_kind: str
    rule: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """One camera with all that looks through it. `login` names credentials in the worker's own environment."""

    camera: str
    main: str
    sub: str
    login: str
    privacy: list[list[list[float]]]
    rules: list[Rule]


def _live() -> list[Binding]:
    """Bindings that run now, of cameras that are there, by what is on record now."""
    rows = (
        Binding.objects.filter(enabled=True, camera__in_service=True, camera__valid_to=None)
        .exclude(paused_until__gt=clock.now())
        .exclude(current=None)
        .select_related("camera", "current")
        .order_by("code")
    )
    return list(rows)


def wanted() -> set[str]:
    """Codes of cameras that somebody should look through now."""
    bound = _live()
    terms = {t.camera_id: t for t in CameraTerms.objects.filter(camera__in={b.camera_id for b in bound})}
    return {
        row.camera.code
        for row in bound
        if (t := terms.get(row.camera_id)) is not None and _covered(row, t) and (t.main or t.sub)
    }


def _covered(row: Binding, terms: CameraTerms) -> bool:
    """What was lawful when it was bound must still be: asked anew each time, because what is on record changes."""
    preset = presets.shipped().get(row.preset)
    return preset is not None and not lawful.may_bind(preset, row.camera, terms)


def work(cameras: Collection[str]) -> list[Work]:
    """What there is to do at these cameras, in their order."""
    if not cameras:
        return []
    terms = {t.camera_id: t for t in CameraTerms.objects.filter(camera__code__in=cameras)}
    assets = {a.code: a for a in Asset.objects.filter(code__in=cameras, kind="camera")}
    bound: dict[int, list[Binding]] = defaultdict(list)
    ids = {asset.pk for asset in assets.values()}
    live = [row for row in _live() if row.camera_id in ids]
    spoken: dict[int, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    streams = BindingStream.objects.filter(binding__in=[row.pk for row in live], stream__in_service=True)
    for binding, zone, role, quantity in streams.values_list("binding", "zone", "role", "stream__quantity"):
        spoken[binding][zone][role] = quantity
    for row in live:
        if row.camera_id in terms and _covered(row, terms[row.camera_id]):
            bound[row.camera_id].append(row)
    found = []
    for code in cameras:
        asset = assets.get(code)
        if asset is None or asset.pk not in terms:
            continue
        on_record = terms[asset.pk]
        rules = [rule for row in bound[asset.pk] for rule in _rules(row, spoken[row.pk])]
        found.append(Work(code, on_record.main, on_record.sub, on_record.login, on_record.privacy, rules))
    return found


def _rules(row: Binding, spoken: Mapping[str, Mapping[str, str]]) -> list[Rule]:
    assert row.current is not None
    body, preset = row.current.body, presets.shipped()[row.preset]
    return [
        Rule(row.code, row.current.number, str(body.get("model") or ""), preset.model, rule)
        for rule in shapes.rules_of(row.code, row.preset, body, spoken)
    ]
