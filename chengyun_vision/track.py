"""Follows things over the pictures of one camera, at two pictures a second or more. Below that: count, do not follow.

Two rounds for each picture: tracks take the detections that are beyond doubt first, then what is left of them takes the weak
ones; only the former begin a track. Likeness is overlap of boxes that were widened by how far a thing may have gone since it
was last seen. Numbers are drawn at random for each session and end with it; nothing of how a thing looks is kept, only where
it was.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chengyun_vision.assign import pairs
from chengyun_vision.course import Anchor, Course
from chengyun_vision.frames import Box, Detection, Tracked

# Kinds that a detector takes for one another when it sees the same thing again.
ALIKE = ({"car", "bus", "truck"}, {"bicycle", "motorcycle"})


@dataclass(frozen=True, slots=True)
class Settings:
    """All suggested (建议值). Scores 0-1; times in seconds.

    strong: a score that is beyond doubt. sure_after: detections until a track is sure, or two that are `sure_apart`.
    shown: how long a sure track that is not seen is still told of, where it was last. patience: how long it may be found
    again; one that stood still: `patience_still`. gap: nobody looked for so long that moving things are lost. jump: a clock
    that went on by more, or back by more than `late`, was set: everything begins anew. widen: boxes, on each side, in
    shares of their sides, and more for each second that a thing was not seen.
    """

    strong: float = 0.5
    sure_after: int = 3
    sure_apart: float = 0.4
    shown: float = 1.0
    patience: float = 2.0
    patience_still: float = 20.0
    gap: float = 5.0
    jump: float = 300.0
    late: float = 1.0
    widen: float = 0.25
    widen_per_s: float = 0.5
    widen_most: float = 1.0


@dataclass(slots=True)
class _Track:
    number: int
    since: float
    seen: float
    box: Box
    score: float
    course: Course
    anchor: Anchor
    hits: int = 1
    kinds: dict[str, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return max(self.kinds, key=self.kinds.__getitem__)

    def take(self, at: float, detection: Detection) -> None:
        self.course.see(at, detection.box)
        self.anchor.see(at, detection.box)
        self.seen, self.box, self.score, self.hits = at, detection.box, detection.score, self.hits + 1
        self.kinds = {kind: weight * 0.9 for kind, weight in self.kinds.items()}
        self.kinds[detection.label] = self.kinds.get(detection.label, 0.0) + detection.score


class Tracker:
    """One camera's running tracks. `numbers`: where random numbers come from (tests give their own)."""

    def __init__(self, settings: Settings | None = None, *, numbers: random.Random | None = None) -> None:
        self._settings = settings or Settings()
        self._numbers = numbers or random.SystemRandom()
        self._tracks: list[_Track] = []
        self._at: float | None = None

    def update(self, at: float, detections: Iterable[Detection]) -> tuple[Tracked, ...]:
        """The tracks seen in this picture, and sure ones lost for a moment (`lost_since`, where they were last).

        `at`: seconds. A picture that comes late is passed over; a clock that jumped begins everything anew.
        """
        if self._at is not None and at <= self._at and self._at - at <= self._settings.late:
            return self._told(self._at)
        if self._at is not None and not self._at <= at <= self._at + self._settings.jump:
            self.reset()
        self._forget(at, 0.0 if self._at is None else at - self._at)
        self._at = at
        found = list(detections)
        strong = [one for one in found if one.score >= self._settings.strong]
        weak = [one for one in found if one.score < self._settings.strong]
        sure = [track for track in self._tracks if self._sure(track)]
        unsure = [track for track in self._tracks if not self._sure(track)]
        sure, strong = self._match(at, sure, strong, 0.1)
        unsure, strong = self._match(at, unsure, strong, 0.1)
        self._match(at, sure + unsure, weak, 0.35)
        for one in strong:
            if not self._doubled(at, one):
                self._tracks.append(self._begin(at, one))
        return self._told(at)

    def reset(self) -> None:
        """Forgets everything: another stream, another view, a clock that jumped. Its numbers do not come back."""
        self._tracks, self._at = [], None

    def _match(
        self, at: float, tracks: list[_Track], found: list[Detection], least: float
    ) -> tuple[list[_Track], list[Detection]]:
        """Each track takes the detection it likes best over all; gives the tracks and detections that are left."""
        likeness = [[self._alike(at, track, one) for one in found] for track in tracks]
        together = pairs(likeness, least)
        for row, column in together:
            tracks[row].take(at, found[column])
        rows, columns = {row for row, _ in together}, {column for _, column in together}
        return (
            [track for index, track in enumerate(tracks) if index not in rows],
            [one for index, one in enumerate(found) if index not in columns],
        )

    def _alike(self, at: float, track: _Track, detection: Detection) -> float:
        label = track.label
        if detection.label != label and not any({detection.label, label} <= kinds for kinds in ALIKE):
            return 0.0
        gone = at - track.seen
        if gone > self._settings.patience and track.anchor.still_since is not None:
            return _overlap(track.box, detection.box, 0.0) - 0.4  # only where it stood
        widened = min(self._settings.widen_most, self._settings.widen + self._settings.widen_per_s * gone)
        return _overlap(track.course.expected(at), detection.box, widened)

    def _begin(self, at: float, detection: Detection) -> _Track:
        taken = {track.number for track in self._tracks}
        number = self._numbers.getrandbits(48)
        while number in taken:
            number = self._numbers.getrandbits(48)
        return _Track(
            number, at, at, detection.box, detection.score, Course(at, detection.box), Anchor(at, detection.box),
            kinds={detection.label: detection.score},
        )  # fmt: skip

    def _doubled(self, at: float, detection: Detection) -> bool:
        """Whether a track has just taken nearly the same box: a detector's second box for one thing."""
        return any(
            track.seen == at
            and track.label == detection.label
            and _overlap(track.box, detection.box, 0.0) > 0.7
            for track in self._tracks
        )

    def _forget(self, at: float, gap: float) -> None:
        """A track ends when it was looked for in vain too long; while nobody looked, only what moved is lost."""

        def kept(track: _Track) -> bool:
            if track.anchor.still_since is not None:
                return at - track.seen <= self._settings.patience_still + gap
            return gap <= self._settings.gap and at - track.seen <= max(self._settings.patience, 1.5 * gap)

        self._tracks = [
            track for track in self._tracks
            if kept(track) and (self._sure(track) or at - track.seen <= max(1.0, 1.5 * gap))
        ]  # fmt: skip

    def _sure(self, track: _Track) -> bool:
        apart = track.seen - track.since >= self._settings.sure_apart
        return track.hits >= (2 if apart else self._settings.sure_after)

    def _told(self, at: float) -> tuple[Tracked, ...]:
        return tuple(
            Tracked(
                track.number, track.label, track.box, track.score, track.since, track.anchor.still_since, self._sure(track),
                None if track.seen == at else track.seen,
            )
            for track in self._tracks
            if track.seen == at or (self._sure(track) and at - track.seen <= self._settings.shown)
        )  # fmt: skip


def _overlap(one: Box, other: Box, widened: float) -> float:
    """Intersection over union of boxes that were widened on each side by this share of their sides."""
    first, second = _wide(one, widened), _wide(other, widened)
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (_area(first) + _area(second) - wide * high)


def _wide(box: Box, by: float) -> tuple[float, float, float, float]:
    wide, high = box.right - box.left, box.bottom - box.top
    # Things go over the ground: seldom up or down by half their height at once, but aside by their width.
    x, y = by * min(wide, 1.5 * high), by * min(high, 2.5 * wide)
    return box.left - x, box.top - y, box.right + x, box.bottom + y


def _area(corners: Sequence[float]) -> float:
    return (corners[2] - corners[0]) * (corners[3] - corners[1])
