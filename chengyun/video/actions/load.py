"""Loads a district's `cameras.yaml`; loading the same again changes nothing."""

from __future__ import annotations

from typing import Any

from chengyun.district import queries as district
from chengyun.district.models import Asset
from chengyun.kernel import journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest
from chengyun.kernel.errors import Refused
from chengyun.kernel.packs import PackRefused, Problem
from chengyun.kernel.transaction import write
from chengyun.video import lawful
from chengyun.video.actions import bindings, cameras
from chengyun.video.models import Binding, CameraTerms
from chengyun.video.pack import FILE, VideoData


def load_video(actor: Actor, *, data: VideoData, cause: int | None = None) -> dict[str, dict[str, int]]:
    """Put on record what the folder says, and bind. What an operator changed since, and the folder did not, is left alone.

    Raises `PackRefused` for a camera that is not there or may not be used so.
    """
    with write():
        actor.require(cameras.EDIT)
        if not (data.owners or data.cameras or data.bindings):
            return {}
        assets = {
            row.code: row for row in Asset.objects.filter(kind="camera", valid_to=None).select_related("area")
        }
        problems = [
            Problem(FILE, row.code, "code", f"there is no camera {row.code!r}")
            for row in data.cameras
            if row.code not in assets
        ]
        if problems:
            raise PackRefused(problems)
        counts = {"terms": _terms(data, assets), "bindings": _bindings(actor, data, assets, cause)}
        if any(n for part in counts.values() for n in part.values()):
            journal.record(
                "video.loaded",
                subject="video",
                area=district.root().path,
                actor=actor,
                payload=counts,
                cause=cause,
            )
        return counts


def _terms(data: VideoData, assets: dict[str, Asset]) -> dict[str, int]:
    owners = {row.owner: row for row in data.owners}
    single = {row.code: row for row in data.cameras}
    have = {row.camera_id: row for row in CameraTerms.objects.all()}
    new: list[CameraTerms] = []
    changed: list[CameraTerms] = []
    problems = []
    for code, asset in assets.items():
        owner = owners.get(lawful.attr(asset, "owner"))
        own = single.get(code)
        if owner is None and own is None:
            continue
        values: dict[str, Any] = owner.model_dump(exclude={"owner"}) if owner else {}
        if own is not None:
            values |= own.model_dump(exclude={"code"}, exclude_none=True)
        values = {k: v for k, v in values.items() if v is not None or k == "purposes"}
        if "privacy" in values:
            values["privacy"] = [[list(point) for point in zone] for zone in values["privacy"]]
        mark = digest({k: str(v) if hasattr(v, "isoformat") else v for k, v in values.items()})
        row = have.get(asset.pk) or CameraTerms(camera=asset)
        if row.pack_digest == mark:
            continue
        for name, value in values.items():
            setattr(row, name, value)
        row.pack_digest = mark
        try:
            cameras.check(asset, row)
        except Refused as refused:
            problems.append(Problem(FILE, code, refused.field or "-", str(refused.reason)))
        (changed if row.pk else new).append(row)
    if problems:
        raise PackRefused(problems)
    CameraTerms.objects.bulk_create(new, batch_size=200)
    if changed:
        CameraTerms.objects.bulk_update(changed, [*cameras.OWN, "pack_digest"], batch_size=100)
    return {"added": len(new), "changed": len(changed)}


def _bindings(actor: Actor, data: VideoData, assets: dict[str, Asset], cause: int | None) -> dict[str, int]:
    have = {row.code: row for row in Binding.objects.all()}
    added = changed = 0
    problems = []
    for item in data.bindings:
        body = item.body()
        mark = digest({**body, "enabled": item.enabled})
        row = have.get(item.code)
        if row is not None and row.pack_digest == mark:
            continue
        if item.camera not in assets:
            problems.append(Problem(FILE, item.code, "camera", f"there is no camera {item.camera!r}"))
            continue
        try:
            bindings.bind(
                actor=actor,
                code=item.code,
                camera=item.camera,
                preset=item.preset,
                enabled=item.enabled,
                pack_digest=mark,
                cause=cause,
                **body,
            )
        except Refused as refused:
            problems.append(Problem(FILE, item.code, refused.field or "-", str(refused.reason)))
            continue
        added, changed = (added + 1, changed) if row is None else (added, changed + 1)
    if problems:
        raise PackRefused(problems)
    return {"added": added, "changed": changed}
