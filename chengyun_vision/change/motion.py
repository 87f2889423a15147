"""What moves, on a small luma plane: running average, absolute difference, boxes. 0.1 CPU-ms a picture."""

from __future__ import annotations

from collections.abc import Sequence

from chengyun_vision.frames import Box, Image

SIZE = (320, 180)  # width, height of the plane that `look` takes: `frame.luma(*SIZE)`


class Motion:
    """One camera's motion. `ignore`: polygons in 0-1 that do not count. `threshold`: grey levels of difference (suggested:
    12). `smallest`: least area of a moving box, share of the picture (suggested: 0.0008).
    """

    def __init__(
        self,
        ignore: Sequence[Sequence[tuple[float, float]]] = (),
        *,
        threshold: float = 12.0,
        smallest: float = 0.0008,
        memory_s: float = 2.0,
    ) -> None:
        raise NotImplementedError

    def look(self, luma: Image, at: float) -> tuple[Box, ...]:
        """Moving boxes against the running average; empty for the first picture. A global change of light is no motion."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forgets the average: after a jump, a new size, a new connection."""
        raise NotImplementedError
