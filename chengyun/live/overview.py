"""One look at the district: people present, mode and level, open alerts and cases, clocks, what just happened.

Every number comes with its age; what is not known is None, never zero.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chengyun.alerts.models import Alert, Incident, Rule
from chengyun.cases import queries as cases
from chengyun.district import queries as district
from chengyun.district.models import Area
from chengyun.kernel import clock
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry
from chengyun.live.story import MODES, NUMERALS, QUIET, tell
from chengyun.posture import queries as posture
from chengyun.signals import totals as signals

PEOPLE = "people_present"


def overview(viewer: Any, *, rows: int = 50, story_after: int | None = None) -> dict[str, Any]:
    """What `viewer` (a user or a Scope) may see now. `story_after` is the last journal entry that was shown before."""
    now = clock.now()
    root = district.root()
    standing = posture.current(root)
    alerts = Alert.objects.visible_to(viewer).exclude(state="closed")
    shown = alerts.filter(shelved_until=None, suppressed_by=None, out_of_service=False)
    board = cases.board(viewer, limit=rows)
    return {
        "now": now,
        "place": str(T(root.name_zh, root.name_en)),
        "people": people_present(viewer),
        "mode": standing.mode,
        "mode_label": posture_label(standing.mode),
        "level": standing.level,
        "proposal": _proposal(viewer),
        "alerts": [
            _alert(row)
            for row in shown.select_related("rule", "area")
            .defer("area__geometry")
            .order_by("level", "-id")[:rows]
        ],
        "alert_count": shown.count(),
        "alerts_hidden": alerts.count() - shown.count(),
        "incident_count": Incident.objects.visible_to(viewer).filter(state="open").count(),
        "cases": board["cases"],
        "case_count": board["open"],
        "case_counts": board["by_state"],
        "story": _story(viewer, story_after),
    }


def posture_label(mode: str) -> str:
    return str(MODES.get(mode, mode))


def people_present(viewer: Any, at: datetime | None = None) -> dict[str, Any]:
    """The total of the area whose rule proposes a posture, with its coverage and the lowest limit in force now; without
    such a rule the whole district's, and no limit. `at`: as it stood then. Not known to whoever may not see that area."""
    code, limit = watched_total()
    now = at or clock.now()
    area = district.area(code) if code else district.root()
    if not Area.objects.visible_to(viewer).filter(pk=area.pk).exists():
        return {"value": None, "lower_bound": True, "with_data": 0, "of": 0, "at": None, "limit": None}
    total = signals.total(area, PEOPLE, at)
    known = total.known > 0
    return {
        "value": total.value if known else None,
        "lower_bound": not total.complete,
        "with_data": total.known,
        "of": total.of,
        "at": datetime.fromtimestamp(now.timestamp() - total.oldest_age_s, UTC)
        if known and total.oldest_age_s is not None
        else None,
        "limit": limit,
    }


def watched_total() -> tuple[str | None, float | None]:
    """Area code and limit of the rule that watches people present and proposes a posture."""
    for body in Rule.objects.filter(retired=False, current__isnull=False).values_list(
        "current__body", flat=True
    ):
        over = body.get("over") or {}
        if body.get("when") == "total" and body.get("proposes") and body["select"].get("quantity") == PEOPLE:
            rung = min(body["levels"].items())[1]
            return over.get("area"), float(rung["set"] if isinstance(rung, dict) else rung)
    return None, None


def _proposal(viewer: Any) -> str:
    row = posture.proposals(viewer, open_only=True).order_by("level", "-id").first()
    if row is None:
        return ""
    return f"{posture_label(row.mode)} {NUMERALS.get(row.level or 0, '')}".strip()


def _alert(row: Alert) -> dict[str, Any]:
    return {
        "id": row.id,
        "level": row.level,
        "title": str(T(row.rule.name_zh, row.rule.name_en)),
        "subject": row.subject,
        "place": str(T(row.area.name_zh, row.area.name_en)),
        "state": row.state,
        "state_label": row.get_state_display(),
        "unacknowledged": row.state in ("unacknowledged", "cleared"),
        "since": row.since,
        "incident": row.incident_id,
    }


def _story(viewer: Any, after: int | None) -> list[dict[str, Any]]:
    entries = JournalEntry.objects.visible_to(viewer)
    for prefix in QUIET:
        entries = entries.exclude(kind__startswith=prefix)
    if after is None:
        chosen = list(reversed(entries.order_by("-id")[:12]))
    else:
        chosen = list(entries.filter(id__gt=after).order_by("id")[:200])
    return [{"id": entry.id, "at": entry.at, "text": tell(entry)} for entry in chosen]
