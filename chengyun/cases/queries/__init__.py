"""Reads of cases, narrowed to what a viewer may see."""

from chengyun.cases.queries.details import condition_out, detail, detail_then
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
from chengyun.cases.queries.queues_then import waiting_then

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
    "detail_then",
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
    "waiting_then",
    "why_due",
]
