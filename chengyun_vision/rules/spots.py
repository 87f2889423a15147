"""Things that stay where they are, each with a spell of its own: matched by place alone, without a track's number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chengyun_vision.frames import Box, Event
from chengyun_vision.geometry import overlap
from chengyun_vision.rules.spell import Spell

# More than this many things standing in one zone are a crowd of detections; the rest waits its turn.
_MOST = 200


class Spots:
    """`same`: boxes that share so much (intersection over union) are one thing. A spot keeps its first box: what creeps on
    leaves it, and a queue that moves up does not become one standing thing.
    """

    def __init__(self, make: Callable[[str], Spell], same: float) -> None:
        self._make, self._same = make, same
        self._spots: list[tuple[Box, Spell]] = []

    def __len__(self) -> int:
        return len(self._spots)

    def step(
        self,
        at: float,
        seen: Sequence[tuple[str, Box, float | None]],
        hidden: Callable[[Box], bool] = lambda box: False,
    ) -> list[Event]:
        """`seen`: label, box and, where known, since when it is there. `hidden`: whether something stands in front of a
        place, so that nobody can say what is there: what is open goes on."""
        pairs = sorted(
            (
                (overlap(anchor, box), i, j)
                for i, (anchor, _) in enumerate(self._spots)
                for j, (_, box, _) in enumerate(seen)
            ),
            reverse=True,
        )
        taken: dict[int, int] = {}
        for share, i, j in pairs:
            if share >= self._same and i not in taken and j not in taken.values():
                taken[i] = j
        said: list[Event] = []
        for i, (anchor, spell) in enumerate(self._spots):
            if i in taken:
                said += spell.step(at, True, box=seen[taken[i]][1])
            elif not hidden(anchor):
                said += spell.step(at, False)
            elif not spell.open:
                spell.finish()  # what was about to be a thing may be whoever stands there
        self._spots = [spot for spot in self._spots if not spot[1].idle]
        matched = set(taken.values())
        for j, (label, box, since) in enumerate(seen):
            if j not in matched and len(self._spots) < _MOST:
                spell = self._make(label)
                said += spell.step(at, True, since=since, box=box)
                self._spots.append((box, spell))
        return said

    def finish(self) -> list[Event]:
        said = [event for _, spell in self._spots for event in spell.finish()]
        self._spots = []
        return said
