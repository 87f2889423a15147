"""Reads and validates what a district folder says of areas, buildings, assets and governed elements.

One wrong place refuses the whole pack; each problem names the file, the feature (or line) and the field.
docs/describe-a-district.md explains the files to those who write them.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from chengyun.district.pack.checks import check
from chengyun.district.pack.data import AreaData, AssetData, BuildingData, DistrictData, Known
from chengyun.district.pack.rows import AreaProps, AssetRow, BuildingProps, DistrictFile, ElementRow
from chengyun.kernel.packs import Pack

__all__ = ["AreaData", "AssetData", "BuildingData", "DistrictData", "Known", "known", "read"]

_ASSET_COLUMNS = ("code", "kind", "name_zh", "name_en", "area", "lon", "lat")
_ELEMENT_COLUMNS = ("area", "code", "name_zh", "name_en", "quantity", "unit")
_read: WeakKeyDictionary[Pack, DistrictData] = WeakKeyDictionary()


def read(pack: Pack) -> DistrictData:
    """Everything of this domain in the folder. Problems are collected on the pack: call `pack.check()` before loading."""
    if pack in _read:
        return _read[pack]
    data = DistrictData(
        settings=pack.yaml("district.yaml", DistrictFile, required=True), pack_hash=pack.hash()
    )
    for feature in pack.geojson("areas.geojson", AreaProps, required=True):
        data.areas.append(AreaData(feature.properties, feature.geometry, feature.where))
    for feature in pack.geojson("buildings.geojson", BuildingProps):
        data.buildings.append(BuildingData(feature.properties, feature.geometry, feature.where))
    for name in pack.names("assets/*.csv"):
        _columns(pack, name, _ASSET_COLUMNS)
        data.assets += [AssetData(row, name, where) for row, where in pack.csv(name, AssetRow)]
    if pack.exists("elements.csv"):
        _columns(pack, "elements.csv", _ELEMENT_COLUMNS)
    data.elements = pack.csv("elements.csv", ElementRow)
    if data.settings is not None:
        check(pack, data, data.settings)
    _read[pack] = data
    return data


def known(pack: Pack) -> Known:
    """Codes of areas and assets with their kinds, for other domains whose files refer to them."""
    data = read(pack)
    return Known(
        areas={a.props.code: a.props.kind for a in data.areas},
        assets={a.row.code: a.row.kind for a in data.assets},
    )


def _columns(pack: Pack, name: str, needed: tuple[str, ...]) -> None:
    """An emptied file would read as "nothing stands here any more" and end everything it used to list."""
    text = pack.text(name)
    if text is None:
        return
    head = [cell.strip() for cell in text.partition("\n")[0].strip("\r").split(",")]
    for column in needed:
        if column not in head:
            pack.problem(name, "line 1", column, "the header line lacks this column")
    for column in {cell for cell in head if head.count(cell) > 1}:
        pack.problem(name, "line 1", column or "-", "the column stands there twice")
