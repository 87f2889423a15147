"""Reads a workflow definition. A faulty one is refused with file, state or verb, and reason; what no definition may leave
out is added to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chengyun.cases.logic.guards import GUARDS
from chengyun.cases.logic.workflow import RESUME, SAME, ClockDef, State, Verb, Workflow
from chengyun.cases.logic.worktime import UNITS, Limit

DIRECTIONS = ("forward", "back", "side", "end")
EFFECTS = frozenset(
    "route end_lead rework reopen complete_filing check_result add_co end_co handler revoke_handler extension_open "
    "extension_review extension_grant extension_refuse suspension_open suspension_grant suspension_refuse resume merge "
    "unmerge split count_return self_settled force called_back transfer arrive settled".split()
)


class WorkflowFault(ValueError):
    """A workflow that cannot be used; the message lists every fault with its place."""


def parse(value: Mapping[str, Any], *, file: str = "workflow") -> Workflow:
    """Read a definition. Raises WorkflowFault that names file, state or verb, and reason, for every fault."""
    faults: list[str] = []

    def fault(place: str, reason: str) -> None:
        faults.append(f"{file}: {place}: {reason}")

    clocks: dict[str, ClockDef] = {}
    for code, body in (value.get("clocks") or {}).items():
        clocks[code] = _clock(code, body or {}, lambda reason, code=code: fault(f"clock {code}", reason))
    holders = dict(value.get("holders") or {})
    states: dict[str, State] = {}
    for code, body in (value.get("states") or {}).items():
        place = f"state {code}"
        if body.get("type") not in ("open", "closed"):
            fault(place, "type must be open or closed")
        if body.get("type") == "open" and body.get("holder") not in (*holders, "lead", "keep"):
            fault(place, f"an open state needs a holder: one of {', '.join([*holders, 'lead', 'keep'])}")
        if body.get("clock") and body["clock"] not in clocks:
            fault(place, f"clock {body['clock']} is not defined")
        name = body.get("name") or [code, code]
        states[code] = State(
            code,
            body.get("type") == "open",
            str(name[0]),
            str(name[1]),
            body.get("holder") if body.get("type") == "open" else None,
            body.get("clock"),
            bool(body.get("after_return")),
        )
    verbs: dict[str, Verb] = {}
    for code, body in (value.get("verbs") or {}).items():
        verbs[code] = _verb(
            code, body, states, clocks, lambda reason, code=code: fault(f"verb {code}", reason)
        )
    initial = str(value.get("initial", ""))
    if initial not in states:
        fault("initial", f"state {initial!r} is not defined")
    for code in _unreachable(initial, states, verbs):
        fault(f"state {code}", "no verb leads here")
    for state in states.values():
        if state.open and not any(
            state.code in v.to and v.to[state.code] not in (SAME, state.code) for v in verbs.values()
        ):
            fault(f"state {state.code}", "is open and no verb leads out of it")
    start_clocks = tuple(value.get("start_clocks") or ())
    for code in start_clocks:
        if code not in clocks:
            fault("start_clocks", f"clock {code} is not defined")
    if not faults:
        verbs = {code: _with_implied(verb, states, verbs) for code, verb in verbs.items()}
    if faults:
        raise WorkflowFault("\n".join(faults))
    return Workflow(
        str(value.get("workflow", file)),
        int(value.get("version", 1)),
        initial,
        states,
        verbs,
        clocks,
        holders,
        start_clocks,
    )


def _clock(code: str, body: Mapping[str, Any], fault: Any) -> ClockDef:
    limit = None
    if body.get("limit") is not None:
        amount, unit = (list(body["limit"]) + [None, None])[:2]
        if unit not in UNITS or not isinstance(amount, (int, float)) or not amount > 0:
            fault(f"limit {body['limit']} must be [amount, unit] with a unit of {', '.join(UNITS)}")
        else:
            limit = Limit(float(amount), str(unit))
    elif not body.get("overall") and not body.get("policy"):
        fault("needs a limit, unless it is overall (then the condition gives it) or a policy gives it")
    name = body.get("name") or [code, code]
    return ClockDef(
        code,
        limit,
        str(name[0]),
        str(name[1]),
        bool(body.get("overall")),
        bool(body.get("urgent_only")),
        body.get("policy"),
    )


def _verb(
    code: str,
    body: Mapping[str, Any],
    states: Mapping[str, State],
    clocks: Mapping[str, ClockDef],
    fault: Any,
) -> Verb:
    to = body.get("to")
    sources = body.get("from") or []
    moves = dict(to) if isinstance(to, Mapping) else {source: str(to) for source in sources}
    if not moves:
        fault("needs from and to")
    for source, target in moves.items():
        if source not in states:
            fault(f"from {source!r} is not a state")
        if target not in states and target not in (SAME, RESUME):
            fault(f"to {target!r} is not a state")
    direction = body.get("direction", "side")
    if direction not in DIRECTIONS:
        fault(f"direction must be one of {', '.join(DIRECTIONS)}")
    after_return = bool(body.get("after_return"))
    for source in moves:
        just_returned = source in states and states[source].after_return
        if just_returned and direction in ("forward", "end") and not after_return:
            fault(
                f"leads forward from {source}, where a return was just received (say after_return to allow it)"
            )
    last = dict(body.get("last_return_to") or {})
    for source, target in last.items():
        if source not in moves or target not in states:
            fault(f"last_return_to {source}: {target} must lead from one of its states to a state")
    for name in body.get("guards") or ():
        if name not in GUARDS:
            fault(f"guard {name!r} is not known; known: {', '.join(sorted(GUARDS))}")
    for name in body.get("effects") or ():
        if name not in EFFECTS:
            fault(f"effect {name!r} is not known; known: {', '.join(sorted(EFFECTS))}")
    for name in (*(body.get("starts") or ()), *(body.get("stops") or ())):
        if name not in clocks:
            fault(f"clock {name!r} is not defined")
    name = body.get("name") or [code, code]
    return Verb(
        code,
        str(name[0]),
        str(name[1]),
        moves,
        str(direction),
        str(body.get("permission") or f"case.move.{code}"),
        tuple(body.get("guards") or ()),
        tuple(body.get("effects") or ()),
        tuple(body.get("starts") or ()),
        tuple(body.get("stops") or ()),
        bool(body.get("fixes")),
        after_return,
        last,
    )


def _with_implied(verb: Verb, states: Mapping[str, State], verbs: Mapping[str, Verb]) -> Verb:
    """The verb with the guards that no definition can leave out.

    Who took part in settling neither verifies (goes forward from a settled state) nor closes, for listed kinds not even the
    same organisation; a case is not closed as done while its sensor disagrees; and both are done by a person.
    """
    if verb.fixes:
        return verb
    fixed = _after_a_fix(verbs)
    ends = any(
        states[source].open and target in states and not states[target].open
        for source, target in verb.to.items()
    )
    onwards = verb.direction in ("forward", "end")
    verifies = onwards and not verb.after_return and bool(fixed & {s for s in verb.to if states[s].open})
    needed: list[str] = []
    if verifies or ends:
        needed += ["person", "not_fixer", "other_organisation"]
    if ends and onwards:
        needed.append("sensor_agrees")
    missing = tuple(name for name in needed if name not in verb.guards)
    return replace(verb, guards=(*verb.guards, *missing)) if missing else verb


def _after_a_fix(verbs: Mapping[str, Verb]) -> set[str]:
    """The states that verbs which fix lead to, and those that follow by going forward."""
    found = {t for v in verbs.values() if v.fixes for t in v.to.values() if t not in (SAME, RESUME)}
    grown = True
    while grown:
        more = {
            t
            for v in verbs.values()
            if v.direction == "forward"
            for s, t in v.to.items()
            if s in found and t not in (SAME, RESUME)
        }
        grown = not more <= found
        found |= more
    return found


def _unreachable(initial: str, states: Mapping[str, State], verbs: Mapping[str, Verb]) -> list[str]:
    seen = {initial}
    grown = True
    while grown:
        grown = False
        for verb in verbs.values():
            for source, target in verb.to.items():
                if source in seen and target in states and target not in seen:
                    seen.add(target)
                    grown = True
    return [code for code in states if code not in seen]
