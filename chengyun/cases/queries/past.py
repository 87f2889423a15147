"""A case as it stood at a moment: what the journal says of it, and the spans that the tables keep.

What was erased since is erased here too. Which alerts a case had taken over by a merge that was undone since, nobody
knows any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chengyun.cases.logic.following import State, follow
from chengyun.cases.logic.workflow import Workflow
from chengyun.cases.models import Assignment, Case, Clock, Step
from chengyun.cases.queries.lists import workflow_of
from chengyun.cases.queries.spans import Clocks, Stood
from chengyun.kernel import registry
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry
from chengyun.people import directory

_APPEALS = {
    ("asked", None): "open",
    ("first_review", True): "reviewed",
    ("second_review", True): "granted",
}


@dataclass(frozen=True, slots=True)
class Then:
    """`case` is a copy with the fields of then; `merged` the cases that were part of it, `appeals` number -> state."""

    case: Case
    steps: list[Step]
    clocks: list[Stood]
    merged: list[int]
    appeals: dict[int, str]


def as_of(case: Case, at: datetime) -> Then:
    """NotFound for a moment before the case was reported."""
    subject = f"case:{case.pk}"
    entries = list(_entries({subject, *(f"case:{pk}" for pk in _linked(case))}, at))
    joining = frozenset(code for code, verb in workflow_of(case).verbs.items() if "add_co" in verb.effects)
    state: State = {}
    for entry in entries:
        follow(state, entry, joining)
    now = state.get(subject)
    if now is None:
        raise NotFound(
            "not_reported_yet",
            T(f"此时案件 {case.pk} 尚未上报", f"Case {case.pk} had not been reported by then"),
            field="at",
        )
    steps = list(Step.objects.filter(case=case, at__lte=at).select_related("holder").order_by("id"))
    clocks = Clocks([case.pk]).at(case.pk, at, now["noticed"])
    merged = [
        int(name[5:]) for name, row in state.items() if row["merged_into"] == case.pk and name != subject
    ]
    return Then(
        _copy(case, now, steps, clocks, at), steps, clocks, sorted(merged), _appeals(entries, subject)
    )


def _linked(case: Case) -> list[int]:
    """The cases whose reports this one has, or once had, taken over."""
    undone = Step.objects.filter(verb="unmerge").order_by().values_list("case_id", flat=True)
    return [*Case.objects.filter(merged_into=case).values_list("pk", flat=True), *undone]


def _entries(subjects: set[str], at: datetime) -> Any:
    told = ("case.reported", "case.joined", "case.reassigned", "case.notice", "case.moved", "case.appealed")
    return JournalEntry.objects.filter(subject__in=subjects, kind__in=told, at__lte=at).order_by("id")


def _copy(case: Case, now: dict[str, Any], steps: list[Step], clocks: list[Stood], at: datetime) -> Case:
    flow, posts = workflow_of(case), directory.current().by_code
    found = registry.copy_of(case)
    found.state, found.is_open = now["state"], flow.states[now["state"]].open
    found.condition, found.reports, found.returns = now["condition"], now["reports"], now["returns"]
    found.closed_at, found.merged_into_id = now["closed_at"], now["merged_into"]
    found.filed_at, found.settled_at = _milestones(flow, steps)
    found.due_at = next((clock.due_at for clock in reversed(clocks) if clock.row.overall), None)
    found.accountable_post = posts.get(now["post"] or "")
    leads = Assignment.objects.filter(case=case, role="lead", starts_at__lte=at).order_by("starts_at", "id")
    lead = posts.get(leads.values_list("post__code", flat=True).last() or "")
    found.department = lead.department if lead is not None else None
    return found


def _milestones(flow: Workflow, steps: list[Step]) -> tuple[datetime | None, datetime | None]:
    """When it was filed, and when it was settled; what is sent back is not settled any more."""
    filed = settled = None
    for step in steps:
        effects = flow.verbs[step.verb].effects if step.verb in flow.verbs else ()
        if "complete_filing" in effects:
            filed = step.at
        if "settled" in effects or "self_settled" in effects:
            settled = step.at
        elif "rework" in effects or "reopen" in effects:
            settled = None
    return filed, settled


def _appeals(entries: list[JournalEntry], subject: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for entry in entries:
        if entry.subject == subject and entry.kind == "case.appealed":
            said = entry.payload
            found[said["appeal"]] = _APPEALS.get((said["event"], said["granted"]), "refused")
    return found


def clock_then(row: Clock, at: datetime) -> Stood:
    """A clock as it stood. NotFound where it had not been started."""
    notices = JournalEntry.objects.filter(subject=f"case:{row.case_id}", kind="case.notice", at__lte=at)
    noticed = [datetime.fromisoformat(entry.payload["at"]) for entry in notices.order_by("id")]
    found = Clocks([row.case_id]).at(row.case_id, at, noticed)
    for stood in found:
        if stood.row.pk == row.pk:
            return stood
    raise NotFound("no_clock", T("此时该时钟尚未启动", "That clock had not been started by then"), field="at")


def verbs_then(case: Case) -> list[dict[str, Any]]:
    """The verbs that led on from there: none can be done to what has been."""
    return [
        {
            "verb": verb.code,
            "name": str(T(verb.zh, verb.en)),
            "name_zh": verb.zh,
            "name_en": verb.en,
            "direction": verb.direction,
            "allowed": False,
            "code": "replay",
            "reason": str(T("回放中不能操作", "Nothing can be done in a replay")),
            "hint": None,
            "arguments": [],
        }
        for verb in workflow_of(case).verbs_from(case.state)
    ]
