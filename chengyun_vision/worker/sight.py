"""Seconds in which nobody looked through a camera that should have been looked through. Pure."""

from __future__ import annotations

# A gap this long is one whatever the camera's own rhythm is. Suggested (建议值), seconds.
LONGEST = 10.0


class Sight:
    """`looked` for each moment examined, `take` for each report."""

    def __init__(self, at: float) -> None:
        self._last = at
        self._usual: float | None = None  # seconds between two looks while nothing is held back
        self._since = at  # of the report
        self._counted = at  # up to here it is known what was unseen
        self._unseen = 0.0
        self._lowered = False

    def looked(self, at: float, *, lowered: bool) -> None:
        """`lowered`: the process looks less than it should, for want of time."""
        gap = at - self._last
        if gap <= 0:
            return
        self._unseen += self._of_gap(self._counted, at, lowered)
        if not lowered and not self._lowered and gap < LONGEST:
            self._usual = gap if self._usual is None else 0.9 * self._usual + 0.1 * gap
        self._last = self._counted = at
        self._lowered = lowered

    def take(self, at: float) -> tuple[float, float]:
        """(seconds since the last report, how many of them nobody looked at)."""
        at = max(at, self._since)
        if at - self._last > self._patience(self._lowered):
            self._unseen += max(0.0, at - max(self._counted, self._last + self._spacing()))
            self._counted = max(self._counted, at)
        over = at - self._since
        # What was found out late is told with the next report.
        unseen = min(self._unseen, over)
        self._since, self._unseen = at, self._unseen - unseen
        return over, unseen

    @property
    def usual(self) -> float:
        """Seconds between two looks as it should be."""
        return self._spacing()

    def _spacing(self) -> float:
        return 1.0 if self._usual is None else self._usual

    def _patience(self, lowered: bool) -> float:
        return 1.5 * self._spacing() if lowered else max(LONGEST, 3 * self._spacing())

    def _of_gap(self, since: float, at: float, lowered: bool) -> float:
        if since > self._last:  # a report has counted the beginning of this gap as unseen
            return max(0.0, at - since)
        gap = at - self._last
        return max(0.0, gap - self._spacing()) if gap > self._patience(lowered or self._lowered) else 0.0
