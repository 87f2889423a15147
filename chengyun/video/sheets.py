"""The filing table of cameras (decree 799, article 14), and what is on record of each, as a sheet: out and in again."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from chengyun.district.logic import kinds
from chengyun.district.models import Asset
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import Change, Column, Sheet, Viewer
from chengyun.kernel.sheets.columns import fold, found, plain
from chengyun.video import actions, lawful, presets, queries
from chengyun.video.logic import purposes
from chengyun.video.models import CameraTerms

# What the record of changes says of it.
REASON = "表格导入 imported as a sheet"
NONE = "none"
_SPLIT = re.compile(r"[+、，,;；\s]+")
Text = Annotated[str, Field(max_length=120)]


class FilingRow(BaseModel):
    """What a line may say of a camera. `terms` and `legal_basis` are codes joined by +."""

    code: str = Field(max_length=40)
    model: str = Field(default="", max_length=80)
    retention_days: int = Field(default=kinds.MIN_RETENTION_DAYS, ge=1, le=3660)
    legal_basis: str = Field(default="", max_length=200)
    sign: bool | None = None
    sign_on: date | None = None
    started_on: date | None = None
    filed_on: date | None = None
    filing_number: str = Field(default="", max_length=60)
    owner: str = Field(default="", max_length=40)
    terms: str = Field(default="", max_length=200)
    terms_ref: Text = ""
    ceiling_days: int = Field(default=90, ge=1, le=3660)
    sign_photo: str = Field(default="", max_length=80)


def _codes(
    names: Mapping[str, tuple[str, str]], what: tuple[str, str]
) -> Callable[[Viewer], Callable[[str], str]]:
    """Codes or names, parted by +, 、 or commas, as codes joined by +, in the order of the table and each once."""
    meant = {fold(text): code for code, both in names.items() for text in (code, *both)}

    def find(text: str) -> str:
        # A name may hold what parts names: the whole cell is tried first.
        if fold(text) in meant:
            return meant[fold(text)]
        parts = [part for part in _SPLIT.split(text) if part]
        for part in parts:
            if fold(part) not in meant:
                raise Invalid(
                    "unknown",
                    T(f"没有{what[0]} {part[:40]}", f"There is no {what[1]} {part[:40]}"),
                    hint=T("可填：", "Known: ") + ", ".join(names),
                )
        codes = {meant[fold(part)] for part in parts}
        return "+".join(code for code in names if code in codes)

    return lambda viewer: find


def _terms(viewer: Viewer) -> Callable[[str], str]:
    find = _codes(presets.purposes().names, ("用途", "purpose"))(viewer)
    return lambda text: NONE if fold(text) in (NONE, "无", "-") else find(text)


def _bases(viewer: Viewer) -> Callable[[str], str]:
    table = presets.purposes()
    names = {code: table.basis_names.get(code, (code, code)) for code in table.bases}
    return _codes(names, ("法律依据", "legal basis"))(viewer)


def _said(terms: CameraTerms) -> str:
    """What the owner allows: nothing on record is an empty cell, nothing allowed says so."""
    if terms.purposes is None:
        return ""
    return "+".join(code for code in presets.purposes().names if code in terms.purposes) or NONE


class FilingSheet(Sheet):
    """Unit, location, number and type, how long recordings are kept; by what right each looks and what its owner allows; and
    where the record has gaps. What is filled in comes back by import."""

    code, title = "camera-filing", T("摄像机备案表", "Filing table of cameras")
    model = FilingRow
    columns = (
        Column("unit", T("使用单位", "unit"), lambda r: r["unit"], 22, fixed=True),
        Column("code", T("编码", "code"), lambda r: r["camera"].code, 14),
        Column("name_zh", T("名称", "name"), lambda r: r["camera"].name_zh, 26, fixed=True),
        Column("area", T("区域", "area"), lambda r: r["camera"].area.code, 12, fixed=True),
        Column("place", T("安装部位", "place"), lambda r: r["place"], 16, fixed=True),
        Column("lon", T("经度", "longitude"), lambda r: r["camera"].lon, 12, fixed=True),
        Column("lat", T("纬度", "latitude"), lambda r: r["camera"].lat, 12, fixed=True),
        Column("number", T("数量", "number"), lambda r: 1, 8, fixed=True),
        Column("model", T("类型", "type"), lambda r: r["terms"].model, 18),
        Column("retention_days", T("录像保存天数", "recordings kept (days)"), lambda r: r["days"], 12),
        Column(
            "legal_basis",
            T("法律依据", "legal basis"),
            lambda r: "+".join(purposes.bases_of(r["basis"])),
            24,
            finds=_bases,
        ),
        Column("purposes", T("可用于", "may be used for"), lambda r: r["purposes"], 30, fixed=True),
        Column("sign", T("提示标识", "sign present"), lambda r: r["sign"], 10, yes_no=True),
        Column("sign_on", T("标识日期", "sign put up on"), lambda r: r["terms"].sign_on, 12, moment=True),
        Column("started_on", T("启用日期", "in use since"), lambda r: r["terms"].started_on, 12, moment=True),
        Column("filed_on", T("备案日期", "filed on"), lambda r: r["terms"].filed_on, 12, moment=True),
        Column("filing_number", T("备案号", "filing number"), lambda r: r["terms"].filing_number, 18),
        Column("gaps", T("待补", "missing"), lambda r: r["gaps"], 40, fixed=True),
        Column("owner", T("权属方", "owner"), lambda r: lawful.attr(r["camera"], "owner"), 10),
        Column(
            "terms",
            T("权属方允许的用途", "purposes the owner allows"),
            lambda r: _said(r["terms"]),
            34,
            finds=_terms,
        ),
        Column("terms_ref", T("使用约定文号", "document of the terms"), lambda r: r["terms"].terms_ref, 20),
        Column(
            "ceiling_days",
            T("图片最长留存（天）", "pictures kept at most (days)"),
            lambda r: r["terms"].ceiling_days,
            12,
        ),
        Column("sign_photo", T("提示标识照片编号", "photo of the sign"), lambda r: r["terms"].sign_photo, 20),
    )
    notes = (
        T(
            "公共安全视频图像信息系统管理条例第十四条。",
            "Regulation on public security video systems, article 14.",
        ),
        T(
            "用途与法律依据填编码或名称，多个以 + 或顿号分隔；权属方什么都不允许时填“无”，空白表示没有登记。"
            "登记收窄后，不再被涵盖的算法绑定随即停用。",
            "Purposes and legal bases by code or name, several parted by +; `none` where the owner allows nothing, an empty "
            "cell where nothing is on record. Algorithms that the record no longer covers are switched off with it.",
        ),
        T(
            "辖区数据包再次载入时，以其中有变化的为准。",
            "The district's folder prevails where it says something new when it is loaded again.",
        ),
    )

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[Any]:
        """Also cameras of which nothing is on record yet."""
        return queries.cameras(viewer.user).filter(code__in={code for (code,) in keys})

    def prepare(self, rows: Any) -> Iterable[Any]:
        units = queries.owner_names()
        if rows.model is CameraTerms:
            found = (
                rows.select_related("camera__area").defer("camera__area__geometry").order_by("camera__code")
            )
            pairs = ((terms, terms.camera) for terms in found)
        else:
            pairs = ((getattr(asset, "terms", None) or CameraTerms(camera=asset), asset) for asset in rows)
        for terms, asset in pairs:
            yield _line(terms, asset, units)

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        for change in changes:
            line: FilingRow = change.values
            camera = found(queries.cameras(viewer.user), T("摄像机", "camera"), column="code", code=line.code)
            _lawful(camera, line)
            values = {name: getattr(line, name) for name in change.fields if name != "code"}
            if "terms" in values:
                said = values.pop("terms")
                values["purposes"] = None if not said else [] if said == NONE else said.split("+")
            for name in ("retention_days", "sign"):
                if name in values:
                    values[name] = plain(values[name])
            actions.describe(actor=viewer.actor, code=line.code, reason=REASON, **values)


def _lawful(camera: Asset, line: FilingRow) -> None:
    """What the law says of the camera as the line has it, at the column that it speaks of."""
    refused = kinds.camera_refused(
        place=lawful.attr(camera, "place"), legal_basis=line.legal_basis, retention_days=line.retention_days
    )
    for name, reason in refused:
        raise Invalid("camera", reason, field=name.removeprefix("attrs."))


def _line(terms: CameraTerms, asset: Asset, units: dict[str, tuple[str, str]]) -> dict[str, Any]:
    owner = lawful.attr(asset, "owner")
    names = presets.purposes().names
    allowed = [str(T(*names[code])) for code in lawful.allowed(asset, terms)]
    return {
        "camera": asset,
        "terms": terms,
        "unit": str(T(*units[owner])) if owner in units else owner,
        "place": lawful.attr(asset, "place"),
        "basis": lawful.attr(asset, "legal_basis"),
        "days": lawful.floor_days(asset),
        "sign": lawful.attr(asset, "sign"),
        "purposes": str(T("、", ", ")).join(allowed),
        "gaps": str(T("、", ", ")).join(map(str, gaps(terms, asset))),
    }


def gaps(terms: CameraTerms, asset: Asset) -> list[str]:
    """What the record still lacks for filing."""
    missing = [
        (not lawful.attr(asset, "owner"), T("使用单位", "unit")),
        (lawful.attr(asset, "sign") != "yes", T("提示标识", "sign")),
        (not terms.model, T("类型", "type")),
        (terms.filed_on is None, T("备案日期", "filing date")),
        (not terms.filing_number, T("备案号", "filing number")),
    ]
    return [what for lacks, what in missing if lacks] + lawful.against(asset)
