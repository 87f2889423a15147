"""The map's files as GeoJSON FeatureCollections, in precise shapes. Coordinates are longitude, latitude in degrees."""

from __future__ import annotations

from typing import Literal

from ninja import Schema

from chengyun.district.api.shapes import AreaKind, AssetKind, Attrs


class Point(Schema):
    type: Literal["Point"]
    coordinates: list[float]


class Polygon(Schema):
    type: Literal["Polygon"]
    coordinates: list[list[list[float]]]


class MultiPolygon(Schema):
    type: Literal["MultiPolygon"]
    coordinates: list[list[list[list[float]]]]


class LineString(Schema):
    type: Literal["LineString"]
    coordinates: list[list[float]]


class MultiLineString(Schema):
    type: Literal["MultiLineString"]
    coordinates: list[list[list[float]]]


class AreaProps(Schema):
    """`lx`, `ly`: a point inside the area to write its name at; null for an area that nobody has drawn yet."""

    code: str
    name_zh: str
    name_en: str
    kind: AreaKind
    path: str
    parent: str | None
    level: int
    lx: float | None
    ly: float | None
    attrs: Attrs


class AreaFeature(Schema):
    type: Literal["Feature"]
    id: int
    geometry: Polygon | MultiPolygon | None
    properties: AreaProps


class AreaCollection(Schema):
    type: Literal["FeatureCollection"]
    features: list[AreaFeature]


class BuildingProps(Schema):
    code: str
    name_zh: str
    name_en: str
    kind: str
    area: str
    floors: int | None
    height_m: float | None
    gross_area_m2: int | None
    attrs: Attrs


class BuildingFeature(Schema):
    type: Literal["Feature"]
    id: int
    geometry: Polygon | MultiPolygon
    properties: BuildingProps


class BuildingCollection(Schema):
    type: Literal["FeatureCollection"]
    features: list[BuildingFeature]


class AssetProps(Schema):
    code: str
    name_zh: str
    name_en: str
    kind: AssetKind
    area: str
    in_service: bool
    upstream: str | None
    attrs: Attrs


class AssetFeature(Schema):
    type: Literal["Feature"]
    id: int
    geometry: Point
    properties: AssetProps


class AssetCollection(Schema):
    type: Literal["FeatureCollection"]
    features: list[AssetFeature]


class BaseProps(Schema):
    """What lies around the governed things: `width` of roads alone, `height_m` of blocks alone, names if any."""

    kind: Literal["road", "water", "green", "block"]
    code: str | None = None
    name_zh: str | None = None
    name_en: str | None = None
    width: Literal["trunk", "main", "street", "path"] | None = None
    height_m: float | None = None


class BaseFeature(Schema):
    type: Literal["Feature"]
    geometry: LineString | MultiLineString | Polygon | MultiPolygon
    properties: BaseProps


class BaseCollection(Schema):
    type: Literal["FeatureCollection"]
    features: list[BaseFeature]


class FloorOut(Schema):
    """`number` counts from the ground up; metres above ground. What a floor is used for and by whom: null, not known."""

    number: int
    base_m: float
    height_m: float
    use: str | None
    tenant: str | None


class FloorsOut(Schema):
    """`even`: the floors are the building's height divided evenly, not surveyed ones."""

    code: str
    name_zh: str
    name_en: str
    height_m: float
    even: bool
    floors: list[FloorOut]
