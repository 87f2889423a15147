"""YOLO of the anchor-free kind: [1, 4 + C, N] of centre and size in pixels of the input, then the classes' scores."""

from __future__ import annotations

from chengyun_vision.models.heads.base import Boxes, Outputs, Spec, best, centred, expect, only


def decode(outputs: Outputs, spec: Spec) -> Boxes:
    wanted = f"[1, {4 + spec.classes}, N]"
    columns = only(outputs, wanted)
    expect(columns, (1, 4 + spec.classes, None), outputs, wanted)
    rows = columns[0].T
    kept, classes, scores = best(rows[:, 4:], spec.least)
    return Boxes(centred(rows[kept, :2], rows[kept, 2:4]), scores, classes)
