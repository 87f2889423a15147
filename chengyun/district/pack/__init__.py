"""Reads and validates what a district folder says of areas, buildings, assets and governed elements.

One wrong place refuses the whole pack; each problem names the file, the feature (or line) and the field.
docs/describe-a-district.md explains the files to those who write them.
"""

from __future__ import annotations

import csv
import io
from hashlib import sha256
from weakref import WeakKeyDictionary

from pydantic import BaseModel

from chengyun.district.pack.base import read_base
from chengyun.district.pack.checks import check
from chengyun.district.pack.data import AreaData, AssetData, BuildingData, DistrictData, Known
from chengyun.district.pack.rows import (
    AreaProps,
    AssessmentFile,
    AssessmentRow,
    AssetRow,
    BuildingProps,
    DistrictFile,
    ElementRow,
)
from chengyun.kernel.packs import Pack

__all__ = [
    "ASSESSMENTS",
    "AreaData",
    "AssessmentRow",
    "AssetData",
    "BuildingData",
    "DistrictData",
    "Known",
    "known",
    "read",
]

ASSESSMENTS = "assessments.yaml"
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
    data.areas_whole = not any(p.file == "areas.geojson" for p in pack.problems)
    for feature in pack.geojson("buildings.geojson", BuildingProps):
        data.buildings.append(BuildingData(feature.properties, feature.geometry, feature.where))
    for name in pack.names("assets/*.csv"):
        if _head_is_whole(pack, name, _ASSET_COLUMNS, AssetRow):
            data.assets += [AssetData(row, name, where) for row, where in pack.csv(name, AssetRow)]
    data.assets_whole = not any(p.file.startswith("assets/") for p in pack.problems)
    if pack.exists("elements.csv") and _head_is_whole(pack, "elements.csv", _ELEMENT_COLUMNS, ElementRow):
        data.elements = pack.csv("elements.csv", ElementRow)
    data.assessments = _assessments(pack)
    data.base = read_base(pack, data.settings)
    if data.settings is not None:
        check(pack, data, data.settings)
    _read[pack] = data
    return data


def _assessments(pack: Pack) -> list[AssessmentRow]:
    """The impact assessments a folder brings; a missing file brings none, and so switches nothing on.

    Where the document itself lies in the folder (`file`), its hash is compared: a record of another document is refused.
    """
    found = pack.yaml(ASSESSMENTS, AssessmentFile)
    rows = found.assessments if found is not None else []
    codes = [row.code for row in rows]
    for row in rows:
        if codes.count(row.code) > 1:
            pack.problem(ASSESSMENTS, row.code, "code", "stands twice")
        if row.file is None:
            continue
        path = (pack.folder / row.file).resolve()
        if not path.is_relative_to(pack.folder.resolve()) or not path.is_file():
            pack.problem(ASSESSMENTS, row.code, "file", f"there is no file {row.file} in the folder")
        elif sha256(path.read_bytes()).hexdigest() != row.sha256:
            pack.problem(
                ASSESSMENTS, row.code, "sha256", f"is not that of {row.file}: another document was signed"
            )
    return rows


def known(pack: Pack) -> Known:
    """Codes of areas and assets with their kinds, for other domains whose files refer to them."""
    data = read(pack)
    return Known(
        areas={a.props.code: a.props.kind for a in data.areas},
        assets={a.row.code: a.row.kind for a in data.assets},
    )


def _head_is_whole(pack: Pack, name: str, needed: tuple[str, ...], model: type[BaseModel]) -> bool:
    """Whether the header line names what is needed, each once.

    An emptied file would otherwise read as "nothing stands here any more" and end everything it used to list.
    """
    text = pack.text(name)
    if text is None:
        return False
    try:
        head = [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline="")), [])]
    except csv.Error as error:
        pack.problem(name, "line 1", "-", f"is not CSV: {error}")
        return False
    faults = [(column, "the header line lacks this column") for column in needed if column not in head]
    faults += [("-", "a column without a name") for column in head if not column][:1]
    known = list(model.model_fields)
    faults += [(c, f"unknown column; known: {', '.join(known)}") for c in head if c and c not in known]
    faults += [
        (column, "the column stands there twice")
        for column in dict.fromkeys(head)
        if column and head.count(column) > 1
    ]
    for column, reason in faults:
        pack.problem(name, "line 1", column[:40], reason)
    return not faults
