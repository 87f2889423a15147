"""How long to wait before the next attempt. Pure."""

from __future__ import annotations

from chengyun_vision.source.base import Cause


class Backoff:
    """Doubles from `first` to `most` seconds, each wait shortened by chance by up to a half, so that the cameras of a switch
    that came back do not all call at once. Begins anew after a connection that lasted (`most` seconds at least).
    """

    def __init__(self, first: float = 1.0, most: float = 60.0) -> None:
        self.first, self.most = first, most
        self._failed = 0

    def wait(self, cause: Cause, lasted: float, chance: float) -> float:
        """Seconds until the next attempt. `lasted`: how long pictures came. `chance`: 0-1, uniform.

        A wrong password is tried rarely from the start: cameras lock out who tries often.
        """
        if lasted >= self.most:
            self._failed = 0
        full = self.most if cause == "auth" else min(self.most, self.first * 2.0 ** min(self._failed, 30))
        self._failed += 1
        return full * (1 - chance / 2)
