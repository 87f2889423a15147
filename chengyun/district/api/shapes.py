"""What the doors of the district take and answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from ninja import Schema

Attrs = dict[str, bool | int | float | str]
AreaKind = Literal[
    "district", "grid2", "grid3", "micro", "dedicated", "dedicated_micro", "ring", "scene", "beat"
]
AssetKind = Literal[
    "camera", "counter", "exit", "gauge", "gate", "screen", "parking", "cabinet", "hydrant", "lamp", "toilet", "charger",
    "water_point", "first_aid", "loudspeaker", "pump", "bridge", "tunnel", "bus_stop", "bike_bay", "weather", "drone_dock",
    "site",
]  # fmt: skip


class DistrictOut(Schema):
    """`map_approval` is the map's approval number (审图号), shown with `attribution` in the corner; empty for a drawing."""

    code: str
    name_zh: str
    name_en: str
    timezone: str
    crs: str
    centre: tuple[float, float]
    bbox: list[float]
    schematic: bool
    attribution: str
    map_approval: str
    note_zh: str
    note_en: str
    pack_hash: str


class AreaOut(Schema):
    code: str
    name_zh: str
    name_en: str
    kind: AreaKind
    parent: str | None
    path: str
    level: int
    valid_from: date
    valid_to: date | None
    attrs: Attrs


class SurroundingOut(Schema):
    """An area by name: it is there, and nothing more is said of it."""

    code: str
    name_zh: str
    name_en: str
    kind: AreaKind


class BuildingOut(Schema):
    code: str
    name_zh: str
    name_en: str
    kind: str
    area: str
    floors: int | None
    height_m: float | None
    gross_area_m2: int | None
    attrs: Attrs


class AssetOut(Schema):
    code: str
    kind: AssetKind
    name_zh: str
    name_en: str
    area: str
    lon: float
    lat: float
    upstream: str | None
    in_service: bool
    attrs: Attrs


class ElementOut(Schema):
    area: str
    code: str
    name_zh: str
    name_en: str
    quantity: int
    unit: str
    department: str
    status: str


class AreaPage(Schema):
    items: list[AreaOut]
    next: str | None


class BuildingPage(Schema):
    items: list[BuildingOut]
    next: str | None


class AssetPage(Schema):
    items: list[AssetOut]
    next: str | None


class AssessmentIn(Schema):
    """`sha256` is that of the signed document, `signed_by` the code of a post; `valid_to` the first day it does not hold."""

    code: str
    topic: str
    title: str
    document: str
    sha256: str
    signed_by: str
    valid_from: date
    valid_to: date


class AssessmentOut(AssessmentIn):
    revoked_at: datetime | None
    revoked_reason: str
    in_force: bool


class AssessmentPage(Schema):
    items: list[AssessmentOut]
    next: str | None


class SwitchOut(Schema):
    """`code` and `valid_to` of the record that switches the topic on."""

    topic: str
    label: str
    on: bool
    code: str | None
    valid_to: date | None


class RevokeIn(Schema):
    reason: str


class ServiceIn(Schema):
    in_service: bool
    reason: str
