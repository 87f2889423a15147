"""The filing table of cameras (decree 799, article 14), and what is on record of each, as a sheet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from chengyun.district.models import Asset
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import Column, Sheet, Viewer
from chengyun.video import lawful, presets, queries
from chengyun.video.models import CameraTerms


class FilingSheet(Sheet):
    """For export alone: unit, location, number and type, how long recordings are kept; and where the record has gaps."""

    code, title = "camera-filing", T("摄像机备案表", "Filing table of cameras")
    columns = (
        Column("unit", T("使用单位", "unit"), lambda r: r["unit"], 22, fixed=True),
        Column("code", T("编码", "code"), lambda r: r["camera"].code, 14, fixed=True),
        Column("name_zh", T("名称", "name"), lambda r: r["camera"].name_zh, 26, fixed=True),
        Column("area", T("区域", "area"), lambda r: r["camera"].area.code, 12, fixed=True),
        Column("place", T("安装部位", "place"), lambda r: r["place"], 16, fixed=True),
        Column("lon", T("经度", "longitude"), lambda r: r["camera"].lon, 12, fixed=True),
        Column("lat", T("纬度", "latitude"), lambda r: r["camera"].lat, 12, fixed=True),
        Column("number", T("数量", "number"), lambda r: 1, 8, fixed=True),
        Column("type", T("类型", "type"), lambda r: r["terms"].model, 18, fixed=True),
        Column(
            "retention_days", T("录像保存天数", "recordings kept (days)"), lambda r: r["days"], 12, fixed=True
        ),
        Column("legal_basis", T("法律依据", "legal basis"), lambda r: r["basis"], 18, fixed=True),
        Column("purposes", T("可用于", "may be used for"), lambda r: r["purposes"], 30, fixed=True),
        Column("sign", T("提示标识", "sign present"), lambda r: r["sign"], 10, fixed=True, yes_no=True),
        Column("sign_on", T("标识日期", "sign put up on"), lambda r: r["terms"].sign_on, 12, fixed=True),
        Column("started_on", T("启用日期", "in use since"), lambda r: r["terms"].started_on, 12, fixed=True),
        Column("filed_on", T("备案日期", "filed on"), lambda r: r["terms"].filed_on, 12, fixed=True),
        Column(
            "filing_number", T("备案号", "filing number"), lambda r: r["terms"].filing_number, 18, fixed=True
        ),
        Column("gaps", T("待补", "missing"), lambda r: r["gaps"], 40, fixed=True),
    )
    notes = (
        T(
            "公共安全视频图像信息系统管理条例第十四条。",
            "Regulation on public security video systems, article 14.",
        ),
    )

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[CameraTerms]:
        return CameraTerms.objects.visible_to(viewer.user)

    def prepare(self, rows: Any) -> Iterable[Any]:
        units = queries.owner_names()
        found = rows.select_related("camera__area").defer("camera__area__geometry").order_by("camera__code")
        for terms in found:
            yield _line(terms, terms.camera, units)


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
