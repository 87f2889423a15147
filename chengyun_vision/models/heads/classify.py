"""A classifier: [1, C], one score for each of its classes and nothing else."""

from __future__ import annotations

from chengyun_vision.models.heads.base import Outputs, Spec, Votes, activate, expect, only

OPTIONS = {"activation": "softmax"}


def decode(outputs: Outputs, spec: Spec) -> Votes:
    wanted = f"[1, {spec.classes}]"
    scores = only(outputs, wanted)
    expect(scores, (1, spec.classes), outputs, wanted)
    return Votes(activate(scores[0], spec.options["activation"], axis=0))
