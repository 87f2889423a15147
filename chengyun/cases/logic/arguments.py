"""What a person still has to say for a verb, found by asking its guards: they name the field they miss.

So a form never drifts from the workflow: a guard that asks for something new asks for it here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from chengyun.cases.logic.guards import Facts, Refusal
from chengyun.cases.logic.workflow import Verb, Workflow, decide

Form = Literal["text", "yes_no", "post", "moment", "case", "alerts", "condition"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing that `move` takes. `field` is what a guard calls it when it is missing."""

    code: str
    form: Form
    zh: str
    en: str


ARGUMENTS: Mapping[str, Argument] = {
    row.code: row
    for row in (
        Argument("reason", "text", "理由", "Reason"),
        Argument("ok", "yes_no", "结果", "Result"),
        Argument("post", "post", "岗位", "Post"),
        Argument("until", "moment", "至", "Until"),
        Argument("into", "case", "并入案件", "Into case"),
        Argument("alert_ids", "alerts", "报警", "Alerts"),
        Argument("condition", "condition", "立案条件", "Filing condition"),
        Argument("description", "text", "情况描述", "Description"),
    )
}
# What an effect takes and can do without.
_MAY: Mapping[str, tuple[str, ...]] = {
    "route": ("post",),
    "split": ("alert_ids",),
    "complete_filing": ("condition", "description"),
}
# As guards name a missing argument.
_FIELD = {name: name for name in ARGUMENTS} | {"described": "description"}


def _until(f: Facts) -> None:
    f.until = f.now + timedelta(days=1)


_GIVEN: Mapping[str, Callable[[Facts], None]] = {
    "reason": lambda f: setattr(f, "reason", "-"),
    "ok": lambda f: setattr(f, "ok", True),
    "post": lambda f: setattr(f, "post", "-"),
    "until": _until,
    "into": lambda f: setattr(f, "into", -1),
    "condition": lambda f: setattr(f, "has_condition", True),
    "description": lambda f: setattr(f, "described", True),
}


def ask(workflow: Workflow, state: str, verb: Verb, facts: Facts) -> tuple[Refusal | None, list[str]]:
    """(why the verb is refused whatever is said, or None; the arguments without which it is). Changes `facts`."""
    needed: list[str] = []
    first: Refusal | None = None
    while True:
        answer = decide(workflow, state, verb.code, facts)
        if not isinstance(answer, Refusal):
            return None, needed
        name = _FIELD.get(answer.field or "")
        if name is None or name not in _GIVEN or name in needed:
            # One check may miss several things at once; the first time it named them all.
            return first if first is not None and first.code == answer.code else answer, needed
        first = first or answer
        needed.append(name)
        _GIVEN[name](facts)


def optional(verb: Verb, needed: list[str], *, described: bool) -> list[str]:
    """What may be said beside. A reason is always kept with the step; a description only while there is none."""
    wanted = [name for effect in verb.effects for name in _MAY.get(effect, ())]
    if described:
        wanted = [name for name in wanted if name != "description"]
    return [name for name in dict.fromkeys((*wanted, "reason")) if name not in needed]
