"""SSD with its anchors applied: boxes [1, N, 4] and scores [1, N, C], with or without a column that says "nothing"."""

from __future__ import annotations

import numpy as np

from chengyun_vision.models.heads.base import Boxes, Misfit, Outputs, Spec, best, expect

# boxes: the name of their output (else the first with rows of four). background: which column of the scores says "nothing".
# order, unit: of the boxes.
OPTIONS = {"boxes": "", "background": "first", "order": "xyxy", "unit": "share"}


def decode(outputs: Outputs, spec: Spec) -> Boxes:
    background = spec.options["background"]
    columns = spec.classes + (background != "none")
    wanted = f"boxes [1, N, 4] and scores [1, N, {columns}]"
    if len(outputs) != 2:
        raise Misfit(wanted, outputs)
    boxes, scores = outputs.values()
    named = spec.options["boxes"]
    if boxes.shape[-1:] != (4,) if not named else named != next(iter(outputs)):
        boxes, scores = scores, boxes
    expect(boxes, (1, None, 4), outputs, wanted)
    expect(scores, (1, boxes.shape[1], columns), outputs, wanted)
    table = scores[0]
    if background != "none":
        table = table[:, 1:] if background == "first" else table[:, :-1]
    kept, classes, top = best(table, spec.least)
    corners = boxes[0, kept].astype(np.float32)
    if spec.options["order"] == "yxyx":
        corners = corners[:, [1, 0, 3, 2]]
    if spec.options["unit"] == "share":
        corners = corners * np.array([spec.width, spec.height] * 2, np.float32)
    return Boxes(corners, top, classes)
