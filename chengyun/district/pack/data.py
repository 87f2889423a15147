"""What a district folder says once it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chengyun.district.pack.rows import (
    AreaProps,
    AssessmentRow,
    AssetRow,
    BuildingProps,
    DistrictFile,
    ElementRow,
)


@dataclass(slots=True)
class AreaData:
    """An area with its place in the tree; `path` is filled once its parents are known."""

    props: AreaProps
    geometry: dict[str, Any] | None
    where: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class BuildingData:
    props: BuildingProps
    geometry: dict[str, Any] | None
    where: str


@dataclass(frozen=True, slots=True)
class AssetData:
    row: AssetRow
    file: str
    where: str

    @property
    def name(self) -> str:
        return f"{self.where} ({self.row.code})"


@dataclass(frozen=True, slots=True)
class BaseData:
    """The base map as it travels; `body` is empty where the folder has none."""

    body: str = ""
    features: int = 0


@dataclass(slots=True)
class DistrictData:
    """Validated only if the pack it came from has no problem; `settings` is None where district.yaml was unreadable."""

    settings: DistrictFile | None
    pack_hash: str
    areas: list[AreaData] = field(default_factory=list)
    buildings: list[BuildingData] = field(default_factory=list)
    assets: list[AssetData] = field(default_factory=list)
    elements: list[tuple[ElementRow, str]] = field(default_factory=list)
    assessments: list[AssessmentRow] = field(default_factory=list)
    base: BaseData = BaseData()
    # False where a line could not be read: what refers to it is then not called missing as well.
    areas_whole: bool = True
    assets_whole: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """Code -> kind."""

    areas: dict[str, str]
    assets: dict[str, str]
