"""Who goes with whom, and what that comes to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from chengyun_vision.assign import pairs
from chengyun_vision.evaluate.reference import Marked
from chengyun_vision.frames import Box
from chengyun_vision.models.regions import overlap_of

# Boxes are the same thing from here on (intersection over union): the usual bar, and a gentler one for small things, of
# which the hands themselves mark a pixel more or less.
OVERLAPS = (0.5, 0.3)
# Seconds by which a moment or an edge may be off.
WITHIN = 1.5


@dataclass(frozen=True, slots=True)
class Tally:
    """`found` of what was to be found, `false` beside it, `missed` of it."""

    found: int = 0
    false: int = 0
    missed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.found + other.found, self.false + other.false, self.missed + other.missed)

    @property
    def precision(self) -> float | None:
        said = self.found + self.false
        return self.found / said if said else None

    @property
    def recall(self) -> float | None:
        there = self.found + self.missed
        return self.found / there if there else None


def boxes(marked: Sequence[Marked], counted: Sequence[Box], overlap: float) -> Tally:
    """Of one picture. What is certain takes its box first; a box that is left may then be one of the hard ones, each of
    which excuses one."""
    sure = [one.box for one in marked if not one.hard]
    hard = [one.box for one in marked if one.hard]
    found, left = _paired(sure, counted, overlap)
    excused, false = _paired(hard, left, overlap)
    return Tally(found, len(false), len(sure) - found)


def count_error(marked: Sequence[Marked], counted: int) -> tuple[int, int]:
    """By how many the count is off: (where the hard ones may be counted or not, where they have to be)."""
    sure = sum(not one.hard for one in marked)
    return max(0, sure - counted, counted - len(marked)), abs(counted - len(marked))


def moments(marked: Sequence[float], counted: Sequence[float], within: float = WITHIN) -> Tally:
    """Each moment goes with one of the other list, no further than `within` seconds."""
    return _tally([[within - abs(one - other) for other in counted] for one in marked], marked, counted)


def spells(
    marked: Sequence[tuple[float, float]], counted: Sequence[tuple[float, float]], within: float = WITHIN
) -> tuple[Tally, list[float]]:
    """Each goes with the one that it shares most time with; and by how much the worse edge of each pair is off, seconds."""
    shared = [[min(a[1], b[1]) - max(a[0], b[0]) + within for b in counted] for a in marked]
    together = _together(shared, 0.0)
    off = [max(abs(marked[i][0] - counted[j][0]), abs(marked[i][1] - counted[j][1])) for i, j in together]
    return _tally(shared, marked, counted), off


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two hands agree on boxes. `count`: mean difference of their counts. `same`: share of all boxes that go
    together, by overlap. `overlap`: the mean of those that do at the gentlest."""

    pictures: int
    count: float
    same: dict[float, float]
    overlap: float


def agreement(pairs_of_pictures: Iterable[tuple[Sequence[Marked], Sequence[Marked]]]) -> Agreement:
    """Hard ones are marks like the others here: both hands drew them."""
    both = [([m.box for m in one], [m.box for m in other]) for one, other in pairs_of_pictures]
    total = sum(len(one) + len(other) for one, other in both)
    same = {
        overlap: 2 * sum(_paired(one, other, overlap)[0] for one, other in both) / total if total else 1.0
        for overlap in OVERLAPS
    }
    gentlest = min(OVERLAPS)
    overlaps = [
        overlap_of(one[i], other[j])
        for one, other in both
        for i, j in _together([[overlap_of(a, b) for b in other] for a in one], gentlest)
    ]
    return Agreement(
        len(both),
        fmean(abs(len(one) - len(other)) for one, other in both) if both else 0.0,
        same,
        fmean(overlaps) if overlaps else 0.0,
    )


def _paired(wanted: Sequence[Box], counted: Sequence[Box], overlap: float) -> tuple[int, list[Box]]:
    """(how many go together, the counted ones that are left)."""
    together = _together([[overlap_of(one, other) for other in counted] for one in wanted], overlap)
    taken = {column for _, column in together}
    return len(together), [box for n, box in enumerate(counted) if n not in taken]


def _tally(likeness: list[list[float]], marked: Sequence[object], counted: Sequence[object]) -> Tally:
    found = len(_together(likeness, 0.0))
    return Tally(found, len(counted) - found, len(marked) - found)


def _together(likeness: Sequence[Sequence[float]], least: float) -> list[tuple[int, int]]:
    """As many pairs above `least` as can be, and of those the likest."""
    most = 1000.0 * (1.0 + max((abs(value) for row in likeness for value in row), default=0.0))
    return pairs([[most + value if value > least else 0.0 for value in row] for row in likeness], 0.0)
