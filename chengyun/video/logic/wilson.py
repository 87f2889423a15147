"""How precise an algorithm is, from what people judged: a share is worth little without how many it was taken of."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Two-sided 95 %.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """`true` of `judged`; `low` and `high` are the Wilson interval (95 %). None where nothing was judged."""

    true: int
    judged: int
    share: float | None
    low: float | None
    high: float | None


def share(true: int, judged: int) -> Share:
    """Raises ValueError unless 0 <= true <= judged."""
    if not 0 <= true <= judged:
        raise ValueError(f"{true} of {judged} is no share")
    if judged == 0:
        return Share(0, 0, None, None, None)
    p, z2 = true / judged, _Z * _Z
    below = 1 + z2 / judged
    middle = (p + z2 / (2 * judged)) / below
    half = _Z / below * math.sqrt(p * (1 - p) / judged + z2 / (4 * judged * judged))
    # Rounding must not put the share itself outside.
    return Share(true, judged, p, max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))
