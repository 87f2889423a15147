"""What rules would have found in looks that are kept: tried by the very code that judges live. Pure.

Where nobody looked for what a rule wants it says so, by cause, and never that nothing was there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from chengyun_vision.frames import Event, Look
from chengyun_vision.recent import LEFT_OUT, Packed, looks
from chengyun_vision.rules.crossing import LineCrossing
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.rules.spec import Spec

# Values are told in so many steps over the time that is kept.
STEPS = 120
_MODELS = ("detections", "tracks", "masks", "votes", "heat", "points")
_NOBODY: dict[str, Any] = dict.fromkeys(_MODELS)

Span = tuple[float, float]
# nothing: nothing of the kind was looked for. kinds: models looked, for other things. tracks: things were seen, and at too
# few looks a second to be followed. kept: it was looked at, and what is kept does not hold it. closed: by the schedule.
Why = Literal["", "nothing", "kinds", "tracks", "kept", "closed"]


@dataclass(slots=True)
class Found:
    """What one rule found between `since` and `until`, in the time of the looks.

    `events`: those that end in None go on. `values`: how much there was, the most in each `step` seconds from `since` on;
    None where nobody looked; empty where the rule holds nothing against a limit. `looks`: those it could use; with none of
    them, `why`. `unseen`: in which nobody looked for it; `closed`: its schedule. `crossed`: over a line.
    """

    code: str
    place: str
    since: float
    until: float
    step: float
    looks: int = 0
    why: Why = ""
    events: list[Event] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)
    unseen: list[Span] = field(default_factory=list)
    closed: list[Span] = field(default_factory=list)
    crossed: dict[str, int] = field(default_factory=dict)


class TooMuch(Exception):
    """Trying it would take too long."""


def attempt(
    specs: Sequence[Spec],
    kept: Sequence[Packed],
    *,
    until: float,
    wall: Callable[[float], datetime] | None = None,
    tired: Callable[[], bool] = lambda: False,
) -> list[Found]:
    """Each rule over the same looks, oldest first. `until`: the present moment, which may be later than the newest of them;
    `wall`: the district's time of a look, for schedules. Raises `TooMuch` once `tired`."""
    since = kept[0][0] if kept else until
    until = max(until, kept[-1][0]) if kept else until
    trials = [_Trial(spec, since, until, wall) for spec in specs]
    for look, left in looks(kept):
        if tired():
            raise TooMuch
        for trial in trials:
            trial.take(look, left)
    return [trial.end() for trial in trials]


class _Trial:
    def __init__(
        self, spec: Spec, since: float, until: float, wall: Callable[[float], datetime] | None
    ) -> None:
        numbers = itertools.count(1)
        self._rules = Ruleset([spec], lambda: f"t{next(numbers)}", wall)
        (self._rule,) = self._rules.rules
        self._spec = spec
        step = max(1e-3, (until - since) / STEPS)
        self._found = Found(spec.code, spec.place, since, until, step)
        self._values: list[float | None] = [None] * STEPS
        self._last: tuple[int, float] | None = (
            None  # step and value of the newest look, up to which nobody looked away
        )
        self._events: dict[str, Event] = {}
        self._seen = since  # up to here it is known whether somebody looked
        self._shut: float | None = None
        self._other: set[Why] = set()

    def take(self, look: Look, left: frozenset[str]) -> None:
        found, rule = self._found, self._rule
        look = self._of_use(look, left)
        self._hear(self._rules.step(look))
        if not self._rules.scheduled(rule, look.at):
            self._shut = look.at if self._shut is None else self._shut
            self._last = None
            self._seen = look.at
            return
        self._open(look.at)
        if rule.used != look.at:
            return
        self._gap(look.at)
        found.looks += 1
        if rule.value is not None:
            self._note(look.at, rule.value)

    def _note(self, at: float, value: float) -> None:
        """The most in a step; between two looks what the former found still stands."""
        n = min(STEPS - 1, max(0, int((at - self._found.since) / self._found.step)))
        if self._last is not None:
            for between in range(self._last[0] + 1, n):
                self._values[between] = self._last[1]
        self._values[n] = max(value, self._values[n] or 0.0)
        self._last = n, value

    def end(self) -> Found:
        found, rule = self._found, self._rule
        ended = {id for id, event in self._events.items() if event.state == "end"}
        self._hear(self._rules.finish())
        self._open(found.until)
        self._gap(found.until)
        found.events = [
            replace(event, end=event.end if id in ended else None) for id, event in self._events.items()
        ]
        if any(value is not None for value in self._values):
            found.values = self._values
        if isinstance(rule, LineCrossing):
            found.crossed = dict(rule.counts)
        if not found.looks:
            causes: tuple[Why, ...] = ("kinds", "tracks", "kept", "nothing")
            found.why = next((why for why in causes if why in self._other), "nothing")
            if found.closed and not self._other:
                found.why = "closed"
        return found

    def _of_use(self, look: Look, left: frozenset[str]) -> Look:
        """The look as this rule may see it: what was not looked for is not there; and why it has nothing of it."""
        wants, classes = self._rule.wants, self._spec.classes
        if any(getattr(look, name) is not None for name in wants):
            if classes and look.sought is not None and not classes & look.sought:
                self._other.add("kinds")
                return replace(look, **_NOBODY)
        elif "tracks" in wants and look.detections is not None:
            self._other.add("tracks")
        elif any(name in wants for name in LEFT_OUT if name in left):
            self._other.add("kept")
        return look

    def _hear(self, events: Iterable[Event]) -> None:
        for event in events:
            self._events[event.id] = event

    def _gap(self, at: float) -> None:
        if at - self._seen > self._rule.unseen_after:
            self._found.unseen.append((self._seen, at))
            self._last = None
        self._seen = at

    def _open(self, at: float) -> None:
        if self._shut is not None:
            self._found.closed.append((self._shut, at))
            self._shut, self._seen = None, at
