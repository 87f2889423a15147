"""Rows as of then: facts that never change from the tables, what changed from the journal, and null where neither knows.

Nothing is folded from the beginning of the journal. The tables say which things can have stood at a moment (when they began
and ended is a fact of them), the index over subjects gives their entries, and following those gives their state: a jump
costs what stood then, not how old the installation is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from chengyun.alerts.models import Alert, Incident
from chengyun.cases import catalogues
from chengyun.cases.models import Case, Step, WorkflowVersion
from chengyun.kernel import scope, sql
from chengyun.kernel.models import JournalEntry
from chengyun.live.tape import journal
from chengyun.live.tape.following import Said, State, follow
from chengyun.people.models import HandOver, Shift
from chengyun.posture.models import Approval, Declaration, DeclaredResponse, OfficialWarning, Proposal

# A table's time is taken when its transaction begins, the entry's a little later: what ended so lately may yet have stood.
_SLACK = timedelta(minutes=1)


def candidates(at: datetime, viewer: scope.Scope) -> set[str]:
    """What can have stood at a moment within a viewer's areas and classes: all that did, and a little more.

    Of cases everybody's, because one may be the viewer's by a post of theirs.
    """
    ended = at - _SLACK
    asked: tuple[tuple[str, Any, Q], ...] = (
        ("alert", Alert, Q(opened_at__lte=at) & (Q(closed_at=None) | Q(closed_at__gt=ended))),
        ("incident", Incident, Q(opened_at__lte=at) & (Q(closed_at=None) | Q(closed_at__gt=ended))),
        ("case", Case, Q(reported_at__lte=at) & (Q(closed_at=None) | Q(closed_at__gt=ended))),
        ("proposal", Proposal, Q(proposed_at__lte=at) & (Q(closed_at=None) | Q(closed_at__gt=ended))),
        ("declaration", Declaration, Q(since__lte=at) & (Q(ended_at=None) | Q(ended_at__gt=ended))),
        ("approval", Approval, Q(recorded_at__lte=at) & (Q(settled_at=None) | Q(settled_at__gt=ended))),
        ("warning", OfficialWarning, Q(received_at__lte=at) & (Q(lifted_at=None) | Q(lifted_at__gt=ended))),
        ("response", DeclaredResponse, Q(recorded_at__lte=at)),
        ("shift", Shift, Q(opened_at__lte=at) & (Q(closed_at=None) | Q(closed_at__gt=ended))),
    )  # fmt: skip
    found: set[str] = set()
    for kind, model, where in asked:
        rows = model.objects.all() if kind == "case" else model.objects.visible_to(viewer)
        found |= _named(kind, rows.filter(where).order_by().values_list("pk", flat=True))
    return found


def state_at(upto: int, subjects: Iterable[str]) -> State:
    """What the journal says of these subjects, and of what they are linked with, up to a number."""
    state: State = {}
    joining = joining_verbs()
    for said in journal.about(linked(set(subjects)), upto):
        follow(state, said, joining=joining)
    return state


def joining_verbs() -> frozenset[str]:
    """The verbs, of any workflow there ever was, whose post is a co-handler's."""
    found = set()
    for pk, digest in WorkflowVersion.objects.values_list("pk", "digest"):
        verbs = catalogues.workflow(pk, digest).verbs
        found |= {code for code, verb in verbs.items() if "add_co" in verb.effects}
    return frozenset(found)


def named_in(entries: Iterable[Said]) -> set[str]:
    """The subjects whose rows some entries may change."""
    found = set()
    for said in entries:
        found.add(said.subject)
        if said.kind.startswith("alert."):
            numbers = (said.payload.get("incident"), said.payload.get("before"))
            found |= {f"incident:{n}" for n in numbers if isinstance(n, int)}
        elif said.kind.startswith("case.") and said.payload.get("other"):
            found.add(f"case:{said.payload['other']}")
        elif said.kind.startswith("posture."):
            for key in ("proposal", "declaration", "approval"):
                if isinstance(said.payload.get(key), int):
                    found.add(f"{key}:{said.payload[key]}")
        elif said.kind == "shift.handed_over":
            found.add(f"shift:{said.payload['to']}")
    return found


def counting(subjects: set[str]) -> set[str]:
    """The subjects, and what shows something of them: the incident an alert is in, what hangs together in the posture."""
    return _posture(subjects | _links("alert", subjects, [("incident", Alert, "incident_id", "pk")]))


def linked(subjects: set[str]) -> set[str]:
    """The subjects, and those whose entries say something of them too: an incident's alerts, a declaration's proposal ..."""
    found = set(subjects)
    found |= _links("alert", found, [("incident", Alert, "incident_id", "pk")])
    incidents = _numbers("incident", found)
    if incidents:
        for part in sql.parts(incidents):
            found |= _named("alert", Alert.objects.filter(incident_id__in=part).values_list("pk", flat=True))
        # Moved to another incident since: few ever are, and only the journal knows from where.
        moved = JournalEntry.objects.filter(kind="alert.regrouped")
        found |= set(moved.values_list("subject", flat=True))
    found |= _links(
        "case", found, [("case", Case, "pk", "merged_into_id"), ("case", Case, "merged_into_id", "pk")]
    )
    if _numbers("case", found):
        found |= _named(
            "case", Step.objects.filter(verb="unmerge").order_by().values_list("case_id", flat=True)
        )
    found |= _links("shift", found, [("shift", HandOver, "shift_out_id", "shift_in_id")])
    return _posture(found)


def _posture(subjects: set[str]) -> set[str]:
    """The subjects, and every proposal, declaration and spoken decision that hangs together with one of them."""
    found = set(subjects)
    before: set[str] = set()
    while before != found:
        before = set(found)
        found |= _links("proposal", found, [
            ("approval", Approval, "pk", "proposal_id"), ("declaration", Declaration, "pk", "proposal_id"),
        ])  # fmt: skip
        found |= _links("declaration", found, [
            ("declaration", Declaration, "pk", "follows_id"), ("declaration", Declaration, "follows_id", "pk"),
        ])  # fmt: skip
        found |= _links("approval", found, [
            ("proposal", Approval, "proposal_id", "pk"), ("declaration", Approval, "declaration_id", "pk"),
        ])  # fmt: skip
    return found


def _links(kind: str, subjects: set[str], ways: list[tuple[str, Any, str, str]]) -> set[str]:
    """Per way (kind found, table, its column, by which column): what stands beside the subjects of a kind."""
    numbers = _numbers(kind, subjects)
    found: set[str] = set()
    for other, model, column, by in ways:
        for part in sql.parts(numbers):
            found |= _named(
                other, model.objects.filter(**{f"{by}__in": part}).order_by().values_list(column, flat=True)
            )
    return found


def _named(kind: str, numbers: Iterable[int | None]) -> set[str]:
    return {f"{kind}:{number}" for number in numbers if number is not None}


def _numbers(kind: str, subjects: Iterable[str]) -> list[int]:
    head = f"{kind}:"
    return sorted(int(subject[len(head) :]) for subject in subjects if subject.startswith(head))
