"""One row of each district file, as a model. What a single row can get wrong is refused here."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from chengyun.district.logic import kinds
from chengyun.district.logic.assessments import TOPICS
from chengyun.kernel.packs import pairs

Scalar = str | int | float | bool


def _printable(text: str) -> str:
    """Control characters hide in exports, and PostgreSQL stores no NUL at all."""
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cs"):
            raise ValueError(f"holds the control character {sign!r}")
    return text


def _iso_date(value: Any) -> Any:
    if (
        isinstance(value, date)
        or value is None
        or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value))
    ):
        return value
    raise ValueError("write a date as YYYY-MM-DD")


def _attrs(value: Any) -> dict[str, Scalar]:
    """`k=v;k=v` of a CSV cell, or an object of a GeoJSON property. Numbers become numbers."""
    if isinstance(value, str):
        found: dict[str, Scalar] = {}
        for key, text in pairs(value):
            if key in found:
                raise ValueError(f"{key} stands there twice")
            found[key] = _number(text)
        value = found
    if not isinstance(value, dict):
        raise ValueError("must be k=v;k=v or an object")
    for key, item in value.items():
        if not isinstance(key, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
            raise ValueError(f"{str(key)[:40]!r} is not a name (a-z, 0-9, _)")
        if not isinstance(item, str | int | float):
            raise ValueError(f"{key}: must be a text, a number, true or false")
        if isinstance(item, str):
            if len(item) > 200:
                raise ValueError(f"{key}: longer than 200 characters")
            _printable(item)
        elif not abs(item) < 1e15:
            raise ValueError(f"{key}: not a finite number of sensible size")
    return value


def _number(text: str) -> Scalar:
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})", text):
        return int(text)
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})\.\d{1,15}", text):
        return float(text)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("unknown time zone; write one such as Asia/Shanghai") from error
    return name


# Lower case only: area paths are compared by prefix, and SQLite's LIKE does not tell A from a.
AreaCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_printable)
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_printable)]
Day = Annotated[date, BeforeValidator(_iso_date)]
Attrs = Annotated[dict[str, Scalar], BeforeValidator(_attrs)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


Height = Annotated[float, Field(gt=0, le=1500, allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DistrictFile(_Model):
    """district.yaml"""

    code: AreaCode
    name_zh: Name
    name_en: Name
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    crs: Literal["EPSG:4326", "EPSG:4490"] = "EPSG:4326"
    centre: tuple[Lon, Lat]
    bbox: tuple[Lon, Lat, Lon, Lat]
    tolerance_m: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 2.0
    schematic: bool = False
    valid_from: Day
    attribution: Note = ""
    map_approval: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(_printable)
    ] = ""
    note_zh: Note = ""
    note_en: Note = ""

    @field_validator("bbox")
    @classmethod
    def _plausible(cls, bbox: tuple[float, ...]) -> tuple[float, ...]:
        west, south, east, north = bbox
        if not (west < east and south < north):
            raise ValueError("must be [west, south, east, north]")
        if east - west > 3 or north - south > 3:
            raise ValueError("spans more than 3 degrees: a district is smaller")
        return bbox

    @field_validator("bbox")
    @classmethod
    def _around_the_centre(cls, bbox: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        west, south, east, north = bbox
        lon, lat = info.data.get("centre", (west, south))
        if not (west <= lon <= east and south <= lat <= north):
            raise ValueError(f"does not hold the centre {lon}, {lat}; both are longitude first")
        return bbox


class _Dated(_Model):
    valid_from: Day | None = None
    valid_to: Day | None = None

    @field_validator("valid_to")
    @classmethod
    def _in_order(cls, valid_to: date | None, info: ValidationInfo) -> date | None:
        valid_from = info.data.get("valid_from")
        if valid_from and valid_to and valid_to < valid_from:
            raise ValueError(f"is before valid_from, {valid_from}")
        return valid_to


class AreaProps(_Dated):
    """The properties of a feature of areas.geojson."""

    code: AreaCode
    name_zh: Name
    name_en: Name
    kind: Literal[
        "district", "grid2", "grid3", "micro", "dedicated", "dedicated_micro", "ring", "scene", "beat"
    ]
    parent: AreaCode | None = Field(default=None, validate_default=True)
    grids: tuple[AreaCode, ...] = ()
    attrs: Attrs = {}

    @field_validator("parent")
    @classmethod
    def _has_a_parent(cls, parent: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind")
        if kind is not None and (kind == kinds.DISTRICT) != (parent is None):
            raise ValueError("every area has a parent, except the district itself")
        return parent

    @field_validator("grids")
    @classmethod
    def _covers_grids(cls, grids: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if grids and info.data.get("kind") not in kinds.OVERLAYS:
            raise ValueError(f"only for {', '.join(kinds.OVERLAYS)}")
        if len(set(grids)) < len(grids):
            raise ValueError("a grid stands there twice")
        return grids


class BuildingProps(_Model):
    """The properties of a feature of buildings.geojson."""

    code: Code
    name_zh: Name
    name_en: Name
    kind: Slug
    area: AreaCode
    floors: Annotated[int, Field(ge=1, le=300)] | None = None
    height_m: Height | None = None
    gross_area_m2: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    attrs: Attrs = {}


class BaseProps(_Model):
    """The properties of a feature of base.geojson: the drawing under the map. Names come in both languages or not at all."""

    kind: Literal["road", "water", "green", "block"]
    code: Code | None = None
    name_zh: Name | None = None
    name_en: Name | None = Field(default=None, validate_default=True)
    width: Literal["trunk", "main", "street", "path"] | None = Field(default=None, validate_default=True)
    height_m: Height | None = Field(default=None, validate_default=True)

    @field_validator("name_en")
    @classmethod
    def _both(cls, name_en: str | None, info: ValidationInfo) -> str | None:
        if (name_en is None) != (info.data.get("name_zh") is None):
            raise ValueError("a name stands there in both languages, or in none")
        return name_en

    @field_validator("width")
    @classmethod
    def _of_a_road(cls, width: str | None, info: ValidationInfo) -> str | None:
        if "kind" in info.data and (info.data["kind"] == "road") != (width is not None):
            raise ValueError("a road has one, nothing else does")
        return width

    @field_validator("height_m")
    @classmethod
    def _of_a_block(cls, height_m: float | None, info: ValidationInfo) -> float | None:
        if "kind" in info.data and (info.data["kind"] == "block") != (height_m is not None):
            raise ValueError("a block has one, nothing else does")
        return height_m


class AssetRow(_Model):
    """A line of assets/*.csv"""

    code: Code
    kind: str
    name_zh: Name
    name_en: Name
    area: AreaCode
    lon: Lon
    lat: Lat
    upstream: Code | None = None
    attrs: Attrs = {}


class CameraAttrs(BaseModel):
    """What the registry of cameras must know of each (decree 799, articles 7, 13, 14, 17); other attrs are free."""

    model_config = ConfigDict(extra="allow")

    legal_basis: Name
    owner: Name
    place: Name
    sign: Literal["yes", "no"]
    retention_days: Annotated[int, Field(ge=1, le=3650)]


class ElementRow(_Model):
    """A line of elements.csv, the table of what a grid governs (治理要素一览表)."""

    area: AreaCode
    code: Slug
    name_zh: Name
    name_en: Name
    quantity: Annotated[int, Field(ge=0, le=1_000_000_000)]
    unit: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20), AfterValidator(_printable)
    ]
    department: Slug | None = None
    status: Slug = "stated"


class AssessmentRow(_Model):
    """One of assessments.yaml. `document` says where it is kept; `file` is the document itself, if it lies in the folder."""

    code: Code
    topic: str
    title: Name
    document: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    file: str | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    signed_by: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    valid_from: Day
    valid_to: Day

    @field_validator("topic")
    @classmethod
    def _known(cls, topic: str) -> str:
        if topic not in TOPICS:
            raise ValueError(f"is none of {', '.join(TOPICS)}")
        return topic

    @field_validator("valid_to")
    @classmethod
    def _lasts(cls, valid_to: date, info: ValidationInfo) -> date:
        if (start := info.data.get("valid_from")) is not None and valid_to <= start:
            raise ValueError("is the first day on which it no longer holds, so it comes after valid_from")
        return valid_to


class AssessmentFile(_Model):
    """assessments.yaml"""

    assessments: list[AssessmentRow] = []
