"""YOLO that has merged its boxes itself: [1, N, 6] of corners in pixels of the input, score, class."""

from __future__ import annotations

import numpy as np

from chengyun_vision.models.heads.base import Boxes, Outputs, Spec, expect, only


def decode(outputs: Outputs, spec: Spec) -> Boxes:
    rows = only(outputs, "[1, N, 6]")
    expect(rows, (1, None, 6), outputs, "[1, N, 6]")
    rows = rows[0]
    classes = np.rint(rows[:, 5]).astype(np.intp)
    kept = (rows[:, 4] >= spec.least) & (classes >= 0) & (classes < spec.classes)
    return Boxes(rows[kept, :4].astype(np.float32), rows[kept, 4].astype(np.float32), classes[kept])
