"""How much less to look when a process cannot keep up. Pure.

    level  what a camera at it still does
    0      all that its rules ask for
    1      keyframes
    2      every second keyframe
    3      a snapshot now and then

Cameras go down and up one step at a time, all to one level before any goes to the next: lateness is shared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from chengyun_vision.running import Settings

Level = Literal[0, 1, 2, 3]
LEVELS: tuple[Level, ...] = (0, 1, 2, 3)
NAMES = ("full", "keyframe", "second", "snapshot")
# Suggested values (建议值): a snapshot each so many seconds.
SNAPSHOT_S = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """All suggested (建议值). `late`: seconds behind from which a process is late. `share`: of its core that a process may
    use; `calm`: share of that below which it takes a step back up. `down_s`, `up_s`: seconds between two steps."""

    late: float = 2.0
    share: float = 0.85
    calm: float = 0.75
    down_s: float = 1.0
    up_s: float = 5.0


class Budget:
    """`judge` once a second; `level(i, n)` of the i-th of n cameras."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.steps = 0
        self._turned = float("-inf")

    def judge(self, at: float, *, lag: float, load: float, dropped: bool, cameras: int) -> bool:
        """`lag`: seconds behind; `load`: share of the core in use; `dropped`: packets were let go for want of time. Whether
        anything changed."""
        limits, before = self.limits, self.steps
        most = 3 * cameras
        late = lag > limits.late or dropped or load > limits.share
        if late and at - self._turned >= limits.down_s:
            # The further behind, the larger the step: a fifth of the cameras at once, all when it is hopeless.
            self.steps += max(1, cameras if lag > 5 * limits.late else cameras // 5)
        elif (
            self.steps
            and lag < limits.late / 2
            and load < limits.calm * limits.share
            and at - self._turned >= limits.up_s
        ):
            self.steps -= max(1, cameras // 10)
        self.steps = max(0, min(self.steps, most))
        if self.steps != before:
            self._turned = at
        return self.steps != before

    def level(self, index: int, cameras: int) -> Level:
        whole, rest = divmod(self.steps, max(1, cameras))
        return LEVELS[min(3, whole + (index < rest))]


def lowered(wanted: Settings, level: Level, spacing: float) -> Settings:
    """A camera's settings at a level. `spacing`: seconds between its keyframes."""
    if level == 0 or wanted.mode == "off":
        return wanted
    if level == 1:
        return replace(wanted, mode="keyframe") if wanted.mode == "full" else wanted
    if level == 2:
        # A little less than two of them, so that jitter does not make it three.
        every = max(1.8 * spacing, wanted.every if wanted.mode == "snapshot" else 0.0)
        return replace(wanted, mode="snapshot", every=every)
    return replace(wanted, mode="snapshot", every=max(SNAPSHOT_S, wanted.every))


def room(*, limit: int, processes: int, cameras: int, cores: float, degraded: bool, share: float) -> int:
    """How many more cameras a worker can carry. `cores`: cores in use now; `share`: of a core that a process may use.

    What a camera costs is known from those it has; to learn it, it takes a few at a time.
    """
    free = limit - cameras
    if degraded or free <= 0:
        return min(0, free)
    if not cameras:
        return min(free, 4 * processes)
    each = max(cores / cameras, 0.002)
    fit = int((share * processes - cores) / each)
    return max(0, min(free, fit, max(4, cameras)))
