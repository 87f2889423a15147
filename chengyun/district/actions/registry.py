"""Single assets and governed elements. The district's folder prevails when it is loaded again."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from chengyun.district.logic import kinds, shapes
from chengyun.district.models import Area, Asset, GovernedElement, Settings
from chengyun.district.pack.rows import CameraAttrs
from chengyun.kernel import journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Row
from chengyun.kernel.transaction import write

# As in district.yaml, where the folder does not say otherwise.
_TOLERANCE_M = 2.0


def save_asset(*, actor: Actor, code: str, cause: int | None = None, **values: Any) -> Asset:
    """Create or change an asset: kind, name_zh, name_en, area, lon, lat, upstream (rows, or None), attrs.

    Held to what the folder is held to: it lies in its area, what it depends on does not depend on it, and a camera says
    by what right it looks at which kind of place. In or out of service is `set_in_service`.
    """
    with write():
        row = Asset.objects.select_related("area").filter(code=code).first() or Asset(code=code)
        area: Area = values["area"] if "area" in values else row.area
        actor.require("registry.edit", area.path)
        if row.pk:
            actor.require("registry.edit", row.area.path)
        fields = _set(row, values)
        if row.kind not in kinds.ASSET_KINDS:
            raise Invalid("kind", T("未知的设施类别", "Unknown kind of asset"), field="kind")
        if {"area", "lon", "lat"} & set(fields):
            _in_place(area, row.lon, row.lat)
        if "upstream" in fields:
            _no_circle(row)
        if row.kind == "camera" and {"kind", "attrs"} & set(fields):
            _lawful(row.attrs)
        if row.pk is None or fields:
            row.save()
            journal.record(
                "asset.changed",
                subject=f"asset:{row.pk}",
                area=area.path,
                actor=actor,
                payload={"code": code, "fields": fields},
                cause=cause,
            )
        return row


def save_element(
    *, actor: Actor, area: Area, code: str, cause: int | None = None, **values: Any
) -> GovernedElement:
    """Create or change a row of an area's table of what it governs: name_zh, name_en, quantity, unit, department, status."""
    with write():
        actor.require("registry.edit", area.path)
        row = GovernedElement.objects.filter(area=area, code=code).first()
        row = row or GovernedElement(area=area, code=code)
        fields = _set(row, values)
        if row.pk is None or fields:
            row.save()
            journal.record(
                "element.changed",
                subject=f"area:{area.code}",
                area=area.path,
                actor=actor,
                payload={"area": area.code, "code": code, "quantity": row.quantity, "fields": fields},
                cause=cause,
            )
        return row


def _set(row: Row, values: dict[str, Any]) -> list[str]:
    """Set what differs and return its names, sorted."""
    new = row.pk is None
    fields = sorted(name for name, value in values.items() if new or getattr(row, name) != value)
    for name in fields:
        setattr(row, name, values[name])
    return fields


def _in_place(area: Area, lon: float, lat: float) -> None:
    settings = Settings.objects.first()
    if settings is None:
        return
    box, frame = shapes.Box(*settings.bbox), shapes.Frame(settings.lon, settings.lat)
    if not box.holds(lon, lat):
        swapped = box.holds(lat, lon)
        raise Invalid(
            "outside",
            T(f"{lon}, {lat} 不在辖区范围内", f"{lon}, {lat} lies outside the district"),
            field="lon",
            hint=T("经纬度是否填反？", "Are longitude and latitude swapped?") if swapped else None,
        )
    if area.geometry is None:
        return
    try:
        home = frame.plan(shapes.polygon(area.geometry, box))
    except shapes.BadShape:
        return  # said when the folder was read
    if home.distance(frame.point(lon, lat)) > _TOLERANCE_M:
        raise Invalid(
            "outside_area",
            T(f"{lon}, {lat} 不在区域 {area.code} 内", f"{lon}, {lat} lies outside {area.code}"),
            field="area",
        )


def _no_circle(row: Asset) -> None:
    passed: set[str] = set()
    upper = row.upstream
    while upper is not None and upper.code not in passed:
        if upper.code == row.code:
            raise Invalid("circle", T("上游设备形成循环", "It would depend on itself"), field="upstream")
        passed.add(upper.code)
        upper = upper.upstream


def _lawful(attrs: dict[str, Any]) -> None:
    try:
        camera = CameraAttrs.model_validate(attrs)
    except ValidationError as error:
        # A forbidden place is said even when other things are missing.
        place = kinds.forbidden_place(str(attrs.get("place", "")))
        missing = ", ".join(str(item["loc"][0]) for item in error.errors() if item["loc"])
        reason = place or T(f"摄像机须登记：{missing}", f"A camera needs in its attributes: {missing}")
        raise Invalid("camera", reason, field="attrs") from error
    for _field, reason in kinds.camera_refused(
        place=camera.place, legal_basis=camera.legal_basis, retention_days=camera.retention_days
    ):
        raise Invalid("camera", reason, field="attrs")
