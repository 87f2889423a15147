"""Cases as a sheet for reports: places, kinds, times and desks; no reporter, no words, nobody's name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chengyun.cases import queries
from chengyun.cases.queries import labels
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import Column, Sheet


def _text(value: Any) -> str:
    return "" if value is None else str(value)


class CaseSheet(Sheet):
    code, title = "cases", T("案件", "Cases")
    columns = (
        Column("id", T("编号", "number"), lambda c: c.pk, 10),
        Column("kind", T("类型编码", "code of the kind"), lambda c: c.kind, 14),
        Column("kind_name", T("类型", "kind"), lambda c: _text(labels.kind(c)), 22),
        Column("condition", T("立案条件", "condition"), lambda c: _text(labels.condition(c)), 30),
        Column("state", T("状态", "state"), lambda c: _text(queries.state_label(c)), 14),
        Column("is_open", T("未结", "open"), lambda c: c.is_open, 8, yes_no=True),
        Column("urgent", T("紧急", "urgent"), lambda c: c.urgent, 8, yes_no=True),
        Column("area", T("区域", "area"), lambda c: c.area.code, 12),
        Column("area_name", T("区域名称", "name of the area"), lambda c: c.area.name_zh, 22),
        Column("source", T("来源", "source"), lambda c: c.source, 12),
        Column("source_ref", T("来源编号", "number at the source"), lambda c: c.source_ref, 16),
        Column(
            "post",
            T("责任岗位", "accountable post"),
            lambda c: c.accountable_post and c.accountable_post.code,
            16,
        ),
        Column("department", T("部门", "department"), lambda c: c.department and c.department.code, 14),
        Column("reported_at", T("上报", "reported"), lambda c: c.reported_at, 20),
        Column("filed_at", T("立案", "filed"), lambda c: c.filed_at, 20),
        Column("dispatched_at", T("派遣", "dispatched"), lambda c: c.dispatched_at, 20),
        Column("settled_at", T("处置", "settled"), lambda c: c.settled_at, 20),
        Column("closed_at", T("结案", "closed"), lambda c: c.closed_at, 20),
        Column("due_at", T("到期", "due"), lambda c: c.due_at, 20),
        Column("reports", T("上报次数", "reports"), lambda c: c.reports, 8),
        Column("returns", T("退回次数", "returns"), lambda c: c.returns, 8),
        Column("reworks", T("返工次数", "reworks"), lambda c: c.reworks, 8),
        Column("reopens", T("重开次数", "reopened"), lambda c: c.reopens, 8),
        Column("incident", T("事件", "incident"), lambda c: c.incident, 10),
        Column("klass", T("密级", "class"), lambda c: c.klass, 10, choices=labels.KLASSES),
    )

    def prepare(self, rows: Any) -> Iterable[Any]:
        wanted = rows.select_related("area", "accountable_post", "department", "workflow")
        return wanted.defer("area__geometry", "workflow__body").iterator(chunk_size=1000)
