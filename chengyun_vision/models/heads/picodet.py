"""PicoDet and NanoDet: the distance to each side as a distribution over whole cells (DFL), scores of classes beside it.

Either one output [1, N, C + 4 (m + 1)] over all strides, or for each stride one [1, n, C] and one [1, n, 4 (m + 1)]: first
all scores, then all distances, as their exporters order them.
"""

from __future__ import annotations

import numpy as np

from chengyun_vision.models.heads.base import (
    Array,
    Boxes,
    Misfit,
    Outputs,
    Spec,
    best,
    grid,
    sigmoid,
    softmax,
)  # fmt: skip

# centre: where in its cell a distance starts from (NanoDet-Plus: 0). logits: the scores are not yet 0-1.
OPTIONS = {"strides": [8, 16, 32, 64], "bins": 7, "centre": 0.5, "logits": False}


def decode(outputs: Outputs, spec: Spec) -> Boxes:
    strides, bins = tuple(spec.options["strides"]), int(spec.options["bins"])
    cells, sides = grid(spec.width, spec.height, strides)
    scores, distances = _tables(outputs, len(strides), spec.classes, 4 * (bins + 1), len(cells))
    kept, classes, top = best(sigmoid(scores) if spec.options["logits"] else scores, spec.least)
    spread = softmax(distances[kept].reshape(-1, 4, bins + 1), axis=2)
    reach = (spread @ np.arange(bins + 1, dtype=np.float32)) * sides[kept]
    centres = (cells[kept] + float(spec.options["centre"])) * sides[kept]
    corners = np.concatenate([centres - reach[:, :2], centres + reach[:, 2:]], axis=1, dtype=np.float32)
    return Boxes(corners, top, classes)


def _tables(outputs: Outputs, strides: int, classes: int, wide: int, cells: int) -> tuple[Array, Array]:
    arrays = list(outputs.values())
    if len(arrays) == 1 and arrays[0].shape == (1, cells, classes + wide):
        return arrays[0][0, :, :classes], arrays[0][0, :, classes:]
    if len(arrays) == 2 * strides and all(array.ndim == 3 and array.shape[0] == 1 for array in arrays):
        first, last = arrays[:strides], arrays[strides:]
        same = all(a.shape[1] == b.shape[1] for a, b in zip(first, last, strict=True))
        if same and {a.shape[2] for a in first} == {classes} and {b.shape[2] for b in last} == {wide}:
            scores, distances = (np.concatenate([a[0] for a in part]) for part in (first, last))
            if len(scores) == cells:
                return scores, distances
    raise Misfit(
        f"[1, {cells}, {classes + wide}], or {strides} of [1, n, {classes}] and {strides} of [1, n, {wide}]",
        outputs,
    )
