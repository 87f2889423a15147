"""Reads of the district.

`root`, `area`, `within`, `locate` and `grounds` answer the platform itself, and so does `assessed`. What a person gets to
see goes through the functions that take a user: an area outside the user's scope is not there.
"""

from chengyun.district.queries.assessing import (
    assessed,
    assessments,
    holds_at,
    require_assessed,
    switches,
)
from chengyun.district.queries.places import (
    Place,
    area,
    area_at,
    area_of,
    asset,
    asset_places,
    first_moment,
    grounds,
    living,
    locate,
    overlays_of,
    root,
    settings,
    today,
    within,
    zone,
)
from chengyun.district.queries.seen import (
    area_feature,
    areas,
    asset_feature,
    assets,
    building_feature,
    buildings,
    collection,
    elements,
    map_features,
    visible_area,
    visible_asset,
)

__all__ = [
    "Place",
    "area",
    "area_at",
    "area_feature",
    "area_of",
    "areas",
    "assessed",
    "assessments",
    "asset",
    "asset_feature",
    "asset_places",
    "assets",
    "building_feature",
    "buildings",
    "collection",
    "elements",
    "first_moment",
    "grounds",
    "holds_at",
    "living",
    "locate",
    "map_features",
    "overlays_of",
    "require_assessed",
    "root",
    "settings",
    "switches",
    "today",
    "visible_area",
    "visible_asset",
    "within",
    "zone",
]
