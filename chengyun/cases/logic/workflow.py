"""A workflow as data: states typed open or closed, verbs between them, guards by name, clocks started and stopped.

`decide` says what a verb would do to a case, or why it may not. It is pure: what a decision depends on comes in as `Facts`.
How a definition is read and checked stands in `definition`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chengyun.cases.logic.guards import GUARDS, Facts, Refusal
from chengyun.cases.logic.worktime import Limit
from chengyun.kernel.i18n import T

# `to` may name these in place of a state: stay, or go back to where the case was before it was suspended.
SAME, RESUME = "$same", "$resume"


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
