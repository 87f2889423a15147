"""The last entries as they were told, so that a viewer who comes back shortly gets exactly what was missed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from chengyun.live.stream.following import Told

# Suggested: at twenty entries a second, the last minute and a half. Further back a new snapshot is the cheaper way.
KEPT = 2000


class Backlog:
    """Entries with dense numbers up to `seq`, at most `kept` of them."""

    def __init__(self, seq: int, kept: int = KEPT) -> None:
        self.seq = seq
        self._kept: deque[Told] = deque(maxlen=kept)

    def add(self, entries: Iterable[Told]) -> None:
        """Take the next ones. ValueError where one is missing: the seal has no gaps, so neither may this."""
        for told in entries:
            if told.seq != self.seq + 1:
                raise ValueError(f"entry {told.seq} does not follow {self.seq}")
            self._kept.append(told)
            self.seq = told.seq

    def since(self, seq: int) -> list[Told] | None:
        """What came after a number; None where it reaches back further than is kept."""
        missing = self.seq - seq
        if missing <= 0:
            return []
        if missing > len(self._kept):
            return None
        return list(self._kept)[-missing:]
