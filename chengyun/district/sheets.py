"""Assets and governed elements as sheets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from chengyun.district import actions
from chengyun.district.logic import kinds
from chengyun.district.models import Area, Asset, GovernedElement
from chengyun.district.pack.rows import AssetRow, ElementRow
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import Change, Column, Sheet, Viewer
from chengyun.kernel.sheets.columns import found

_AREA = T("区域", "area")
FOLDER = T(
    "辖区数据包再次载入时以数据包为准：请同时更新数据包中的文件。列名与数据包相同，数据包的 CSV 可直接导入。",
    "The district's folder prevails when it is loaded again: change its files too. Columns are named as there, so that its "
    "CSV can be imported as it is.",
)


class AssetSheet(Sheet):
    code, title = "assets", T("设施设备", "Assets")
    model, above = AssetRow, "upstream"
    columns = (
        Column("code", T("编码", "code"), lambda a: a.code, 16),
        Column("kind", T("类别", "kind"), lambda a: a.kind, 14, choices=kinds.ASSET_KINDS),
        Column("name_zh", T("中文名", "Chinese name"), lambda a: a.name_zh, 26),
        Column("name_en", T("英文名", "English name"), lambda a: a.name_en, 28),
        Column("area", _AREA, lambda a: a.area.code, 12),
        Column("lon", T("经度", "longitude"), lambda a: a.lon, 12),
        Column("lat", T("纬度", "latitude"), lambda a: a.lat, 12),
        Column("upstream", T("上游设备", "upstream"), lambda a: a.upstream.code if a.upstream else None, 14),
        Column("attrs", T("属性", "attributes"), lambda a: a.attrs, 50),
        Column("in_service", T("在用", "in service"), lambda a: a.in_service, 8, fixed=True, yes_no=True),
        Column("valid_to", T("有效期止", "valid to"), lambda a: a.valid_to, 12, fixed=True),
    )
    notes = (FOLDER,)

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[Asset]:
        return Asset.objects.visible_to(viewer.user)

    def prepare(self, rows: Any) -> Iterable[Any]:
        return rows.select_related("area", "upstream").defer("area__geometry")

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        for change in changes:
            line: AssetRow = change.values
            plain = ("kind", "name_zh", "name_en", "lon", "lat", "attrs")
            wanted = AssetRow.model_fields if change.new else change.fields
            values: dict[str, Any] = {name: getattr(line, name) for name in plain if name in wanted}
            if "area" in wanted:
                values["area"] = found(
                    Area.objects.visible_to(viewer.user), _AREA, column="area", code=line.area
                )
            if "upstream" in wanted:
                things, what = Asset.objects.visible_to(viewer.user), T("设备", "asset")
                values["upstream"] = (
                    found(things, what, column="upstream", code=line.upstream) if line.upstream else None
                )
            actions.save_asset(actor=viewer.actor, code=line.code, **values)


class ElementSheet(Sheet):
    code, title = "elements", T("治理要素一览表", "Governed elements")
    model, key = ElementRow, ("area", "code")
    columns = (
        Column("area", _AREA, lambda e: e.area.code, 12),
        Column("code", T("编码", "code"), lambda e: e.code, 18),
        Column("name_zh", T("中文名", "Chinese name"), lambda e: e.name_zh, 22),
        Column("name_en", T("英文名", "English name"), lambda e: e.name_en, 28),
        Column("quantity", T("数量", "quantity"), lambda e: e.quantity, 10),
        Column("unit", T("单位", "unit"), lambda e: e.unit, 8),
        Column("department", T("责任部门", "responsible department"), lambda e: e.department, 12),
        Column("status", T("数据状态", "status of the figure"), lambda e: e.status, 14),
        Column("valid_to", T("有效期止", "valid to"), lambda e: e.valid_to, 12, fixed=True),
    )
    notes = (FOLDER,)

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[GovernedElement]:
        return GovernedElement.objects.visible_to(viewer.user)

    def prepare(self, rows: Any) -> Iterable[Any]:
        return rows.select_related("area").defer("area__geometry")

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        for change in changes:
            line: ElementRow = change.values
            area = found(Area.objects.visible_to(viewer.user), _AREA, column="area", code=line.area)
            values = line.model_dump(exclude={"area", "code"}) | {"department": line.department or ""}
            actions.save_element(actor=viewer.actor, area=area, code=line.code, **values)
