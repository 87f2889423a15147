"""One camera's health: pictures and notices in, named states out."""

from __future__ import annotations

from chengyun_vision.frames import Frame
from chengyun_vision.source.base import Notice

STATES = ("offline", "frozen", "dark", "blurred", "covered", "moved", "corrupt", "clock")


class Health:
    """`states` is what goes into `Look.health`: each of STATES -> seconds for which it has held at the last call, 0.0 = fine.

    Hold times are inside: a state is told after it lasted, and ends after it was fine for a while. None of it is a
    judgement about people.
    """

    def __init__(self) -> None:
        raise NotImplementedError

    def look(self, frame: Frame) -> dict[str, float]:
        """For any decoded picture; measures by itself only as often as it needs to (suggested: each 30 s, sameness always)."""
        raise NotImplementedError

    def notice(self, notice: Notice) -> dict[str, float]:
        """For everything that a source says beside its pictures."""
        raise NotImplementedError

    def tick(self, at: float) -> dict[str, float]:
        """When nothing comes: lets hold times run, so that `offline` is told of a silent stream."""
        raise NotImplementedError

    def reference(self, frame: Frame) -> None:
        """The picture as it should be, for `moved`: given by a person, or the first good one."""
        raise NotImplementedError
