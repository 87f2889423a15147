"""The one way a case moves: `move(actor, case_id, verb, ...)`. What a verb means is data (workflows/*.yaml)."""

from __future__ import annotations

from typing import Any

from chengyun.cases import catalogues, desks, facts, store
from chengyun.cases.actions import clocks, notice
from chengyun.cases.actions.core import Work, open_work, record, refuse, step, tell, text_of
from chengyun.cases.actions.effects import EFFECTS, lead_desk
from chengyun.cases.actions.reporting import open_part, repair_case
from chengyun.cases.logic import arguments
from chengyun.cases.logic.guards import SENSORS, Refusal, disagreeing
from chengyun.cases.logic.workflow import decide
from chengyun.cases.models import Case
from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write

# What `move` takes besides actor, case and verb. Each verb uses a few of them.
ARGUMENTS = frozenset(arguments.ARGUMENTS)


def move(*, actor: Actor, case_id: int, verb: str, cause: int | None = None, **args: Any) -> Case:
    """Do a verb of the case's workflow.

    args: `reason` (free text, kept erasable), `ok` (a result), `post` (a code), `until` (aware datetime or ISO 8601),
    `into` (a case), `alert_ids` (for a split), `condition` (code, when filing), `description`.
    Raises NotFound; Invalid, NotAllowed or Conflict with the guard's reason and what to do.
    """
    unknown = sorted(set(args) - ARGUMENTS)
    if unknown:
        raise Invalid(
            "unknown_argument",
            T(f"没有参数 {unknown[0]}", f"move takes no {unknown[0]}"),
            field=unknown[0],
            hint=T("请查看接口说明。", f"It takes {', '.join(sorted(ARGUMENTS))}."),
        )
    with write():
        it = open_work(actor, case_id, cause, args)
        case = it.case
        known = it.workflow.verbs.get(verb)
        if known is None or case.state not in known.to or not actor.may(known.permission, case.area.path):
            # Cheap refusals first; they need no further facts.
            permitted = known is not None and actor.may(known.permission, case.area.path)
            answer = decide(it.workflow, case.state, verb, facts.Facts(it.now, permitted=permitted))
            assert isinstance(answer, Refusal)
            raise refuse(answer)
        given = facts.gather(case, actor, known, it.kind, it.catalogue, args, it.now)
        answer = decide(it.workflow, case.state, verb, given)
        if isinstance(answer, Refusal):
            raise refuse(answer)
        it.decision = answer
        _carry_out(it, given)
        return case


def _carry_out(it: Work, given: facts.Facts) -> None:
    assert it.decision is not None
    case, decision = it.case, it.decision
    verb, before, was_open = decision.verb.code, case.state, case.is_open
    held_by = case.accountable_post_id
    it.payload |= {
        "verb": verb,
        "from": before,
        "to": decision.to.code,
        "kind": case.kind,
        "by_post": it.actor.post,
    }
    if it.args.get("description") and not case.described:
        it.payload["reason"] = text_of(it, "description", str(it.args["description"]))
        it.set(described=True)
    if it.args.get("reason"):
        it.payload["reason"] = text_of(it, verb, str(it.args["reason"]))
    for name in decision.effects:
        if name != "split":
            EFFECTS[name](it)
    it.set(state=decision.to.code, is_open=decision.to.open)
    _hand_to(it, was_open)
    if decision.starts or decision.stops:
        notice.acted(it, decision.stops)
        started = clocks.start(it, decision.starts)
        clocks.stop(it, decision.stops, held_by=held_by, keep_keys=started)
        it.payload["clocks"] = sorted(started.values())
    for later in it.after:
        later()
    if was_open and not decision.to.open:
        it.set(closed_at=it.now)
        if case.dispatched_at is not None:
            store.end_assignments(case.pk, it.now)
    ignored = disagreeing(given.sensors)
    if ignored:
        it.payload["sensors"] = {str(alert): given.sensors[alert] for alert in ignored}
    entry = record(it, "case.moved", it.payload)
    it.store()
    step(it, verb, before, entry.id, fixes=decision.verb.fixes)
    if it.holder is not None and it.holder.id != held_by:
        it.tell.setdefault(it.holder.id, "case.assigned")
    for post_id in sorted(it.tell):
        # A desk of the centre (not the lead) is told once for all that waits there.
        desk = (
            it.tell[post_id] == "case.assigned" and post_id == case.accountable_post_id != case.lead_post_id
        )
        tell(it, post_id, it.tell[post_id], desk=desk, verb=verb, state=case.state)
    if it.noticed:
        notice.send(it)
    if "split" in decision.effects:
        open_part(it)
    if ignored and not case.is_open and SENSORS in facts.needs_of(decision.verb):
        repair_case(it, ignored)


def _hand_to(it: Work, was_open: bool) -> None:
    """Who answers from here on. Effects that chose somebody win; a closed case has nobody."""
    assert it.decision is not None
    case, decision = it.case, it.decision
    if not decision.to.open:
        if was_open:
            it.set(accountable_post_id=None)
            it.payload.setdefault("post", None)  # who follows the journal has to learn it
        return
    if it.holder is None and decision.holder is not None:
        wanted = it.workflow.holders.get(decision.holder)
        if wanted is None and case.accountable_post_id == case.lead_post_id is not None:
            return
        it.holder = lead_desk(it) if wanted is None else desks.desk(case.area, wanted)
    if it.holder is not None and it.holder.id != case.accountable_post_id:
        it.set(accountable_post_id=it.holder.id)
        it.payload.setdefault("post", it.holder.code)


def allowed(case: Case, actor: Actor) -> list[dict[str, Any]]:
    """Every verb that leads on from here: whether this actor may do it now, and if not why and what to do. Reads only.

    `arguments` says what it takes; what a person will still give is not held against the verb.
    """
    workflow = catalogues.workflow(case.workflow_id, case.workflow.digest)
    catalogue = catalogues.catalogue(case.catalogue_id, case.catalogue.digest)
    now = clock.now()
    found = []
    for verb in workflow.verbs_from(case.state):
        if actor.may(verb.permission, case.area.path):
            given = facts.gather(case, actor, verb, catalogue.kinds[case.kind], catalogue, {}, now)
        else:
            given = facts.Facts(now, permitted=False)
        refusal, needed = arguments.ask(workflow, case.state, verb, given)
        taken = [(name, True) for name in needed]
        taken += [(name, False) for name in arguments.optional(verb, needed, described=case.described)]
        found.append(
            {
                "verb": verb.code,
                "name": str(T(verb.zh, verb.en)),
                "name_zh": verb.zh,
                "name_en": verb.en,
                "direction": verb.direction,
                "allowed": refusal is None,
                "code": refusal.code if refusal else None,
                "reason": str(refusal.reason) if refusal else None,
                "hint": str(refusal.hint) if refusal else None,
                "arguments": [_argument(name, required) for name, required in taken]
                if given.permitted
                else [],
            }
        )
    return found


def _argument(name: str, required: bool) -> dict[str, Any]:
    known = arguments.ARGUMENTS[name]
    return {
        "name": name,
        "form": known.form,
        "required": required,
        "label_zh": known.zh,
        "label_en": known.en,
    }
