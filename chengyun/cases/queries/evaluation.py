"""Figures of departments, each with numerator and denominator. There is no figure of a person, here or anywhere.

Working definitions, after domain facts 1.6: what should have been settled in a period (应处置数) is the cases whose limit
falls due in it and that are not void, declined, merged, transferred or suspended; what was closed (结案数) is the cases
closed in it. A rate whose denominator is 0 is None, not 100 %.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from chengyun.cases.models import Case, Clock
from chengyun.cases.queries.lists import cases

OUT = ("void", "declined", "merged", "transferred", "suspended")


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it is made of."""

    code: str
    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        return round(self.numerator / self.denominator, 4) if self.denominator else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value,
        }


def departments(user: Any, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """On-time, rework, return, extension and reopened rates by department, of what the viewer may see."""
    seen = cases(user).order_by().values("pk")
    clocks = (
        Clock.objects.filter(
            case_id__in=seen,
            overall=True,
            case__department__isnull=False,
            due_at__gte=since,
            due_at__lt=until,
        )
        .exclude(case__state__in=OUT)
        .order_by()
    )
    due = _by_department(clocks, all=Q(), settled=Q(case__settled_at__isnull=False), on_time=_on_time())
    closed = cases(user).filter(
        closed_at__gte=since, closed_at__lt=until, is_open=False, department__isnull=False
    )
    ended = _cases_by_department(closed.exclude(state__in=OUT).order_by())
    rows = []
    for code in sorted(set(due) | set(ended)):
        d, e = due.get(code, {}), ended.get(code, {})
        should, done = d.get("all", 0), e.get("all", 0)
        rates = [
            Rate("settled", d.get("settled", 0), should),
            Rate("on_time", d.get("on_time", 0), should),
            Rate("rework", e.get("rework", 0), done),
            Rate("reopened", e.get("reopened", 0), done),
            Rate("returned", e.get("returned", 0), done),
            Rate("extended", e.get("extended", 0), done),
        ]
        rows.append({"department": code, "rates": [rate.as_dict() for rate in rates]})
    return rows


def _on_time() -> Q:
    return Q(case__settled_at__isnull=False) & (Q(breached_at=None) | Q(exempt=True))


def _by_department(rows: QuerySet[Clock], **wanted: Q) -> dict[str, dict[str, int]]:
    counts = {name: Count("id", filter=where or None) for name, where in wanted.items()}
    grouped: Iterable[dict[str, Any]] = rows.values(code=F("case__department__code")).annotate(**counts)
    return {row["code"]: {name: row[name] for name in wanted} for row in grouped}


def _cases_by_department(rows: QuerySet[Case]) -> dict[str, dict[str, int]]:
    wanted = {
        "all": Q(),
        "rework": Q(reworks__gt=0),
        "reopened": Q(reopens__gt=0),
        "returned": Q(returns__gt=0),
        "extended": Q(extensions__gt=0),
    }
    counts = {name: Count("id", filter=where or None) for name, where in wanted.items()}
    grouped: Iterable[dict[str, Any]] = rows.values(code=F("department__code")).annotate(**counts)
    return {row["code"]: {name: row[name] for name in wanted} for row in grouped}
