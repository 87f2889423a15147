"""Things left behind: a slow background remembers the place as it was, a fast one follows; where the two differ and nothing
moves, something stands that was not there. Nobody knows what it is: that takes a model.
"""

from __future__ import annotations

from collections.abc import Sequence

from chengyun_vision.frames import Blob, Image


class Background:
    """One camera's background. `swallow_s`: no standing thing becomes background before this (suggested: 1800 s).
    `settle_s`: how long a thing stands still before it is a blob (suggested: 5 s). `smallest`: share of the picture.
    """

    def __init__(
        self,
        ignore: Sequence[Sequence[tuple[float, float]]] = (),
        *,
        settle_s: float = 5.0,
        swallow_s: float = 1800.0,
        threshold: float = 16.0,
        smallest: float = 0.001,
    ) -> None:
        raise NotImplementedError

    def look(self, luma: Image, at: float) -> tuple[Blob, ...]:
        """What stands there now that did not. `luma`: as for `Motion`, any rhythm (keyframes will do). A change of light over
        the whole picture makes no blob.
        """
        raise NotImplementedError

    def reset(self) -> None:
        """Learns the place anew: after a new size, a moved camera."""
        raise NotImplementedError
