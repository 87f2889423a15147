"""A model that was loaded and checked."""

from __future__ import annotations

from collections.abc import Sequence

from chengyun_vision.frames import Box, Frame, Look


class Model:
    """Made by `load`, which checks it. `id`: of its manifest. `labels`: the kinds of the vocabulary it can see."""

    id: str
    labels: frozenset[str]

    def look(self, frame: Frame, regions: Sequence[Box] | None = None) -> Look:
        """What is in the picture, or in these parts of it (0-1 of the picture; None: all of it).

        The look has only the field that this model fills: `detections` (detectors; boxes in 0-1 of the whole picture, best
        first, merged over overlapping regions), `heat`, `points`, `masks` or `votes`. All others are None: not looked at.
        """
        raise NotImplementedError

    def tiles(self) -> tuple[Box, ...]:
        """2 x 2 parts that overlap by a fifth, for pictures in which things are small: four times the cost."""
        raise NotImplementedError
