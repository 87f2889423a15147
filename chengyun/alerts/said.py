"""What a shift hands over of alerts, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chengyun.alerts import runtime
from chengyun.alerts.actions import SERVICE_REASONS, SHELVE_REASONS
from chengyun.kernel.i18n import T
from chengyun.people import record_text


def item(row: Mapping[str, Any]) -> str:
    """One item of `queries.paused_at` or `queries.blind_at`."""
    info = runtime.rules().get(row["rule"])
    about = f"{T(info.name_zh, info.name_en) if info else row['rule']}（{row['subject']}）"
    reason = row.get("reason")
    if "until" in row:
        why, until = SHELVE_REASONS.get(str(reason), reason), record_text.moment(row["until"])
        return str(T(f"{about}：暂停至 {until}，{why}", f"{about}: paused until {until}, {why}"))
    since = record_text.moment(row["since"])
    if reason:
        why = SERVICE_REASONS.get(reason, reason)
        return str(T(f"{about}：{since} 起停用，{why}", f"{about}: out of service since {since}, {why}"))
    return str(T(f"{about}：{since} 起", f"{about}: since {since}"))


def outage(row: Mapping[str, Any]) -> str:
    """One item of `queries.outages_at`."""
    since, until = record_text.moment(row["since"]), record_text.moment(row["until"])
    return str(
        T(
            f"{since} 至 {until} 平台未在接收，其间情况不明",
            f"the platform did not listen from {since} to {until}: what happened then is not known",
        )
    )
