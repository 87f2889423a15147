"""Is this GeoJSON a shape, and does it lie where it should? Answers are reasons in words, never exceptions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon
from shapely.validation import explain_validity

M_PER_LAT = 110_940.0
M_PER_LON = 111_320.0


class BadShape(ValueError):
    """The text says where and why: `coordinates[0][3]: ...`."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A flat plan in metres around a point. Good to about one part in a thousand over 100 km."""

    lon: float
    lat: float

    @property
    def per_lon(self) -> float:
        return M_PER_LON * math.cos(math.radians(self.lat))

    def point(self, lon: float, lat: float) -> Any:
        return Point((lon - self.lon) * self.per_lon, (lat - self.lat) * M_PER_LAT)

    def plan(self, shape: Any) -> Any:
        """A shape in degrees as one in metres."""
        return shapely.transform(shape, lambda xy: (xy - (self.lon, self.lat)) * (self.per_lon, M_PER_LAT))


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def widened(self) -> Box:
        """The box with as much again on every side: what surrounds a district, and no other town."""
        wide, high = self.east - self.west, self.north - self.south
        return Box(self.west - wide, self.south - high, self.east + wide, self.north + high)

    def __str__(self) -> str:
        return f"[{self.west:.8g}, {self.south:.8g}, {self.east:.8g}, {self.north:.8g}]"


def polygon(geometry: dict[str, Any], box: Box) -> Any:
    """A GeoJSON Polygon or MultiPolygon as a shapely one (degrees, heights dropped). Raises `BadShape`."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        shape = Polygon(*_rings(coordinates, "coordinates", box))
    elif kind == "MultiPolygon":
        if not isinstance(coordinates, list) or not coordinates:
            raise BadShape("coordinates: a MultiPolygon needs a list of polygons")
        parts = [_rings(part, f"coordinates[{n}]", box) for n, part in enumerate(coordinates)]
        shape = MultiPolygon([Polygon(shell, holes) for shell, holes in parts])
    else:
        raise BadShape(f"type: must be Polygon or MultiPolygon, not {str(kind)[:40]!r}")
    if not shape.is_valid:
        raise BadShape(f"coordinates: not a valid shape: {explain_validity(shape)}")
    if not shape.area > 0:
        raise BadShape("coordinates: the shape has no area")
    return shape


def line(geometry: dict[str, Any], box: Box) -> Any:
    """A GeoJSON LineString or MultiLineString as a shapely one (degrees, heights dropped). Raises `BadShape`."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "LineString":
        shape = LineString(_path(coordinates, "coordinates", box))
    elif kind == "MultiLineString":
        if not isinstance(coordinates, list) or not coordinates:
            raise BadShape("coordinates: a MultiLineString needs a list of lines")
        parts = [_path(part, f"coordinates[{n}]", box) for n, part in enumerate(coordinates)]
        shape = MultiLineString(parts)
    else:
        raise BadShape(f"type: must be LineString or MultiLineString, not {str(kind)[:40]!r}")
    if not shape.length > 0:
        raise BadShape("coordinates: the line has no length")
    return shape


Position = tuple[float, float]


def _path(value: Any, where: str, box: Box) -> list[Position]:
    if not isinstance(value, list) or len(value) < 2:
        raise BadShape(f"{where}: a line needs at least two positions")
    return [_position(position, f"{where}[{n}]", box) for n, position in enumerate(value)]


def _rings(value: Any, where: str, box: Box) -> tuple[list[Position], list[list[Position]]]:
    if not isinstance(value, list) or not value:
        raise BadShape(f"{where}: a polygon needs a list of rings")
    rings = [_ring(ring, f"{where}[{n}]", box) for n, ring in enumerate(value)]
    return rings[0], rings[1:]


def _ring(value: Any, where: str, box: Box) -> list[Position]:
    if not isinstance(value, list) or len(value) < 4:
        raise BadShape(f"{where}: a ring needs at least four positions")
    ring = [_position(position, f"{where}[{n}]", box) for n, position in enumerate(value)]
    if ring[0] != ring[-1]:
        raise BadShape(f"{where}: a ring ends where it begins")
    return ring


def _position(value: Any, where: str, box: Box) -> Position:
    if not isinstance(value, list) or not 2 <= len(value) <= 3:
        raise BadShape(f"{where}: a position is [longitude, latitude]")
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise BadShape(f"{where}: {str(number)[:40]!r} is not a number")
        if not abs(number) < 1e9:
            raise BadShape(f"{where}: {number} is not a finite coordinate")
    lon, lat = float(value[0]), float(value[1])
    if not box.holds(lon, lat):
        swapped = "; are longitude and latitude swapped?" if box.holds(lat, lon) else ""
        raise BadShape(f"{where}: {lon}, {lat} lies outside the bounds {box}{swapped}")
    return lon, lat


def sticks_out(child: Any, parent: Any, tolerance: float) -> float:
    """Square metres by which `child` reaches further than `tolerance` metres outside `parent`; 0 where it does not."""
    roomy = parent.buffer(tolerance, quad_segs=2)
    return 0.0 if roomy.covers(child) else float(child.difference(roomy).area)


def share_inside(part: Any, whole: Any) -> float:
    """How much of `part` lies in `whole`, 0 to 1."""
    return float(part.intersection(whole).area / part.area)


def overlaps(shapes: list[Any], tolerance: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of shapes that share more ground than a seam of `tolerance` metres: (i, j, square metres), i < j."""
    if len(shapes) < 2:
        return
    tree = shapely.STRtree(shapes)
    for i, shape in enumerate(shapes):
        for j in sorted(int(n) for n in tree.query(shape)):
            if j > i:
                common = shape.intersection(shapes[j])
                if common.area > 0 and not common.buffer(-tolerance).is_empty:
                    yield i, j, float(common.area)
