"""Datastreams as a sheet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from chengyun.district.models import Area, Asset
from chengyun.district.sheets import FOLDER
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import Change, Column, Sheet, Viewer
from chengyun.kernel.sheets.columns import found
from chengyun.signals import actions
from chengyun.signals.models import Datastream, Source
from chengyun.signals.pack import StreamRow

_CLASSES = {"open": T("公开", "open"), "sensitive": T("敏感", "sensitive")}


class StreamSheet(Sheet):
    code, title = "datastreams", T("数据流", "Datastreams")
    model = StreamRow
    columns = (
        Column("code", T("编码", "code"), lambda d: d.code, 22),
        Column("quantity", T("物理量", "quantity"), lambda d: d.quantity, 20),
        Column("asset", T("设备", "asset"), lambda d: d.asset.code if d.asset else None, 16),
        Column("area", T("区域", "area"), lambda d: d.area.code, 12),
        Column("source", T("信号源", "source"), lambda d: d.source.code, 14),
        Column("every_s", T("间隔（秒）", "interval (s)"), lambda d: d.every_s, 10),
        Column("late_s", T("允许迟到（秒）", "may be late by (s)"), lambda d: d.late_s, 12),
        Column("min", T("下限", "lower bound"), lambda d: d.min, 10),
        Column("max", T("上限", "upper bound"), lambda d: d.max, 10),
        Column("klass", T("密级", "class"), lambda d: d.klass, 10, choices=_CLASSES),
        Column("in_service", T("启用", "in service"), lambda d: d.in_service, 8, yes_no=True),
    )
    notes = (FOLDER,)

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[Datastream]:
        return Datastream.objects.visible_to(viewer.user)

    def prepare(self, rows: Any) -> Iterable[Any]:
        return rows.select_related("area", "asset", "source").defer("area__geometry")

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        for change in changes:
            line: StreamRow = change.values
            wanted = set(StreamRow.model_fields if change.new else change.fields)
            plain = ("quantity", "every_s", "late_s", "min", "max", "klass")
            values: dict[str, Any] = {name: getattr(line, name) for name in plain if name in wanted}
            if "area" in wanted:
                places = Area.objects.visible_to(viewer.user)
                values["area"] = found(places, T("区域", "area"), column="area", code=line.area)
            if "asset" in wanted:
                things, what = Asset.objects.visible_to(viewer.user), T("设备", "asset")
                values["asset"] = found(things, what, column="asset", code=line.asset) if line.asset else None
            if "source" in wanted:
                values["source"] = found(
                    Source.objects, T("信号源", "source"), column="source", code=line.source
                )
            if values:
                actions.save_datastream(viewer.actor, code=line.code, **values)
            if "in_service" in wanted:
                actions.set_service(
                    viewer.actor, datastream=line.code, in_service=line.in_service, reason="sheet"
                )
