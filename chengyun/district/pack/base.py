"""base.geojson: the drawing under the map. Optional; checked as strictly as everything else, and stored as it travels."""

from __future__ import annotations

from typing import Any

import orjson
import shapely
from shapely.geometry import mapping

from chengyun.district.logic import shapes
from chengyun.district.pack.data import BaseData
from chengyun.district.pack.rows import BaseProps, DistrictFile
from chengyun.kernel.packs import Pack

BASE = "base.geojson"
# Suggested: about ten times the sample's; a browser draws it all at once.
MAX_FEATURES = 20_000
_DECIMALS = 6


def read_base(pack: Pack, district: DistrictFile | None) -> BaseData:
    """The file as one compact text; empty where there is none. What surrounds a district may reach beyond its bbox by the
    bbox's own width and height, so that the map does not end in the middle of a street."""
    found = pack.geojson(BASE, BaseProps)
    if len(found) > MAX_FEATURES:
        pack.problem(BASE, "-", "features", f"more than {MAX_FEATURES} of them: leave out what is small")
    if district is None:
        return BaseData()
    box = shapes.Box(*district.bbox).widened()
    seen: dict[str, str] = {}
    features = []
    for feature in found:
        code = feature.properties.code
        if code is not None and code in seen:
            pack.problem(BASE, feature.where, "code", f"{code} is taken by {seen[code]}")
        if code is not None:
            seen.setdefault(code, feature.where)
        geometry = _geometry(pack, feature.properties, feature.geometry, feature.where, box)
        if geometry is not None:
            properties = feature.properties.model_dump(exclude_none=True)
            features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    if not features:
        return BaseData()
    body = orjson.dumps({"type": "FeatureCollection", "features": features}).decode()
    return BaseData(body, len(features))


def _geometry(
    pack: Pack, props: BaseProps, given: dict[str, Any] | None, where: str, box: shapes.Box
) -> dict[str, Any] | None:
    """The geometry with six decimals and no heights, or None and a problem."""
    what, read = ("line", shapes.line) if props.kind == "road" else ("area", shapes.polygon)
    if given is None:
        pack.problem(BASE, where, "geometry", f"a {props.kind} needs a {what}")
        return None
    try:
        shape = read(given, box)
    except shapes.BadShape as error:
        pack.problem(BASE, where, "geometry", str(error))
        return None
    found: dict[str, Any] = mapping(shapely.transform(shape, lambda xy: xy.round(_DECIMALS)))
    return found
