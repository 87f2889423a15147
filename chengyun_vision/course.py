"""How one tracked thing moves: where it should be next, and since when it has not moved noticeably."""

from __future__ import annotations

from chengyun_vision.frames import Box

# Suggested (建议值), in sides of the thing's own box. Walkers start and turn within a second; detectors' edges tremble.
TURN = 1.5  # change of speed, sides per second squared
TREMBLE = 0.06
MOVED = 0.18  # both opposite edges away by more: it has moved
STILL_AFTER = 2.0  # seconds within that distance until it counts as standing
FARTHEST = 2.0  # seconds ahead of which a speed says nothing


class Course:
    """Constant velocity of the box's middle (a Kalman filter for each axis); its size as it was seen of late."""

    __slots__ = ("_at", "_high", "_wide", "_x", "_y")

    def __init__(self, at: float, box: Box) -> None:
        self._at = at
        self._wide, self._high = _sides(box)
        x, y = _middle(box)
        self._x, self._y = _Axis(x, self._wide), _Axis(y, self._high)

    def expected(self, at: float) -> Box:
        """Where it should be at that time, if it went on as it did."""
        ahead = min(FARTHEST, max(0.0, at - self._at))
        x, y = self._x.at + self._x.speed * ahead, self._y.at + self._y.speed * ahead
        return Box(x - self._wide / 2, y - self._high / 2, x + self._wide / 2, y + self._high / 2)

    def see(self, at: float, box: Box) -> None:
        passed = max(1e-3, at - self._at)
        wide, high = _sides(box)
        x, y = _middle(box)
        self._x.step(min(passed, FARTHEST), x, wide)
        self._y.step(min(passed, FARTHEST), y, high)
        # A box that somebody walks past is cut for a moment: the size follows within a second or so.
        follow = min(0.7, 0.3 + passed)
        self._wide += follow * (wide - self._wide)
        self._high += follow * (high - self._high)
        self._at = at


class _Axis:
    """Place and speed along one axis, and how far each may be off."""

    __slots__ = ("_cross", "_place", "_speed", "at", "speed")

    def __init__(self, at: float, side: float) -> None:
        self.at, self.speed = at, 0.0
        self._place, self._cross, self._speed = (TREMBLE * side) ** 2, 0.0, (3.0 * side) ** 2

    def step(self, passed: float, seen: float, side: float) -> None:
        turn, tremble = (TURN * side) ** 2, (TREMBLE * side) ** 2
        self.at += self.speed * passed
        self._place += passed * (2 * self._cross + passed * self._speed) + turn * passed**4 / 4
        self._cross += passed * self._speed + turn * passed**3 / 2
        self._speed += turn * passed**2
        off, total = seen - self.at, self._place + tremble
        place_gain, speed_gain = self._place / total, self._cross / total
        self.at += place_gain * off
        self.speed += speed_gain * off
        self._speed -= speed_gain * self._cross
        self._cross *= 1.0 - place_gain
        self._place *= 1.0 - place_gain


class Anchor:
    """Where a thing came to stand. `still_since`: when, once it stood there long enough; None while it moves.

    It has moved when both opposite edges have gone from there, twice in a row: something in front of it hides one edge, and
    a trembling box comes back.
    """

    __slots__ = ("_away", "_box", "_seen", "_since", "still_since")

    def __init__(self, at: float, box: Box) -> None:
        self.still_since: float | None = None
        self._box, self._since, self._seen, self._away = box, at, 1, 0

    def see(self, at: float, box: Box) -> None:
        if self._moved(box):
            self._away += 1
            if self._away > 1 or self.still_since is None:
                self.still_since = None
                self._box, self._since, self._seen, self._away = box, at, 1, 0
            return
        self._away = 0
        if self._seen < 8:  # the first boxes make the place, so that one bad box does not
            self._seen += 1
            self._box = _between(self._box, box, 1 / self._seen)
        if at - self._since >= STILL_AFTER:
            self.still_since = self._since

    def _moved(self, box: Box) -> bool:
        wide, high = _sides(self._box)
        across = min(abs(box.left - self._box.left), abs(box.right - self._box.right)) / wide
        down = min(abs(box.top - self._box.top), abs(box.bottom - self._box.bottom)) / high
        return max(across, down) > MOVED


def _sides(box: Box) -> tuple[float, float]:
    return max(1e-4, box.right - box.left), max(1e-4, box.bottom - box.top)


def _middle(box: Box) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def _between(one: Box, other: Box, share: float) -> Box:
    def mix(a: float, b: float) -> float:
        return a + share * (b - a)

    return Box(
        mix(one.left, other.left),
        mix(one.top, other.top),
        mix(one.right, other.right),
        mix(one.bottom, other.bottom),
    )
