"""What a shift hands over of cases: open ones, overdue ones, orders (督办, 领导交办). Codes and moments, no text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.cases.models import Case, Clock, Supervision
from chengyun.district.models import Area


def _open(path: str) -> Any:
    return Case.objects.filter(is_open=True, area__path__startswith=path)


def open_cases(area: Area, at: datetime) -> list[dict[str, Any]]:
    """Every open case of the area, with who answers for it and when it is due."""
    rows = (
        _open(area.path).order_by("id").values_list("id", "kind", "state", "accountable_post__code", "due_at")
    )
    return [
        {"case": pk, "kind": kind, "state": state, "post": post, "due": due.isoformat() if due else None}
        for pk, kind, state, post, due in rows
    ]


def overdue(area: Area, at: datetime) -> list[dict[str, Any]]:
    """Clocks that have run out and still run."""
    rows = (
        Clock.objects.filter(stopped_at=None, due_at__lte=at, case__in=_open(area.path))
        .order_by("due_at", "id")
        .values_list("case_id", "name", "due_at", "case__accountable_post__code")
    )
    return [{"case": pk, "clock": name, "due": due.isoformat(), "post": post} for pk, name, due, post in rows]


def orders(area: Area, at: datetime) -> list[dict[str, Any]]:
    """Supervisions that have not been ended, and open cases that a leader assigned."""
    found: list[dict[str, Any]] = [
        {"supervision": pk, "case": case, "level": level, "state": state, "reply_by": by.isoformat()}
        for pk, case, level, state, by in Supervision.objects.filter(case__area__path__startswith=area.path)
        .exclude(state="ended")
        .order_by("id")
        .values_list("id", "case_id", "level", "state", "reply_by")
    ]
    assigned = _open(area.path).filter(source="leader").order_by("id").values_list("id", "state")
    return found + [{"case": pk, "state": state, "source": "leader"} for pk, state in assigned]
