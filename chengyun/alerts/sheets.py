"""Rules and alerts as sheets, to read: rules are edited on their page, alerts by those who judge them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chengyun.alerts.models import STATES, VERDICTS, Rule
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import Column, Sheet

HIDDEN = {
    "shelved": T("已暂停", "shelved"),
    "suppressed": T("被抑制", "suppressed"),
    "out_of_service": T("停用", "out of service"),
}
KLASSES = {"open": T("公开", "open"), "sensitive": T("敏感", "sensitive")}
WHEN = {
    "threshold": T("超过阈值", "over a threshold"),
    "rate": T("变化过快", "changes fast"),
    "count": T("次数过多", "happens often"),
    "k_of_n": T("多处同时", "in several places"),
    "total": T("合计超过阈值", "a total over a threshold"),
    "absence": T("无数据", "no data"),
    "external": T("外部来源提出", "raised by its source"),
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a rule, as its latest version says."""

    rule: Rule
    body: dict[str, Any]
    level: str
    says: dict[str, Any]


class RuleSheet(Sheet):
    """A line for each level of each rule in force."""

    code, title = "rules", T("报警规则参数", "Parameters of rules")
    columns = (
        Column("code", T("编码", "code"), lambda r: r.rule.code, 26),
        Column("name_zh", T("中文名", "Chinese name"), lambda r: r.rule.name_zh, 28),
        Column("name_en", T("英文名", "English name"), lambda r: r.rule.name_en, 30),
        Column("when", T("判断方式", "when"), lambda r: r.body.get("when"), 18, choices=WHEN),
        Column(
            "quantity", T("物理量", "quantity"), lambda r: (r.body.get("select") or {}).get("quantity"), 20
        ),
        Column("over", T("范围", "over"), lambda r: "".join((r.body.get("over") or {}).values()), 14),
        Column("level", T("级别", "level"), lambda r: r.level, 8),
        Column("set", T("触发值", "set"), lambda r: r.says.get("set"), 12),
        Column("clear", T("恢复值", "clear"), lambda r: r.says.get("clear"), 12),
        Column("for", T("持续", "for"), lambda r: r.says.get("for", r.body.get("for")), 10),
        Column("keep", T("恢复持续", "keep"), lambda r: r.says.get("keep", r.body.get("keep")), 10),
        Column("hysteresis", T("回差", "hysteresis"), lambda r: r.body.get("hysteresis"), 10),
        Column("enabled", T("启用", "enabled"), lambda r: not r.rule.retired, 8, yes_no=True),
        Column(
            "version", T("版本", "version"), lambda r: r.rule.current.number if r.rule.current else None, 8
        ),
        Column(
            "suggested", T("建议值", "suggested"), lambda r: r.body.get("suggested", True), 10, yes_no=True
        ),
    )

    def prepare(self, rows: Any) -> Iterable[Any]:
        return rows.select_related("current")

    def lines(self, row: Rule) -> Iterable[Rung]:
        body = row.current.body if row.current else {}
        levels = body.get("levels") or {"": {}}
        if isinstance(levels, list):
            levels = {level: {} for level in levels}
        for level, says in sorted(levels.items(), key=lambda item: str(item[0])):
            yield Rung(row, body, str(level), says if isinstance(says, dict) else {"set": says})


class AlertSheet(Sheet):
    code, title = "alerts", T("报警", "Alerts")
    columns = (
        Column("id", T("编号", "number"), lambda a: a.pk, 10),
        Column("level", T("级别", "level"), lambda a: a.level, 8),
        Column("peak", T("最高级别", "highest level"), lambda a: a.peak, 8),
        Column("rule", T("规则", "rule"), lambda a: a.rule.code, 26),
        Column("name_zh", T("中文名", "Chinese name"), lambda a: a.rule.name_zh, 28),
        Column("name_en", T("英文名", "English name"), lambda a: a.rule.name_en, 30),
        Column("subject", T("判断对象", "subject"), lambda a: a.subject, 24),
        Column("area", T("区域", "area"), lambda a: a.area.code, 12),
        Column("area_name", T("区域名称", "name of the area"), lambda a: a.area.name_zh, 22),
        Column("state", T("状态", "state"), lambda a: a.state, 14, choices=dict(STATES)),
        Column("hidden", T("未显示", "not shown"), lambda a: a.hidden, 12, choices=HIDDEN),
        Column("verdict", T("研判", "verdict"), lambda a: a.verdict, 12, choices=dict(VERDICTS)),
        Column("opened_at", T("产生", "opened"), lambda a: a.opened_at, 20),
        Column("acknowledged_at", T("确认", "acknowledged"), lambda a: a.acknowledged_at, 20),
        Column("cleared_at", T("恢复", "cleared"), lambda a: a.cleared_at, 20),
        Column("closed_at", T("结束", "closed"), lambda a: a.closed_at, 20),
        Column("count", T("次数", "times"), lambda a: a.count, 8),
        Column("klass", T("密级", "class"), lambda a: a.klass, 10, choices=KLASSES),
    )

    def prepare(self, rows: Any) -> Iterable[Any]:
        return rows.select_related("rule", "area").defer("area__geometry").iterator(chunk_size=1000)
