"""FastestDet: [1, 5 + C, h, w], one thing at most for each cell of one coarse grid."""

from __future__ import annotations

import numpy as np

from chengyun_vision.models.heads.base import Boxes, Outputs, Spec, best, centred, expect, only, sigmoid


def decode(outputs: Outputs, spec: Spec) -> Boxes:
    wanted = f"[1, {5 + spec.classes}, h, w]"
    planes = only(outputs, wanted)
    expect(planes, (1, 5 + spec.classes, None, None), outputs, wanted)
    down, across = planes.shape[2:]
    rows = planes[0].reshape(5 + spec.classes, -1).T
    presence = np.clip(rows[:, :1], 0.0, 1.0) ** 0.6  # how its authors weigh presence against class
    kept, classes, scores = best(presence * np.clip(rows[:, 5:], 0.0, 1.0) ** 0.4, spec.least)
    cells = np.stack([kept % across, kept // across], axis=1)
    size = np.array([spec.width, spec.height], np.float32)
    centres = (cells + np.tanh(rows[kept, 1:3])) / np.array([across, down]) * size
    return Boxes(centred(centres, sigmoid(rows[kept, 3:5]) * size), scores, classes)
