"""What waits for a person, counted the same way as the lists that it opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, cast

from django.db.models import Count, Min, Q

from chengyun.alerts import queries as alerts
from chengyun.alerts.models import Alert
from chengyun.cases import queries as cases
from chengyun.kernel import scope
from chengyun.kernel.actor import Actor
from chengyun.live.desk.shapes import QueueCode, QueueOut
from chengyun.messages import queries as messages
from chengyun.posture import queries as posture

_ALERTS: Mapping[Literal["to_judge", "to_acknowledge"], tuple[Q, str, str]] = {
    "to_judge": (Q(verdict=None), "待研判", "To judge"),
    "to_acknowledge": (Q(state__in=("unacknowledged", "cleared")), "待确认", "To acknowledge"),
}


def queues(viewer: Any, actor: Actor) -> list[QueueOut]:
    """Every queue, also the empty ones: that nothing waits is something to know."""
    seen = scope.of(viewer)
    return [*_of_alerts(seen), *_of_cases(viewer), *_of_decisions(seen, actor)]


def _of_alerts(viewer: Any) -> Iterator[QueueOut]:
    rows = alerts.waiting_for_somebody(Alert.objects.visible_to(viewer))
    wanted: dict[str, Any] = {}
    for code, (where, _, _) in _ALERTS.items():
        wanted[code] = Count("pk", filter=where)
        wanted[f"{code}_at"] = Min("opened_at", filter=where)
    found = rows.order_by().aggregate(**wanted)
    for code, (_, zh, en) in _ALERTS.items():
        yield QueueOut(
            code=code,
            zh=zh,
            en=en,
            about="alert",
            count=found[code],
            oldest=found[f"{code}_at"],
            list="/api/alerts",
            query={"queue": code},
        )


def _of_cases(viewer: Any) -> Iterator[QueueOut]:
    for code, row in cases.waiting(viewer).items():
        zh, en = cases.QUEUES[code]
        yield QueueOut(
            code=cast(QueueCode, code),
            zh=zh,
            en=en,
            about="case",
            count=row.count,
            oldest=row.oldest,
            list="/api/cases",
            query={"queue": code},
        )


def _of_decisions(viewer: Any, actor: Actor) -> Iterator[QueueOut]:
    """What nobody has answered yet: messages to one's own post, proposals, official warnings, spoken approvals."""
    wanted: tuple[tuple[Any, ...], ...] = (
        (
            "messages_unanswered", "待阅消息", "Messages unread", "message",
            messages.inbox(actor, waiting=True), "created_at", "/api/messages/inbox", {"waiting": "true"},
        ),
        (
            "proposals_undecided", "待决模式建议", "Proposals undecided", "proposal",
            posture.proposals(viewer, open_only=True), "proposed_at", "/api/posture/proposals", {"open": "true"},
        ),
        (
            "warnings_undecided", "待决预警信号", "Warnings undecided", "warning",
            posture.warnings(viewer, open_only=True), "received_at", "/api/posture/warnings", {"open": "true"},
        ),
        (
            "approvals_to_countersign", "待补签", "To countersign", "approval",
            posture.approvals(viewer, open_only=True), "recorded_at", "/api/posture/approvals", {"open": "true"},
        ),
    )  # fmt: skip
    for code, zh, en, about, rows, since, where, query in wanted:
        count, oldest = _counted(rows, since)
        yield QueueOut(
            code=code, zh=zh, en=en, about=about, count=count, oldest=oldest, list=where, query=query
        )


def _counted(rows: Any, since: str) -> tuple[int, datetime | None]:
    found = rows.order_by().aggregate(n=Count("pk"), at=Min(since))
    return found["n"], found["at"]
