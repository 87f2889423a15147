"""Whether a picture is worth a detector: something moves, or it is time to look again, or something is being followed.

    wanted   due rule  motion  live track  looked within `recheck_s`   -> detect  why
    no       -         -       -           -                              no      unscheduled
    yes      yes       -       -           -                              yes     rule
    yes      no        yes     -           -                              yes     motion
    yes      no        no      yes         -                              yes     track
    yes      no        no      no          no                             yes     recheck
    yes      no        no      no          yes                            no      quiet

Motion alone loses who stands still and what is parked, hence the re-check timer and the live tracks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

Why = Literal["unscheduled", "rule", "motion", "track", "recheck", "quiet"]


@dataclass(frozen=True, slots=True)
class Verdict:
    detect: bool
    why: Why


class Gate:
    """One camera's gate. `recheck_s`: the longest time without a look (suggested: 10 s). `counts`: how often, by why."""

    def __init__(self, recheck_s: float = 10.0) -> None:
        self.recheck_s = recheck_s
        self.counts: Counter[Why] = Counter()
        self._looked: float | None = None

    def decide(
        self, at: float, *, motion: bool, live: bool, wanted: bool = True, due: bool = False
    ) -> Verdict:
        """`live`: something is being followed. `wanted`: a rule's schedule covers this moment. `due`: a rule's cadence says
        now. Time that goes backwards counts as time to look again.
        """
        why: Why
        if not wanted:
            why = "unscheduled"
        elif due:
            why = "rule"
        elif motion:
            why = "motion"
        elif live:
            why = "track"
        elif self._looked is None or not 0 <= at - self._looked < self.recheck_s:
            why = "recheck"
        else:
            why = "quiet"
        detect = why not in ("unscheduled", "quiet")
        if detect:
            self._looked = at
        self.counts[why] += 1
        return Verdict(detect, why)

    def reset(self) -> None:
        """After a jump in time or a new connection: the next picture is looked at."""
        self._looked = None
