"""Rules and looks for tests: `rule("occupancy", at_least=2)`, `people(at, 2)`, and what every run of events has to keep."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from chengyun_vision.frames import Box, Detection, Event, Look
from chengyun_vision.rules import preset
from chengyun_vision.rules.base import Rule
from chengyun_vision.rules.primitives import PRIMITIVES


def rule(primitive: str, *, place: dict[str, Any] | None = None, **settings: Any) -> Rule:
    """A rule over the whole picture, or with `place` = {zone: ..., line: ..., classes: ..., quantities: ...}."""
    body = {"primitive": primitive, "code": "r", "settings": settings, **(place or {})}
    numbers = itertools.count(1)
    return PRIMITIVES[primitive](preset.rule_of(body, "test"), lambda: f"e{next(numbers)}")


def box(x: float, y: float, width: float = 0.05, height: float = 0.1) -> Box:
    """A box whose foot stands at x, y."""
    return Box(x - width / 2, y - height, x + width / 2, y)


def seen(at: float, *things: tuple[str, Box], score: float = 0.9) -> Look:
    return Look(at, detections=tuple(Detection(label, where, score) for label, where in things))


def people(at: float, count: int | None) -> Look:
    """So many people in the picture; None: nobody looked."""
    if count is None:
        return Look(at)
    return seen(at, *(("person", box(0.1 + 0.08 * n, 0.5)) for n in range(count)))


def run(one: Rule, looks: Iterable[Look]) -> list[Event]:
    """All events of all looks and of the end."""
    said = [event for look in looks for event in one.step(look)]
    return said + one.finish()


def orderly(events: list[Event]) -> list[Event]:
    """Asserts what holds for every run of events: one id from new over update to end. Returns the ends."""
    open_: dict[str, Event] = {}
    ended: dict[str, Event] = {}
    for event in events:
        assert event.id not in ended, "nothing is said of an event after its end"
        before = open_.get(event.id)
        if event.state == "new":
            assert before is None, "an id is new once"
        else:
            assert before is not None, f"{event.state} before new"
            assert event.start == before.start
            assert event.peak >= before.peak
            assert event.unseen >= before.unseen
        if event.state == "end":
            assert event.end is not None and event.start <= event.end
            assert 0 <= event.unseen <= event.end - event.start + 1e-6
            ended[event.id] = open_.pop(event.id) and event
        else:
            assert event.end is None
            open_[event.id] = event
    assert not open_, "finish ends everything"
    return list(ended.values())
