"""One camera's health: pictures and notices in, named states out. It judges the camera, never what is before it."""

from __future__ import annotations

from collections import deque
from statistics import median

import numpy as np

from chengyun_vision.frames import Frame, Image
from chengyun_vision.health.measures import (
    DARK,
    FLAT,
    Light,
    Outline,
    brightness,
    outline,
    same_view,
    sharpness,
)
from chengyun_vision.health.states import States
from chengyun_vision.source.base import Cause, Notice

_SIZE = (320, 180)
_FINE = (640, 360)  # sharpness needs more pixels than motion does
_KNOWN = 5  # so many measures make a history that the next can be compared with
_BLURRED = 0.35  # of the usual sharpness (suggested)
_PLAIN = 0.4  # of the usual spread, under which a flat picture is a covered one (suggested)
_WINDOW = 60.0  # seconds over which broken packets are counted
_BROKEN = 0.2  # share of them that is too much (suggested)


class Health:
    """`look`, `notice` and `tick` give what belongs into `Look.health`: state (see STATES) -> seconds for which it has held,
    0.0 = fine; states of which nothing is known are missing. Hold times are inside: a state is told after it lasted, and
    ends after it was fine for a while. `cause`: why the stream was lost, None while pictures come: a connection alone is
    no picture, and one without keyframes would end "offline" again and again. `every_s`: seconds between two measures of
    sharpness and view (suggested: 30; sameness and light are measured on each picture).
    """

    def __init__(self, every_s: float = 30.0) -> None:
        self.every_s = every_s
        self.cause: Cause | None = None
        self._states = States()
        self._before: Image | None = None
        self._measured: float | None = None
        self._lights: deque[float] = deque(maxlen=7)  # spread of the last pictures that were not covered
        self._sharp: deque[float] = deque(maxlen=120)
        self._reference: Outline | None = None
        self._recent: Outline | None = None
        self._heard: deque[tuple[float, bool]] = deque(maxlen=2000)  # packets: when, whether broken
        self._jumped: float | None = None

    def look(self, frame: Frame) -> dict[str, float]:
        """For any decoded picture."""
        luma = frame.luma(*_SIZE)
        self.cause = None
        self._heard.append((frame.at, False))
        seen = brightness(luma)
        bad = {"offline": False, "corrupt": self._breaking(frame.at), "clock": self._jumping(frame.at)}
        bad["frozen"] = self._before is not None and np.array_equal(luma, self._before)
        self._before = luma
        bad["covered"] = self._covered(seen)
        bad["dark"] = seen.mean < DARK and not bad["covered"]
        if self._measured is None or not 0 <= frame.at - self._measured < self.every_s:
            self._measured = frame.at
            bad |= self._measure(frame, seen, unseen=bad["covered"] or bad["dark"])
        return self._states.step(frame.at, bad)

    def notice(self, notice: Notice) -> dict[str, float]:
        """For everything that a source or a decoder says beside its pictures."""
        bad: dict[str, bool] = {}
        match notice.kind:
            case "lost":
                self.cause = notice.cause
                bad = {"offline": True}
            case "corrupt":
                self._heard.append((notice.at, True))
                bad = {"corrupt": self._breaking(notice.at)}
            case "jumped" if notice.detail != "loop":
                self._jumped = notice.at
                bad = {"clock": True}
            case "resized":
                self.reset()
            case _:
                pass
        return self._states.step(notice.at, bad)

    def tick(self, at: float) -> dict[str, float]:
        """When nothing comes, or nothing is decoded: lets hold times run."""
        known = {"clock": False} if self._jumped is not None and not self._jumping(at) else {}
        return self._states.step(at, known)

    def reference(self, frame: Frame) -> None:
        """The view as it should be, for `moved`: given by a person, who also ends `moved` by it. Without one, the first
        pictures that can be seen well are it.
        """
        self._reference = self._recent = outline(frame.luma(*_SIZE))

    def reset(self) -> None:
        """Another size of picture: what was usual before says nothing of it."""
        self._before = self._recent = self._reference = None
        self._lights.clear()
        self._sharp.clear()
        self._measured = None

    def _covered(self, seen: Light) -> bool:
        """Suddenly flat; a place that is always flat, or grows dark slowly, is not covered."""
        usual = median(self._lights) if len(self._lights) >= _KNOWN else None
        covered = usual is not None and seen.spread < min(FLAT, _PLAIN * usual)
        if not covered:
            self._lights.append(seen.spread)
        return covered

    def _measure(self, frame: Frame, seen: Light, *, unseen: bool) -> dict[str, bool]:
        """Sharpness and view; neither can be told of a picture that shows nothing."""
        if unseen:
            return {}
        bad: dict[str, bool] = {}
        sharp = sharpness(frame.luma(*_FINE)) / max(1.0, seen.spread**2)
        if len(self._sharp) >= _KNOWN:
            bad["blurred"] = sharp < _BLURRED * median(self._sharp)
        if not bad.get("blurred"):
            self._sharp.append(sharp)
            moved = self._moved(outline(frame.luma(*_SIZE)))
            if moved is not None:
                bad["moved"] = moved
        return bad

    def _moved(self, now: Outline) -> bool | None:
        """Against the reference and against the last look that was fine: light that changes slowly is followed by it."""
        if self._recent is None or self._reference is None:
            self._reference = self._recent = now
            return False
        same = (same_view(self._reference, now), same_view(self._recent, now))
        if True in same:
            self._recent = now
            return False
        return None if None in same else True

    def _breaking(self, at: float) -> bool:
        while self._heard and not 0 <= at - self._heard[0][0] <= _WINDOW:
            self._heard.popleft()
        broken = sum(one for _, one in self._heard)
        return broken >= 3 and broken >= _BROKEN * len(self._heard)

    def _jumping(self, at: float) -> bool:
        if self._jumped is not None and at > self._jumped:
            self._jumped = None
        return self._jumped is not None
