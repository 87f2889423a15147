"""Which processing of personal data is switched on: there is an impact assessment of it that holds now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from chengyun.district.logic.assessments import TOPICS, holds_on
from chengyun.district.models import Assessment
from chengyun.district.queries import places
from chengyun.kernel import clock, registry
from chengyun.kernel.errors import Conflict
from chengyun.kernel.i18n import T


def assessed(topic: str, at: datetime | None = None) -> Assessment | None:
    """The impact assessment that covers a topic at an instant (default now), the one that holds longest; None: it is off.

    ValueError for a topic outside the closed list.
    """
    if topic not in TOPICS:
        raise ValueError(f"{topic!r} is no topic of an impact assessment; there are {', '.join(TOPICS)}")
    rows = registry.cached(("district",), "assessments", _read).get(topic)
    if not rows:
        return None
    moment = at or clock.now()
    found = next((row for row in rows if holds_at(row, moment)), None)
    return None if found is None else registry.copy_of(found)


def holds_at(row: Assessment, moment: datetime) -> bool:
    """Whether a record holds at an instant: within its days, and not yet revoked."""
    revoked = row.revoked_at is not None and row.revoked_at <= moment
    return not revoked and holds_on(places.day_of(moment), row.valid_from, row.valid_to)


def require_assessed(topic: str) -> Assessment:
    """The assessment that covers a topic now. Raises `Conflict`, which says what to do, where there is none."""
    found = assessed(topic)
    if found is None:
        label = TOPICS[topic]
        raise Conflict(
            "not_assessed",
            T(
                f"“{label}”尚无有效的个人信息保护影响评估，功能关闭",
                f"Switched off: no valid impact assessment covers {topic}",
            ),
            hint=T(
                "请先完成评估，再由管理员登记（管理后台“个人信息保护影响评估”）。",
                "Have it assessed, then let an administrator record it (admin: impact assessments).",
            ),
        )
    return found


def assessments(user: Any) -> QuerySet[Assessment]:
    """The records, for everybody with a role: whom it concerns may know what was assessed."""
    rows: QuerySet[Assessment] = Assessment.objects.visible_to(user)
    return rows.order_by("-id")


def switches() -> list[dict[str, Any]]:
    """Each topic, whether it is on now, and by which record until when."""
    rows = []
    for topic, label in TOPICS.items():
        found = assessed(topic)
        by = {"code": found.code, "valid_to": found.valid_to} if found else {"code": None, "valid_to": None}
        rows.append({"topic": topic, "label": str(label), "on": found is not None, **by})
    return rows


def _read() -> dict[str, tuple[Assessment, ...]]:
    """Records by topic, the one that holds longest first. Revoked ones too: what was, is asked for as it was."""
    found: dict[str, list[Assessment]] = {}
    for row in Assessment.objects.order_by("-valid_to", "id"):
        found.setdefault(row.topic, []).append(row)
    return {topic: tuple(rows) for topic, rows in found.items()}
