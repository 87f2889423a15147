"""The two shipped manifests with their real weights on real clips."""

import shutil
from collections.abc import Iterator

import numpy as np
import pytest
import yaml

from chengyun_vision import models
from chengyun_vision.models import manifest
from chengyun_vision.problem import Problem
from tests.vision.nets import manifest as described
from tests.vision.pictures import pictures
from tests.vision.shared import clip, weights

# When somebody is in view in the clip of one person after another, seconds; to within a second and a half.
VISITS = [(6.5, 20), (23, 44.5), (50.5, 70), (75, 87), (93, 120), (124, 136)]
EDGE = 1.5


@pytest.fixture(scope="module")
def yolox():
    return models.load(weights("yolox_nano.onnx"))


@pytest.fixture(scope="module")
def fastestdet():
    return models.load(weights("FastestDet.onnx"))


def presence(model, fps) -> Iterator[tuple[float, int]]:
    for picture in pictures(clip("one-by-one-person-detection.mp4"), fps):
        found = model.look(picture).detections
        yield picture.at, sum(one.label == "person" for one in found)


def inside(at, edge):
    """True well within a visit, False well outside, None near an edge."""
    if any(start + edge <= at <= end - edge for start, end in VISITS):
        return True
    return None if any(start - edge < at < end + edge for start, end in VISITS) else False


def test_yolox_sees_each_visit_and_nobody_between(yolox):
    wrong = [
        (at, count) for at, count in presence(yolox, 1)
        if (inside(at, EDGE) is True and count != 1) or (inside(at, EDGE) is False and count)
    ]  # fmt: skip
    assert not wrong


def test_fastestdet_sees_each_visit(fastestdet):
    """It is noisy: it must see most of each visit, and seldom somebody between."""
    seen = list(presence(fastestdet, 1))
    for start, end in VISITS:
        within = [count > 0 for at, count in seen if start + EDGE <= at <= end - EDGE]
        assert np.mean(within) >= 0.8, (start, end, np.mean(within))
    between = [count > 0 for at, count in seen if inside(at, EDGE) is False]
    assert np.mean(between) <= 0.1, np.mean(between)


def test_boxes_are_where_people_are(yolox):
    """Somebody who stands on the floor of this room: higher than wide, feet on the floor, head below the ceiling."""
    for picture in pictures(clip("one-by-one-person-detection.mp4"), 1, until=20):
        if inside(picture.at, 3.0):
            (box,) = [one.box for one in yolox.look(picture).detections if one.label == "person"]
            assert 0.15 < box.bottom - box.top <= 1.0 and box.bottom > 0.5


def test_tiles_see_more_of_the_far(yolox):
    whole = tiled = 0
    for picture in pictures(clip("vtest-pets09-480x360.avi"), 0.25, until=40):
        whole += sum(one.label == "person" for one in yolox.look(picture).detections)
        tiled += sum(one.label == "person" for one in yolox.look(picture, yolox.tiles()).detections)
    assert whole <= tiled <= 2 * whole


@pytest.mark.parametrize(
    "wrong",
    [{"colour": "bgr", "mean": [0, 0, 0], "std": [1, 1, 1], "scale": 1.0}, {"resize": "stretch"}, {"mean": [0, 0, 0]}],
)  # fmt: skip
def test_wrong_preprocessing_is_noticed_at_load(tmp_path, wrong):
    """Without the golden picture this net would answer nonsense and nobody would know."""
    shutil.copy(weights("yolox_nano.onnx"), tmp_path)
    content = yaml.safe_load((manifest.SHIPPED / "yolox-nano.yaml").read_text("utf-8"))
    content["input"] |= wrong
    (tmp_path / "changed.yaml").write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(Problem, match="golden picture street"):
        models.load(tmp_path / "changed.yaml")


def test_the_face_detector_is_no_model(tmp_path):
    """Its weights serve the masking; as a model they are refused, whatever a manifest says."""
    content = weights("yunet_n_640_640.onnx").read_bytes()
    for head in ("ssd", "yolox", "points"):
        with pytest.raises(Problem):
            models.load(
                described(tmp_path, content, head=head, names=["person"], classes={"person": "person"})
            )
