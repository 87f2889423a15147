"""Detectors by manifest: a file's hash, licence, head, preprocessing and classes, and a picture it must answer rightly.

    model = models.load("yolox-nano")                 # a shipped manifest, weights in CHENGYUN_MODELS
    model = models.load("people.yaml")                # the operator's own, weights beside it or in CHENGYUN_MODELS
    model = models.load("weights/yolox_nano.onnx")    # weights that a known manifest describes, found by their hash
    look = model.look(frame)                          # the whole picture
    look = model.look(frame, model.tiles())           # 2 x 2 overlapping parts, for high points
    look = model.look(frame, [Box(...), ...])         # parts that something changed in

A model answers with kinds of the vocabulary and nothing else. One model serves all cameras of a process.
"""

from chengyun_vision.models.loader import load
from chengyun_vision.models.model import Model
from chengyun_vision.models.regions import tiles

__all__ = ["Model", "load", "tiles"]
