"""Each head on small tensors with known answers, and on tensors that are not its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun_vision.models.heads import HEADS
from chengyun_vision.models.heads.base import Boxes, Misfit, Planes, Points, Spec, Votes


def decode(head, outputs, *, size=64, classes=3, least=0.3, **options):
    known = HEADS[head]
    spec = Spec(size, size, classes, least, {**known.options, **options})
    if not isinstance(outputs, dict):
        outputs = {"out": outputs}
    return known.decode({name: np.asarray(array, np.float32) for name, array in outputs.items()}, spec)


def said(boxes):
    return [
        (round(float(score), 3), int(index), [round(float(side), 2) for side in corners])
        for corners, score, index in zip(boxes.corners, boxes.scores, boxes.classes, strict=True)
    ]


def test_yolox_adds_cells_and_strides():
    cells = 8 * 8 + 4 * 4 + 2 * 2
    out = np.zeros((1, cells, 8), np.float32)
    # cell (column 2, row 3) of stride 8: middle (2.5, 3.25) * 8, size e^0 and e^1 times 8
    out[0, 3 * 8 + 2] = [0.5, 0.25, 0.0, 1.0, 0.9, 0.1, 0.8, 0.0]
    # cell (1, 0) of stride 32; presence without a class is nothing
    out[0, 64 + 16 + 1] = [0.5, 0.5, 0.0, 0.0, 0.9, 0.1, 0.1, 0.1]
    found = decode("yolox", out)
    assert said(found) == [(0.72, 1, [16.0, 15.13, 24.0, 36.87])]


def test_yolox_with_boxes_in_pixels():
    out = np.zeros((1, 84, 8), np.float32)
    out[0, 5] = [32, 32, 10, 20, 1.0, 0.0, 0.0, 0.5]
    assert said(decode("yolox", out, raw=False)) == [(0.5, 2, [27.0, 22.0, 37.0, 42.0])]


def test_yolo_v8like_is_the_other_way_round():
    out = np.zeros((1, 7, 5), np.float32)
    out[0, :, 4] = [32, 16, 8, 4, 0.1, 0.2, 0.7]
    assert said(decode("yolo-v8like", out)) == [(0.7, 2, [28.0, 14.0, 36.0, 18.0])]


def test_yolo_end2end_takes_what_is_above_the_score():
    out = [[[1, 2, 3, 4, 0.9, 1], [1, 2, 3, 4, 0.1, 0], [1, 2, 3, 4, 0.9, 7]]]
    assert said(decode("yolo-end2end", out)) == [(0.9, 1, [1.0, 2.0, 3.0, 4.0])]


@pytest.mark.parametrize("head", ["rtdetr", "dfine", "deim"])
def test_transformers_name_their_outputs(head):
    outputs = {"labels": [[2, 0]], "boxes": [[[1, 2, 3, 4], [5, 6, 7, 8]]], "scores": [[0.9, 0.2]]}
    assert said(decode(head, outputs)) == [(0.9, 2, [1.0, 2.0, 3.0, 4.0])]
    assert HEADS[head].sizes


@pytest.mark.parametrize("nothing", [0, 1])
def test_rfdetr_has_logits_and_shares(nothing):
    logits = np.full((1, 2, 3 + nothing), -9.0, np.float32)
    logits[0, 1, 0] = 0.0
    outputs = {"dets": [[[0.1, 0.1, 0.1, 0.1], [0.5, 0.5, 0.25, 0.5]]], "labels": logits}
    assert said(decode("rfdetr", outputs)) == [(0.5, 0, [24.0, 16.0, 40.0, 48.0])]


def distances(cells, cell, reach, bins=7):
    """All weight on one bin for each side: `reach` in cells."""
    out = np.full((1, cells, 4, bins + 1), -50.0, np.float32)
    for side, bin_ in enumerate(reach):
        out[0, cell, side, bin_] = 50.0
    return out.reshape(1, cells, -1)


def test_picodet_one_table_for_each_stride():
    strides = [8, 16, 32, 64]
    sizes = [64, 16, 4, 1]
    outputs = {f"scores{n}": np.zeros((1, n, 3), np.float32) for n in sizes}
    outputs |= {f"reach{n}": distances(n, 0, (0, 0, 0, 0)) for n in sizes}
    outputs["scores16"][0, 5, 1] = 0.8  # column 1, row 1 of stride 16: middle (24, 24)
    outputs["reach16"] = distances(16, 5, (1, 0, 1, 2))
    assert said(decode("picodet", outputs, strides=strides)) == [(0.8, 1, [8.0, 24.0, 40.0, 56.0])]


def test_nanodet_all_in_one_table():
    scores = np.zeros((1, 84, 3), np.float32)
    scores[0, 64 + 5, 1] = 0.8
    table = np.concatenate([scores, distances(84, 64 + 5, (1, 0, 1, 2))], axis=2)
    found = decode("nanodet", table, strides=[8, 16, 32], centre=0.0)
    assert said(found) == [(0.8, 1, [0.0, 16.0, 32.0, 48.0])]


def test_fastestdet_one_thing_a_cell():
    out = np.zeros((1, 8, 4, 4), np.float32)
    out[0, :, 2, 1] = [1.0, 0.0, 0.0, 0.0, np.log(3), 0.0, 1.0, 0.0]
    # middle (1, 2) of 4 x 4 cells of 16 pixels; sides 1/2 and 3/4 of the picture
    assert said(decode("fastestdet", out)) == [(1.0, 1, [0.0, 8.0, 32.0, 56.0])]


def test_ssd_knows_what_says_nothing():
    boxes = [[[0.25, 0.5, 0.5, 1.0], [0, 0, 1, 1]]]
    scores = [[[0.1, 0.0, 0.9, 0.0], [0.9, 0.1, 0.0, 0.0]]]
    assert said(decode("ssd", {"a": boxes, "b": scores})) == [(0.9, 1, [16.0, 32.0, 32.0, 64.0])]
    assert said(decode("ssd", {"b": scores, "a": boxes}, order="yxyx", boxes="a"))[0][2] == [
        32.0,
        16.0,
        64.0,
        32.0,
    ]
    last = decode("ssd", {"a": boxes, "b": scores}, background="last")
    assert [index for _, index, _ in said(last)] == [2, 0]


def test_density_sums_to_people():
    found = decode("density", np.full((1, 1, 4, 4), 50.0), divide=100.0)
    assert isinstance(found, Planes) and found.values.shape == (1, 4, 4)
    assert found.values.sum() == pytest.approx(8.0)


def test_points_are_told_apart_by_name():
    outputs = {"pred_points": [[[3, 4], [5, 6]]], "pred_logits": [[[0, 5], [5, 0]]]}
    found = decode("points", outputs)
    assert isinstance(found, Points)
    assert found.places.tolist() == [[3.0, 4.0]]


def test_segmask_over_classes_or_each_for_itself():
    logits = np.zeros((1, 3, 2, 2), np.float32)
    logits[0, 1, 0, 0] = 9.0
    soft, each = decode("segmask", logits), decode("segmask", logits, activation="sigmoid")
    assert soft.values[1, 0, 0] == pytest.approx(1.0, abs=1e-3)
    assert soft.values[:, 1, 1] == pytest.approx([1 / 3] * 3)
    assert each.values[0, 0, 0] == pytest.approx(0.5)


def test_classify_votes():
    found = decode("classify", [[0.0, 0.0, np.log(2)]])
    assert isinstance(found, Votes) and found.scores.tolist() == pytest.approx([0.25, 0.25, 0.5])
    with pytest.raises(Misfit):
        decode("classify", [[0.1, 0.2, 0.7]], activation="argmax")


@pytest.mark.parametrize("head", sorted(HEADS))
def test_an_output_more_than_the_head_reads_does_not_fit(head):
    """What nobody reads could be anything."""
    with pytest.raises(Misfit):
        decode(head, {"a": np.zeros((1, 5, 6)), "b": np.zeros((1, 5, 4)), "feature": np.zeros((1, 512))})


@settings(max_examples=200, deadline=None)
@given(
    head=st.sampled_from(sorted(HEADS)),
    shapes=st.lists(st.lists(st.integers(0, 9), min_size=0, max_size=4), min_size=0, max_size=3),
    filling=st.sampled_from([0.0, 1.0, -1e30, 1e30, float("nan"), float("inf")]),
)
def test_no_shape_and_no_number_breaks_a_head(head, shapes, filling):
    """It fits or it is a Misfit, never another error; and scores stay comparable numbers."""
    outputs = {f"o{index}": np.full(shape, filling, np.float32) for index, shape in enumerate(shapes)}
    try:
        with np.errstate(all="ignore"):
            found = decode(head, outputs)
    except Misfit:
        return
    assert isinstance(found, Boxes | Planes | Points | Votes)
    if isinstance(found, Boxes):
        assert len(found.corners) == len(found.scores) == len(found.classes)
        assert (found.scores >= 0.3).all() and (found.classes < 3).all()
