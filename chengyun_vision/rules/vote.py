"""One picture may deceive: `k` of the last `n` must agree."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import ClassVar

from chengyun_vision.frames import Detection, Event, Look
from chengyun_vision.rules.base import OneSpell
from chengyun_vision.rules.params import COMMON, Number, Param
from chengyun_vision.rules.spec import Spec


class LabelVote(OneSpell):
    """Holds while `k` of the last `n` looks said yes. Peak: the highest score.

    A yes is a classifier's score of `score` or more for one of the classes, or, where no classifier looked, a detection of
    one in the zone. `wider_than`: a detection says yes only where its box is so many times as wide as it is high (0: any);
    somebody who lies is wider than high.
    """

    kind = "label_vote"
    wants: tuple[str, ...] = ("votes", "detections")
    params: ClassVar[Mapping[str, Param]] = {
        **COMMON,
        "k": Number(3, 1, 100, whole=True),
        "n": Number(5, 1, 100, whole=True),
        "score": Number(0.5, 0, 1),
        "wider_than": Number(0.0, 0, 10),
        "hold_off": Number(10.0, 0, 86_400),
    }

    def __init__(self, spec: Spec, new_id: Callable[[], str]) -> None:
        super().__init__(spec, new_id)
        self._votes: deque[tuple[float, bool]] = deque(maxlen=int(spec.number("n")))

    @property
    def unseen_after(self) -> float:
        return max(super().unseen_after, (self.spec.number("n") + 1) * self.spec.number("cadence"))

    def _see(self, look: Look) -> list[Event]:
        score = self._score(look)
        if score is None:
            return []
        self.value = score
        yes = score >= self.spec.number("score")
        if self._votes and look.at - self._votes[-1][0] > self.unseen_after:
            self._votes.clear()  # of another time
        self._votes.append((look.at, yes))
        agreed = [at for at, said in self._votes if said]
        if len(agreed) < self.spec.number("k"):
            return self._one.step(look.at, False)
        if not yes:
            return []  # outvoted: neither another presence nor an absence
        return self._one.step(look.at, True, score, since=agreed[0])

    def _score(self, look: Look) -> float | None:
        if look.votes is not None:
            return max(
                (score for label, score in look.votes.items() if label in self.spec.classes), default=0.0
            )
        things = self.counted(look)
        if things is None:
            return None
        return max((thing.score for thing in things if self._wide(thing, look)), default=0.0)

    def _wide(self, thing: Detection, look: Look) -> bool:
        least = self.spec.number("wider_than")
        if not least:
            return True
        ratio = look.width / look.height if look.width and look.height else 16 / 9
        box = thing.box
        return (box.right - box.left) * ratio >= least * (box.bottom - box.top) > 0

    def _end(self) -> list[Event]:
        self._votes.clear()
        return super()._end()

    def _stirring(self) -> bool:
        return super()._stirring() or any(yes for _, yes in self._votes)
