"""Parts of a picture: tiles, crops, and how what was found in them comes together."""

from __future__ import annotations

from chengyun_vision.frames import Box


def tiles(columns: int = 2, rows: int = 2, overlap: float = 0.2) -> tuple[Box, ...]:
    """Parts of equal size that cover the picture. `overlap`: of a part's side, shared with its neighbour."""
    across, down = _spans(columns, overlap), _spans(rows, overlap)
    return tuple(Box(left, top, right, bottom) for top, bottom in down for left, right in across)


def _spans(count: int, overlap: float) -> list[tuple[float, float]]:
    side = 1.0 / (count - (count - 1) * overlap)
    starts = [index * side * (1.0 - overlap) for index in range(count)]
    return [(start, min(1.0, start + side)) for start in starts]
