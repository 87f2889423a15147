"""How nets answer, by the name that a manifest gives in `head:`. One small pure function each."""

from chengyun_vision.models.heads import (
    classify,
    detr,
    fastestdet,
    picodet,
    planes,
    points,
    ssd,
    yolo_end2end,
    yolo_v8like,
    yolox,
)  # fmt: skip
from chengyun_vision.models.heads.base import Head

_DETR = Head(detr.decode, "detections", sizes=True)
_DISTANCES = Head(picodet.decode, "detections", overlapping=True, options=picodet.OPTIONS)

HEADS: dict[str, Head] = {
    "yolox": Head(yolox.decode, "detections", overlapping=True, options=yolox.OPTIONS),
    "yolo-v8like": Head(yolo_v8like.decode, "detections", overlapping=True),
    "yolo-end2end": Head(yolo_end2end.decode, "detections"),
    "rtdetr": _DETR,
    "dfine": _DETR,
    "deim": _DETR,
    "rfdetr": Head(detr.decode_rf, "detections"),
    "picodet": _DISTANCES,
    "nanodet": _DISTANCES,
    "fastestdet": Head(fastestdet.decode, "detections", overlapping=True),
    "ssd": Head(ssd.decode, "detections", overlapping=True, options=ssd.OPTIONS),
    "density": Head(planes.density, "heat", options=planes.DENSITY),
    "points": Head(points.decode, "points", options=points.OPTIONS),
    "segmask": Head(planes.segmask, "masks", options=planes.MASK),
    "classify": Head(classify.decode, "votes", options=classify.OPTIONS),
}
