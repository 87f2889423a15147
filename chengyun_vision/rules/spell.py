"""One thing that holds or does not, from its first presence to its last: the event that all primitives share.

       idle --holds--> rising --held for `on`--> open --absent for `off`--> idle
                          `--absent longer than `flicker`, or at too many looks--> idle

Hold times delay what is said, never what is true: `start` is the first presence and `end` the last. A look that was not
taken is not fed in at all, so it can end nothing; time between two looks beyond `unseen_after` is unseen, is counted, and
neither brings an event about nor ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chengyun_vision.frames import Box, Event, State

# So many looks make a share.
_FEW = 4


@dataclass(frozen=True, slots=True)
class Hold:
    """All in seconds. `on`: seen for so long before the event is new. `off`: seen absent for so long before it has ended.

    `flicker`: absence that is overlooked while the event is not new yet; `filled`: the share of looks, 0-1, that must have
    found it by then, so that many things that pass one place are not one thing that stays. `unseen_after`: looks further
    apart than this leave a gap. `update_every`: a growing peak is told no more often.
    """

    on: float = 0.0
    off: float = 0.0
    flicker: float = 1.0
    filled: float = 0.0
    unseen_after: float = 10.0
    update_every: float = 5.0


class Spell:
    """Feed `step` in order of time. Events carry the rule's code, kind and zone."""

    def __init__(
        self, hold: Hold, new_id: Callable[[], str], *, rule: str, kind: str, zone: str, about: str = ""
    ) -> None:
        self._hold, self._new_id = hold, new_id
        self._rule, self._kind, self._zone, self._about = rule, kind, zone, about
        self._forget()

    def _forget(self) -> None:
        self._id: str | None = None
        self._first = self._begun = self._last = 0.0  # told as start; first looked at; last presence
        self._looked: float | None = None  # the newest look since the first presence; None while idle
        self._absent: float | None = None  # the first look that found it absent, since it was last present
        self._unseen = self._gap = 0.0  # up to the last presence, and since
        self._peak = self._told = 0.0
        self._told_at = 0.0
        self._found = self._looks = 0

    @property
    def idle(self) -> bool:
        return self._looked is None

    @property
    def open(self) -> bool:
        return self._id is not None

    def step(
        self, at: float, holds: bool, peak: float = 1.0, *, since: float | None = None, box: Box | None = None
    ) -> list[Event]:
        """What one look says. `peak`: how much there is now. `since`: when it began, where that is known to be
        earlier; it is told as the start, and is no time held."""
        if self._looked is None:
            if not holds:
                return []
            self._first = at if since is None else min(since, at)
            self._begun = self._last = self._looked = at
            self._peak = peak
        else:
            step, self._looked = at - self._looked, at
            if step > self._hold.unseen_after:
                self._gap += step
                self._absent = None
            if holds:
                self._unseen, self._gap = self._unseen + self._gap, 0.0
                self._last, self._absent = at, None
                self._peak = max(self._peak, peak)
            elif self._absent is None:
                self._absent = at
        self._looks += 1
        self._found += holds
        return self._say(at, holds, box)

    def _say(self, at: float, holds: bool, box: Box | None) -> list[Event]:
        hold = self._hold
        if self._id is None:
            if holds and self._last - self._begun - self._unseen >= hold.on:
                self._id = self._new_id()
                return [self._tell("new", at, box)]
            rare = self._looks >= _FEW and self._found < hold.filled * self._looks
            if not holds and (rare or at - self._last - self._gap > hold.flicker):
                self._forget()
            return []
        if holds:
            if self._peak > self._told and at - self._told_at >= hold.update_every:
                return [self._tell("update", at, box)]
            return []
        return self.finish() if self._absent is not None and at - self._absent >= hold.off else []

    def finish(self) -> list[Event]:
        """No more looks will come: what is open ends with its last presence."""
        said = [self._tell("end", self._last, None)] if self._id is not None else []
        self._forget()
        return said

    def _tell(self, state: State, at: float, box: Box | None) -> Event:
        self._told, self._told_at = self._peak, at
        assert self._id is not None
        return Event(
            id=self._id,
            rule=self._rule,
            kind=self._kind,
            zone=self._zone,
            state=state,
            start=self._first,
            end=self._last if state == "end" else None,
            peak=self._peak,
            about=self._about,
            unseen=round(self._unseen, 3),
            box=box,
        )
