"""What waits for a person, counted the same way as the lists that it opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast

from django.db.models import Count, Min, Q

from chengyun.alerts import queries as alerts
from chengyun.alerts.models import Alert
from chengyun.cases import queries as cases
from chengyun.kernel import scope
from chengyun.kernel.actor import Actor
from chengyun.live.desk.shapes import QueueAbout, QueueCode, QueueList, QueueOut
from chengyun.messages import queries as messages
from chengyun.posture import queries as posture

UNNOTICED = ("unacknowledged", "cleared")
_ALERTS: Mapping[Literal["to_judge", "to_acknowledge"], Q] = {
    "to_judge": Q(verdict=None),
    "to_acknowledge": Q(state__in=UNNOTICED),
}


class _Kind(NamedTuple):
    zh: str
    en: str
    about: QueueAbout
    list: QueueList
    query: dict[str, str]


_KINDS: Mapping[QueueCode, _Kind] = {
    "to_judge": _Kind("待研判", "To judge", "alert", "/api/alerts", {"queue": "to_judge"}),
    "to_acknowledge": _Kind("待确认", "To acknowledge", "alert", "/api/alerts", {"queue": "to_acknowledge"}),
    **{
        cast(QueueCode, code): _Kind(zh, en, "case", "/api/cases", {"queue": code})
        for code, (zh, en) in cases.QUEUES.items()
    },
    "messages_unanswered": _Kind(
        "待阅消息", "Messages unread", "message", "/api/messages/inbox", {"waiting": "true"}
    ),
    "proposals_undecided": _Kind(
        "待决模式建议", "Proposals undecided", "proposal", "/api/posture/proposals", {"open": "true"}
    ),
    "warnings_undecided": _Kind(
        "待决预警信号", "Warnings undecided", "warning", "/api/posture/warnings", {"open": "true"}
    ),
    "approvals_to_countersign": _Kind(
        "待补签", "To countersign", "approval", "/api/posture/approvals", {"open": "true"}
    ),
}


def queue(code: QueueCode, count: int | None, oldest: datetime | None) -> QueueOut:
    return QueueOut(code=code, count=count, oldest=oldest, **_KINDS[code]._asdict())


def queues(viewer: Any, actor: Actor) -> list[QueueOut]:
    """Every queue, also the empty ones: that nothing waits is something to know."""
    seen = scope.of(viewer)
    return [*_of_alerts(seen), *of_cases(cases.waiting(viewer)), *_of_decisions(seen, actor)]


def _of_alerts(viewer: Any) -> Iterator[QueueOut]:
    rows = alerts.waiting_for_somebody(Alert.objects.visible_to(viewer))
    wanted: dict[str, Any] = {}
    for code, where in _ALERTS.items():
        wanted[code] = Count("pk", filter=where)
        wanted[f"{code}_at"] = Min("opened_at", filter=where)
    found = rows.order_by().aggregate(**wanted)
    for code in _ALERTS:
        yield queue(code, found[code], found[f"{code}_at"])


def of_cases(waiting: Mapping[str, cases.Waiting]) -> Iterator[QueueOut]:
    for code, row in waiting.items():
        yield queue(cast(QueueCode, code), row.count, row.oldest)


def _of_decisions(viewer: Any, actor: Actor) -> Iterator[QueueOut]:
    """What nobody has answered yet: messages to one's own post, proposals, official warnings, spoken approvals."""
    wanted: tuple[tuple[QueueCode, Any, str], ...] = (
        ("messages_unanswered", messages.inbox(actor, waiting=True), "created_at"),
        ("proposals_undecided", posture.proposals(viewer, open_only=True), "proposed_at"),
        ("warnings_undecided", posture.warnings(viewer, open_only=True), "received_at"),
        ("approvals_to_countersign", posture.approvals(viewer, open_only=True), "recorded_at"),
    )
    for code, rows, since in wanted:
        found = rows.order_by().aggregate(n=Count("pk"), at=Min(since))
        yield queue(code, found["n"], found["at"])
