"""Reads of cases, narrowed to what a viewer may see."""

from chengyun.cases.queries.details import condition_out, detail
from chengyun.cases.queries.evaluation import Rate, departments
from chengyun.cases.queries.like import like
from chengyun.cases.queries.lists import (
    board,
    cases,
    clocks,
    evidence_file,
    kind_of,
    kinds,
    state_label,
    summary,
    visible_case,
)
from chengyun.cases.queries.promises import faults, figures, holder_times, orphans, why_due
from chengyun.cases.queries.queues import QUEUES, Waiting, in_queue, waiting

__all__ = [
    "QUEUES",
    "Rate",
    "Waiting",
    "board",
    "cases",
    "clocks",
    "condition_out",
    "departments",
    "detail",
    "evidence_file",
    "faults",
    "figures",
    "holder_times",
    "in_queue",
    "kind_of",
    "kinds",
    "like",
    "orphans",
    "state_label",
    "summary",
    "visible_case",
    "waiting",
    "why_due",
]
