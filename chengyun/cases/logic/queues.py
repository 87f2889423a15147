"""What waits for a desk, read off the workflow: who holds a state, and which verb leads out of it.

A queue is named by what is to be done. No state is named here, so a workflow of one's own has the same queues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chengyun.cases.logic.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Queue:
    """Cases in a state that one of `holders` (the workflow's desks) answers for, or that one of `verbs` leads out of."""

    zh: str
    en: str
    holders: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()


STATE_QUEUES: Mapping[str, Queue] = {
    "to_file": Queue("待立案", "To file", frozenset({"acceptor"})),
    "to_dispatch": Queue("待派遣", "To dispatch", frozenset({"dispatcher"})),
    "to_sign": Queue("待签收", "To sign for", verbs=frozenset({"sign_for"})),
    "to_check": Queue("待核查", "To check", frozenset({"checker", "verifier"})),
    "to_close": Queue("待结案", "To close", frozenset({"closer"})),
    "to_call_back": Queue("待回访", "To call back", verbs=frozenset({"call_back"})),
}


def states_of(workflow: Workflow, queue: Queue) -> frozenset[str]:
    """The states of a workflow whose cases are in a queue."""
    held = {state.code for state in workflow.states.values() if state.holder in queue.holders}
    led = {state for code in queue.verbs if code in workflow.verbs for state in workflow.verbs[code].to}
    return frozenset(held | led)
