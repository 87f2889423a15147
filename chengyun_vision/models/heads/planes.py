"""Nets that answer with a plane over the picture: people per cell, or what each place belongs to."""

from __future__ import annotations

import numpy as np

from chengyun_vision.models.heads.base import Outputs, Planes, Spec, activate, expect, only

DENSITY = {"divide": 1.0}  # some nets put out a multiple of people
MASK = {"activation": "softmax"}


def density(outputs: Outputs, spec: Spec) -> Planes:
    """[1, 1, h, w] -> people per cell. Its sum is the number of people in the picture."""
    plane = only(outputs, "[1, 1, h, w]")
    expect(plane, (1, 1, None, None), outputs, "[1, 1, h, w]")
    return Planes(np.maximum(plane[0].astype(np.float32) / float(spec.options["divide"]), 0.0))


def segmask(outputs: Outputs, spec: Spec) -> Planes:
    """[1, C, h, w] -> how much each place belongs to each class, 0-1; softmax over the classes, or each for itself."""
    wanted = f"[1, {spec.classes}, h, w]"
    planes = only(outputs, wanted)
    expect(planes, (1, spec.classes, None, None), outputs, wanted)
    return Planes(activate(planes[0], spec.options["activation"], axis=0))
