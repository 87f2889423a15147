"""Transformers. RT-DETR, D-FINE and DEIM give labels, boxes and scores at the size asked for (we ask for the input's own);
RF-DETR gives boxes in 0-1 and one logit for each class."""

from __future__ import annotations

import numpy as np

from chengyun_vision.models.heads.base import Boxes, Outputs, Spec, centred, expect, named, sigmoid


def decode(outputs: Outputs, spec: Spec) -> Boxes:
    labels, boxes, scores = named(outputs, "labels", "boxes", "scores")
    wanted = "labels [1, N], boxes [1, N, 4], scores [1, N]"
    expect(boxes, (1, None, 4), outputs, wanted)
    for array in (labels, scores):
        expect(array, (1, boxes.shape[1]), outputs, wanted)
    classes = labels[0].astype(np.intp)
    kept = (scores[0] >= spec.least) & (classes >= 0) & (classes < spec.classes)
    return Boxes(boxes[0][kept].astype(np.float32), scores[0][kept].astype(np.float32), classes[kept])


def decode_rf(outputs: Outputs, spec: Spec) -> Boxes:
    boxes, logits = named(outputs, "dets", "labels")
    wanted = f"dets [1, N, 4], labels [1, N, {spec.classes} or {spec.classes + 1}]"
    expect(boxes, (1, None, 4), outputs, wanted)
    columns = spec.classes + (logits.shape[-1] == spec.classes + 1)  # the last one says "nothing"
    expect(logits, (1, boxes.shape[1], columns), outputs, wanted)
    scores = sigmoid(logits[0, :, : spec.classes])
    queries, classes = np.nonzero(scores >= spec.least)  # a query may answer with several classes
    order = np.argsort(-scores[queries, classes], kind="stable")[: boxes.shape[1]]
    queries, classes = queries[order], classes[order]
    size = np.array([spec.width, spec.height], np.float32)
    corners = centred(boxes[0, queries, :2] * size, boxes[0, queries, 2:] * size)
    return Boxes(corners, scores[queries, classes], classes)
