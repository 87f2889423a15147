"""A workflow as data: states typed open or closed, verbs between them, guards by name, clocks started and stopped.

`parse` refuses a faulty definition with state, verb and reason; `decide` says what a verb would do to a case, or why it
may not. Both are pure: what a decision depends on comes in as `Facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chengyun.cases.logic.guards import GUARDS, Facts, Refusal
from chengyun.cases.logic.worktime import UNITS, Limit
from chengyun.kernel.i18n import T

DIRECTIONS = ("forward", "back", "side", "end")
# `to` may name these in place of a state: stay, or go back to where the case was before it was suspended.
SAME, RESUME = "$same", "$resume"
EFFECTS = frozenset(
    "route end_lead rework reopen complete_filing check_result add_co end_co handler revoke_handler extension_open "
    "extension_review extension_grant extension_refuse suspension_open suspension_grant suspension_refuse resume merge "
    "split count_return self_settled force called_back transfer arrive settled".split()
)


class WorkflowFault(ValueError):
    """A workflow that cannot be used; the message lists every fault with its place."""


@dataclass(frozen=True, slots=True)
class State:
    code: str
    open: bool
    zh: str
    en: str
    holder: str | None
    clock: str | None
    after_return: bool


@dataclass(frozen=True, slots=True)
class Verb:
    code: str
    zh: str
    en: str
    to: Mapping[str, str]
    direction: str
    permission: str
    guards: tuple[str, ...]
    effects: tuple[str, ...]
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    fixes: bool
    after_return: bool
    last_return_to: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockDef:
    code: str
    limit: Limit | None
    zh: str
    en: str
    overall: bool
    urgent_only: bool
    policy: str | None


@dataclass(frozen=True, slots=True)
class Workflow:
    code: str
    version: int
    initial: str
    states: Mapping[str, State]
    verbs: Mapping[str, Verb]
    clocks: Mapping[str, ClockDef]
    holders: Mapping[str, str]
    start_clocks: tuple[str, ...] = ()

    def verbs_from(self, state: str) -> list[Verb]:
        """The verbs that lead out of (or stay in) a state, whatever their guards say."""
        return [verb for verb in self.verbs.values() if state in verb.to]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a verb does: `to` is the new state; clocks are by code; `holder` names a desk, "lead", or None to keep."""

    verb: Verb
    to: State
    holder: str | None
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    effects: tuple[str, ...] = field(default=())


def decide(workflow: Workflow, state: str, verb: str, facts: Facts) -> Decision | Refusal:
    """What `verb` does to a case in `state`, or the first reason why not. Guards are asked in the order they are written."""
    known = workflow.verbs.get(verb)
    if known is None:
        return Refusal(
            "unknown_verb",
            T(f"没有操作 {verb}", f"There is no verb {verb}"),
            T("可用操作见案件详情。", "The case shows which verbs it takes."),
        )
    here = workflow.states[state]
    if state not in known.to:
        return _not_from(workflow, here, known)
    if not facts.permitted:
        return Refusal(
            "not_allowed",
            T(f"您没有“{known.zh}”的权限", f'You may not "{known.en}" here'),
            T("请联系值班长。", "Ask the shift leader."),
        )
    for name in known.guards:
        refusal = GUARDS[name].check(facts)
        if refusal is not None:
            return refusal
    target = known.to[state]
    if target == RESUME:
        target = facts.resume_state or workflow.initial
    elif target == SAME:
        target = state
    to = workflow.states[target]
    effects = known.effects
    if known.last_return_to and state in known.last_return_to and facts.returns + 1 >= facts.max_returns:
        # The ping-pong ends here: the fallback owner has it, and cannot return it.
        to = workflow.states[known.last_return_to[state]]
        effects = (*effects, "route_fallback")
    return _decision(workflow, known, here, to, effects, facts)


def _decision(
    workflow: Workflow, verb: Verb, here: State, to: State, effects: tuple[str, ...], facts: Facts
) -> Decision:
    starts = [code for code in verb.starts if facts.urgent or not workflow.clocks[code].urgent_only]
    stops = list(verb.stops)
    if to.clock != here.clock:
        if here.clock:
            stops.append(here.clock)
        if to.clock:
            starts.append(to.clock)
    if here.open and not to.open:
        stops = ["*"]
    holder = to.holder if to.code != here.code and to.holder != "keep" else None
    return Decision(verb, to, holder, tuple(dict.fromkeys(starts)), tuple(dict.fromkeys(stops)), effects)


def _not_from(workflow: Workflow, here: State, verb: Verb) -> Refusal:
    if here.after_return and verb.direction in ("forward", "end"):
        return Refusal(
            "no_forward_after_return",
            T(
                f"案件刚被退回，不能直接“{verb.zh}”",
                f'The case was just returned: "{verb.en}" is not open to whoever receives a return',
            ),
            T("请改派、继续退回或作废。", "Send it elsewhere, return it further, or void it."),
        )
    places = "、".join(workflow.states[code].zh for code in verb.to)
    english = ", ".join(workflow.states[code].en for code in verb.to)
    return Refusal(
        "wrong_state",
        T(f"案件处于“{here.zh}”，不能“{verb.zh}”", f'The case is "{here.en}"; it cannot "{verb.en}"'),
        T(f"该操作只适用于：{places}。", f"That verb is for: {english}."),
    )


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

    Who took part in settling neither verifies (goes forward from a settled state) nor closes; a case is not closed as done
    while its sensor disagrees; and both are done by a person.
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
        needed += ["person", "not_fixer"]
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
