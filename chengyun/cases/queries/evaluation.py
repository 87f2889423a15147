"""Figures of departments, each with numerator and denominator. There is no figure of a person, here or anywhere.

Working definitions, after domain facts 1.6: what should have been settled in a period (应处置数) is the cases whose limit
falls due in it and that are not void, declined, merged, transferred or suspended; what was closed (结案数) is the cases
closed in it. A rate whose denominator is 0 is None, not 100 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from chengyun.cases.models import Case, Clock
from chengyun.cases.queries.lists import cases
from chengyun.people.models import Department

OUT = ("void", "declined", "merged", "transferred", "suspended")


# Of each rate: its name, and what is counted above and below the line.
_DUE, _ENDED = ("应处置数", "due in the period"), ("结案数", "closed in the period")
WORDS: Mapping[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "settled": (("处置率", "Settled"), ("已处置数", "of these settled"), _DUE),
    "on_time": (("按期处置率", "On time"), ("按期处置数", "of these settled in time"), _DUE),
    "rework": (("返工率", "Rework"), ("返工数", "of these reworked"), _ENDED),
    "reopened": (("重开率", "Reopened"), ("重新打开数", "of these reopened"), _ENDED),
    "returned": (("退回率", "Returned"), ("退回数", "of these returned"), _ENDED),
    "extended": (("延期率", "Extended"), ("延期数", "of these extended"), _ENDED),
}


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
        label, above, below = WORDS[self.code]
        return {
            "code": self.code,
            "label_zh": label[0],
            "label_en": label[1],
            "numerator": self.numerator,
            "numerator_zh": above[0],
            "numerator_en": above[1],
            "denominator": self.denominator,
            "denominator_zh": below[0],
            "denominator_en": below[1],
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
    names = {
        row.code: (row.name_zh, row.name_en) for row in Department.objects.filter(code__in={*due, *ended})
    }
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
        zh, en = names[code]
        rates_out = [rate.as_dict() for rate in rates]
        rows.append({"department": code, "name_zh": zh, "name_en": en, "rates": rates_out})
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
