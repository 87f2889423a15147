"""Nets that point at heads: points [1, N, 2] in pixels of the input, and logits [1, N, 2] of "nothing" and "a head"."""

from __future__ import annotations

import numpy as np

from chengyun_vision.models.heads.base import Outputs, Points, Spec, expect, named, softmax

OPTIONS = {
    "points": "pred_points",
    "logits": "pred_logits",
}  # the names of the outputs, which have the same shape


def decode(outputs: Outputs, spec: Spec) -> Points:
    places, logits = named(outputs, spec.options["points"], spec.options["logits"])
    wanted = "points [1, N, 2] and logits [1, N, 2]"
    expect(places, (1, None, 2), outputs, wanted)
    expect(logits, (1, places.shape[1], 2), outputs, wanted)
    scores = softmax(logits[0], axis=1)[:, 1]
    kept = scores >= spec.least
    return Points(places[0][kept].astype(np.float32), scores[kept])
