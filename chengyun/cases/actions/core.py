"""What all verbs share: the case locked, what it is judged by, and what is written at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chengyun.cases import catalogues, store
from chengyun.cases.desks import Desk
from chengyun.cases.logic.catalogue import Catalogue, ConditionSpec, KindSpec
from chengyun.cases.logic.guards import Refusal
from chengyun.cases.logic.workflow import Decision, Workflow
from chengyun.cases.models import Case, CaseText, Step
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.privacy import seal_text
from chengyun.messages import actions as messages
from chengyun.messages.models import Message
from chengyun.posture import queries as posture
from chengyun.posture.logic import Overrides

# Suggested value: longer than any description, shorter than a file pasted by mistake.
MAX_TEXT = 4000

_NOT_ALLOWED = frozenset(
    "not_allowed not_the_holder not_a_co_handler person_needed fixer_cannot_verify same_organisation same_person".split()
)


@dataclass(slots=True)
class Work:
    """A case in the hands of one action. `set()` collects what changes; `finish()` writes it with entry and step."""

    actor: Actor
    case: Case
    workflow: Workflow
    catalogue: Catalogue
    kind: KindSpec
    now: datetime
    cause: int | None = None
    args: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    decision: Decision | None = None
    holder: Desk | None = None
    tell: dict[int, str] = field(default_factory=dict)
    after: list[Any] = field(default_factory=list)
    overrides: Overrides | None = None
    # Clocks that were set running again by an effect, and those that wait for the leader's notice.
    running: set[str] = field(default_factory=set)
    noticed: list[str] = field(default_factory=list)

    @property
    def condition(self) -> ConditionSpec:
        """The condition that is met; for an urgent case dispatched before filing, the kind's first (it is the strictest)."""
        return self.kind.condition(self.case.condition) or self.kind.first

    @property
    def subject(self) -> str:
        return f"case:{self.case.pk}"

    @property
    def posture(self) -> Overrides:
        """The policy in force at the place of the case."""
        if self.overrides is None:
            self.overrides = posture.effective_at(self.case.area.path)
        return self.overrides

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self.case, name, value)
            self.changes[name] = value

    def store(self) -> None:
        if self.changes:
            store.update_case(self.case.pk, self.changes)
            self.changes = {}


def lock(case_id: int) -> tuple[Case, Workflow, Catalogue]:
    """The case, locked until the commit, with its workflow and catalogue. NotFound."""
    found = store.locked_case(case_id)
    if found is None:
        raise NotFound("no_case", T(f"没有案件 {case_id}", f"There is no case {case_id}"), field="case_id")
    case, workflow, catalogue = found
    return (
        case,
        catalogues.workflow(case.workflow_id, workflow),
        catalogues.catalogue(case.catalogue_id, catalogue),
    )


def open_work(actor: Actor, case_id: int, cause: int | None, args: dict[str, Any] | None = None) -> Work:
    """The case in hand. The cause of what happens next is `cause`, else the case's latest entry."""
    case, workflow, catalogue = lock(case_id)
    return Work(
        actor,
        case,
        workflow,
        catalogue,
        catalogue.kinds[case.kind],
        clock.now(),
        cause or case.last_entry,
        args or {},
    )


def take(actor: Actor, case_id: int, cause: int | None, permission: str) -> Work:
    """Lock a case for a verb outside the workflow. NotAllowed without the permission at its place."""
    it = open_work(actor, case_id, cause)
    actor.require(permission, it.case.area.path)
    return it


def record(it: Work, kind: str, payload: dict[str, Any]) -> JournalEntry:
    """An entry about the case; it becomes the cause of what follows."""
    entry = journal.record(
        kind,
        subject=it.subject,
        area=it.case.area.path,
        actor=it.actor,
        payload=payload,
        cause=it.cause,
        klass=it.case.klass,
    )
    it.set(last_entry=entry.id)
    it.cause = entry.id
    return entry


def step(it: Work, verb: str, before: str, entry: int, *, fixes: bool = False) -> Step:
    found = Step(
        case_id=it.case.pk,
        at=it.now,
        verb=verb,
        before=before,
        after=it.case.state,
        holder_id=it.case.accountable_post_id,
        actor=it.actor.ref,
        actor_post=it.actor.post or "",
        organisation=it.actor.organisation or "",
        fixes=fixes,
        entry=entry,
    )
    store.insert(found)
    return found


def text_of(it: Work, what: str, text: str) -> str:
    """Keep free text in an erasable row; returns the digest for the journal."""
    if len(text) > MAX_TEXT:
        raise Invalid(
            "text_too_long",
            T("文字过长", "The text is too long"),
            field=what,
            hint=T(f"请控制在 {MAX_TEXT} 字以内。", f"Keep it within {MAX_TEXT} characters."),
        )
    salt, digest = seal_text(text)
    row = CaseText(
        case_id=it.case.pk, at=it.now, what=what, text=text, salt=salt, digest=digest, by=it.actor.ref
    )
    store.insert(row)
    return digest


# The desks of the centre see their list; a message says that something came, and the next ones count into it while it
# waits unread. Whoever has to go and handle something gets one for each incident or case.
DESK_BUNDLE = "case.desk"


def tell(it: Work, post_id: int, kind: str, *, desk: bool = False, **params: Any) -> Message:
    """A message to a post, bundled by incident: a hundred cases of one cause are one message."""
    bundle = f"incident:{it.case.incident}" if it.case.incident else it.subject
    return messages.notify(
        actor=it.actor,
        post_id=post_id,
        subject=it.subject,
        kind=kind,
        params={"kind": it.case.kind, "case": it.case.pk, "area": it.case.area.code, **params},
        bundle=DESK_BUNDLE if desk else bundle,
        klass=it.case.klass,
        cause=it.cause,
    )


def refuse(refusal: Refusal) -> Exception:
    """The exception that says a refusal."""
    if refusal.code in _NOT_ALLOWED:
        return NotAllowed(refusal.code, refusal.reason, hint=refusal.hint)
    if refusal.field or refusal.code == "unknown_verb":
        return Invalid(refusal.code, refusal.reason, field=refusal.field, hint=refusal.hint)
    return Conflict(refusal.code, refusal.reason, hint=refusal.hint)
