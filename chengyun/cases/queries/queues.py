"""Queues of a desk: how many cases wait for what, since when, and the filter that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from chengyun.cases import catalogues
from chengyun.cases.logic.queues import STATE_QUEUES, states_of
from chengyun.cases.models import Case, Clock, Reporter, Step, WorkflowVersion
from chengyun.cases.queries.lists import cases
from chengyun.kernel import clock, registry
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T

# What the desk calls soon (mission: "due within 30 minutes").
SOON = timedelta(minutes=30)
TIMED: Mapping[str, tuple[str, str]] = {
    "due_soon": ("30 分钟内到期", "Due within 30 minutes"),
    "overdue": ("已超时", "Overdue"),
}
QUEUES: Mapping[str, tuple[str, str]] = {code: (q.zh, q.en) for code, q in STATE_QUEUES.items()} | dict(TIMED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """`oldest` is since when the oldest has stood where it is; for the timed queues, the deadline that is nearest or was
    missed first. None where nothing waits."""

    count: int
    oldest: datetime | None


def in_queue(rows: QuerySet[Case], code: str) -> QuerySet[Case]:
    """Those of `rows` that are in a queue. Raises Invalid for one that there is not."""
    if code in STATE_QUEUES:
        return rows.filter(_where(code))
    if code in TIMED:
        return rows.filter(is_open=True, pk__in=_timed(code).values("case_id"))
    raise Invalid(
        "no_queue",
        T(f"没有队列 {code}", f"There is no queue {code}"),
        field="queue",
        hint=T("可用队列见说明。", f"The queues are {', '.join(QUEUES)}."),
    )


def waiting(user: Any) -> dict[str, Waiting]:
    """Every queue of cases for what a viewer may see, in three queries however many there are."""
    seen = cases(user).order_by()
    # When a case came to its state is the time of its last step that changed it: indexed by case, so it is looked up once.
    arrived = Step.objects.filter(case=OuterRef("pk")).exclude(before=F("after")).order_by("-id")
    counts: dict[str, Any] = {}
    for code in STATE_QUEUES:
        counts[code] = Count("pk", filter=_where(code))
        counts[f"{code}_at"] = Min("arrived", filter=_where(code))
    reach = Q(is_open=True) | _where("to_call_back")
    row = seen.filter(reach).annotate(arrived=arrived.values("at")[:1]).aggregate(**counts)
    found = {code: Waiting(row[code], row[f"{code}_at"]) for code in STATE_QUEUES}
    mine = seen.filter(is_open=True).values("pk")
    for code in TIMED:
        timed = (
            _timed(code)
            .filter(case_id__in=mine)
            .aggregate(n=Count("case_id", distinct=True), at=Min("due_at"))
        )
        found[code] = Waiting(timed["n"], timed["at"])
    return found


def _where(code: str) -> Q:
    """The condition of a queue that goes by state."""
    reach = Q(pk=None)
    for states, versions in states_by_version()[code].items():
        reach |= Q(state__in=sorted(states), workflow_id__in=versions)
    if code != "to_call_back":
        return reach & Q(is_open=True)
    # Called back are those who reported, once, while it is known who they are.
    told = Reporter.objects.filter(case=OuterRef("pk"), erased_at=None)
    return reach & Q(satisfied=None) & Q(Exists(told))


def states_by_version() -> dict[str, dict[frozenset[str], list[int]]]:
    """Queue -> states -> the workflow versions in which they are these."""
    return registry.cached(("cases",), "queues", _read_states)


def _read_states() -> dict[str, dict[frozenset[str], list[int]]]:
    found: dict[str, dict[frozenset[str], list[int]]] = {code: {} for code in STATE_QUEUES}
    for pk, digest in WorkflowVersion.objects.order_by("pk").values_list("pk", "digest"):
        flow = catalogues.workflow(pk, digest)
        for code, queue in STATE_QUEUES.items():
            states = states_of(flow, queue)
            if states:
                found[code].setdefault(states, []).append(pk)
    return found


def _timed(code: str) -> QuerySet[Clock]:
    now = clock.now()
    running = Clock.objects.filter(stopped_at=None, exempt=False).order_by()
    if code == "overdue":
        return running.filter(due_at__lte=now)
    return running.filter(due_at__gt=now, due_at__lte=now + SOON)
