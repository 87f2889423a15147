"""Where things are, for rows: each area's names and middle, each asset's spot; kept while the district stays the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapely.geometry import shape

from chengyun.district.models import Area, Asset
from chengyun.kernel import registry


@dataclass(frozen=True, slots=True)
class Ground:
    """An area as rows show it."""

    code: str
    zh: str
    en: str
    path: str
    lon: float | None
    lat: float | None

    def fields(self, at: Spot | None = None) -> dict[str, Any]:
        """The fields that every row has of its place; `at` is the thing's own."""
        spot: Spot | Ground = at or self
        return {
            "area": self.code,
            "area_zh": self.zh,
            "area_en": self.en,
            "path": self.path,
            "lon": spot.lon,
            "lat": spot.lat,
        }


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one thing stands."""

    code: str
    lon: float
    lat: float


def grounds() -> dict[int, Ground]:
    """All areas by number. Shared: do not change it."""
    return registry.cached(("district",), "live grounds", _read_grounds)


def spots() -> dict[int, Spot]:
    """All assets by number. Shared: do not change it."""
    return registry.cached(("district",), "live spots", _read_spots)


def _read_grounds() -> dict[int, Ground]:
    return {row.pk: _ground(row) for row in Area.objects.order_by("pk")}


def _ground(row: Area) -> Ground:
    if row.geometry is None:
        return Ground(row.code, row.name_zh, row.name_en, row.path, None, None)
    # A point that lies inside, also of a ring or a crescent.
    middle = shape(row.geometry).representative_point()
    return Ground(row.code, row.name_zh, row.name_en, row.path, round(middle.x, 6), round(middle.y, 6))


def _read_spots() -> dict[int, Spot]:
    return {
        pk: Spot(code, lon, lat)
        for pk, code, lon, lat in Asset.objects.values_list("pk", "code", "lon", "lat")
    }
