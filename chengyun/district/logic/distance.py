"""Distances within a district: straight lines on a plane that touches the earth there."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, hypot, radians
from typing import Any

from shapely.geometry import shape

# Metres per degree of latitude (mean of the WGS-84 ellipsoid); over a few kilometres the error is below 0.5 %.
METRES_PER_DEGREE = 111_195.0


def metres(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """The straight line between two points given in degrees WGS-84."""
    across = (to_lon - lon) * cos(radians((lat + to_lat) / 2))
    return hypot(across, to_lat - lat) * METRES_PER_DEGREE


def middle(geometry: Mapping[str, Any]) -> tuple[float, float]:
    """A point (lon, lat) that lies inside a shape, also inside a ring or a crescent."""
    point = shape(geometry).representative_point()
    return round(point.x, 6), round(point.y, 6)
