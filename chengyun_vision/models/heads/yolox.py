"""YOLOX: [1, N, 5 + C] of centre, size, whether there is anything, and classes, one row for each cell of each stride."""

from __future__ import annotations

from functools import cache

import numpy as np

from chengyun_vision.models.heads.base import Boxes, Floats, Outputs, Spec, best, centred, expect, grid, only

OPTIONS = {
    "strides": [8, 16, 32],
    "raw": True,
}  # raw: offsets within cells and logarithms of sizes, not yet pixels

_grid = cache(grid)


def decode(outputs: Outputs, spec: Spec) -> Boxes:
    strides = tuple(spec.options["strides"])
    cells, sides = _grid(spec.width, spec.height, strides)
    wanted = f"[1, {len(cells)}, {5 + spec.classes}]"
    rows = only(outputs, wanted)
    expect(rows, (1, len(cells) if spec.options["raw"] else None, 5 + spec.classes), outputs, wanted)
    rows = rows[0]
    likely = np.flatnonzero(rows[:, 4] >= spec.least)  # a class cannot raise the score above this
    rows = rows[likely]
    kept, classes, scores = best(rows[:, 4:5] * rows[:, 5:], spec.least)
    rows, likely = rows[kept], likely[kept]
    centres, sizes = rows[:, :2], rows[:, 2:4]
    if spec.options["raw"]:
        centres, sizes = (centres + cells[likely]) * sides[likely], _sizes(sizes, sides[likely])
    return Boxes(centred(centres, sizes), scores, classes)


def _sizes(logarithms: Floats, sides: Floats) -> Floats:
    return np.asarray(np.exp(np.minimum(logarithms, 20.0)) * sides, np.float32)
