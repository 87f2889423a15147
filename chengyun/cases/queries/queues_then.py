"""The same queues as they were at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from chengyun.cases import catalogues
from chengyun.cases.logic.queues import STATE_QUEUES
from chengyun.cases.models import Case, Reporter, Step
from chengyun.cases.queries.lists import cases
from chengyun.cases.queries.queues import SOON, TIMED, Waiting, states_by_version
from chengyun.cases.queries.spans import Clocks
from chengyun.kernel import sql

_CALL_BACK = "to_call_back"


def waiting_then(user: Any, standing: Mapping[int, Mapping[str, Any]], at: datetime) -> dict[str, Waiting]:
    """`standing`: what the journal says (logic/following.py) of the cases that were open then and that the viewer sees."""
    found: dict[str, list[datetime]] = {code: [] for code in STATE_QUEUES}
    for number, version, arrived in _arrived(list(standing), at):
        for code in STATE_QUEUES:
            if code != _CALL_BACK and standing[number]["state"] in _states(code, version):
                found[code].append(arrived)
    found[_CALL_BACK] = list(_to_call_back(user, at))
    queues = {code: Waiting(len(moments), min(moments, default=None)) for code, moments in found.items()}
    return queues | _timed(standing, at)


def _states(code: str, version: int) -> frozenset[str]:
    return next(
        (states for states, versions in states_by_version()[code].items() if version in versions), frozenset()
    )


def _arrived(numbers: list[int], at: datetime) -> Iterator[tuple[int, int, datetime]]:
    """(case, its workflow version, when it came to its state) of cases."""
    for part in sql.parts(numbers):
        versions = dict(Case.objects.filter(pk__in=part).values_list("pk", "workflow_id"))
        steps = Step.objects.filter(case_id__in=part, at__lte=at).exclude(before=F("after"))
        last = dict(steps.order_by("id").values_list("case_id", "at"))
        yield from ((number, versions[number], last[number]) for number in part if number in last)


def _to_call_back(user: Any, at: datetime) -> Iterator[datetime]:
    """Closed then, by somebody who was known then, and not called back yet."""
    known = Reporter.objects.filter(at__lte=at).filter(Q(erased_at=None) | Q(erased_at__gt=at))
    # What is open now and was never opened again has not been closed; of all others only their steps tell.
    rows = cases(user).filter(pk__in=known.values("case_id")).exclude(is_open=True, reopens=0).order_by("pk")
    for part in sql.parts(list(rows.values_list("pk", flat=True))):
        flows = {pk: (version, digest) for pk, version, digest in Case.objects.filter(pk__in=part).values_list(
            "pk", "workflow_id", "workflow__digest"
        )}  # fmt: skip
        arrived: dict[int, tuple[str, datetime]] = {}
        told: set[int] = set()
        steps = Step.objects.filter(case_id__in=part, at__lte=at).order_by("id")
        for number, verb, before, after, moment in steps.values_list(
            "case_id", "verb", "before", "after", "at"
        ):
            known_verb = catalogues.workflow(*flows[number]).verbs.get(verb)
            effects = known_verb.effects if known_verb else ()
            if "called_back" in effects:
                told.add(number)
            elif "reopen" in effects:
                told.discard(number)
            if before != after:
                arrived[number] = (after, moment)
        for number, (state, moment) in arrived.items():
            if number not in told and state in _states(_CALL_BACK, flows[number][0]):
                yield moment


def _timed(standing: Mapping[int, Mapping[str, Any]], at: datetime) -> dict[str, Waiting]:
    clocks = Clocks(list(standing))
    found: dict[str, dict[int, datetime]] = {code: {} for code in TIMED}
    for number, said in standing.items():
        for clock in clocks.at(number, at, said["noticed"]):
            if not clock.runs or clock.exempt or clock.due_at is None or clock.due_at > at + SOON:
                continue
            due = found["overdue" if clock.due_at <= at else "due_soon"]
            due[number] = min(clock.due_at, due.get(number, clock.due_at))
    return {code: Waiting(len(due), min(due.values(), default=None)) for code, due in found.items()}
