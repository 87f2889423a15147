"""Reads of cases, narrowed to what a viewer may see."""

from chengyun.cases.queries.evaluation import Rate, departments
from chengyun.cases.queries.lists import (
    board,
    cases,
    clocks,
    detail,
    evidence_file,
    kind_of,
    kinds,
    state_label,
    summary,
    texts,
    visible_case,
)
from chengyun.cases.queries.promises import faults, figures, holder_times, orphans, why_due

__all__ = [
    "Rate",
    "board",
    "cases",
    "clocks",
    "departments",
    "detail",
    "evidence_file",
    "faults",
    "figures",
    "holder_times",
    "kind_of",
    "kinds",
    "orphans",
    "state_label",
    "summary",
    "texts",
    "visible_case",
    "why_due",
]
