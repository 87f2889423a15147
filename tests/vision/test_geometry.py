"""Zones and lines: what is refused, what lies inside, who has passed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.frames import Box
from chengyun_vision.geometry import WHOLE, covered, line, overlap, zone
from chengyun_vision.problem import Problem

unit = st.floats(0, 1, allow_nan=False, width=32)
L_SHAPE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.5], [0.5, 0.5], [0.5, 0.9], [0.1, 0.9]]


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([], "three"),
        ([[0, 0], [1, 1]], "three"),
        ([[0, 0], [1, 0], [0, 0]], "three"),
        ([[0, 0], [1, 1], [1, 0], [0, 1]], "cross"),
        ([[0, 0], [1, 0], [0.5, 0], [0.5, 1]], "cross"),
        ([[0, 0], [0.5, 0.5], [1, 1]], "area"),
        ([[0, 0], [0, 0], [1, 0], [1, 1]], "twice"),
        ([[0, 0], [1, 0], [1, 1.01]], "point 3"),
        ([[0, 0], [1, 0], [1, -0.0001]], "point 3"),
        ([[0, 0], [1, 0], ["1", 1]], "point 3"),
        ([[0, 0], [1, 0], [True, 1]], "point 3"),
        ([[0, 0], [1, 0], [math.nan, 1]], "point 3"),
        ([[0, 0], [1, 0], [1, 1, 1]], "point 3"),
        ("everything", "list"),
        (None, "list"),
        ([[0.5 + 0.4 * math.cos(i / 40), 0.5 + 0.4 * math.sin(i / 40)] for i in range(240)], "200"),
    ],
)
def test_a_wrong_zone_is_refused_with_its_place_and_reason(points, reason):
    with pytest.raises(Problem, match=reason) as refused:
        zone("gate", points)
    assert "gate" in str(refused.value)


def test_the_edge_and_the_corners_belong_to_a_zone():
    for corner in WHOLE.corners:
        assert WHOLE.holds(corner)
    assert WHOLE.holds((0.5, 1.0))
    bent = zone("l", L_SHAPE)
    assert bent.holds((0.5, 0.5)) and bent.holds((0.7, 0.5)) and bent.holds((0.1, 0.4))
    assert not bent.holds((0.7, 0.7)) and not bent.holds((0.95, 0.3))


@given(unit, unit)
def test_inside_a_bent_zone_is_inside_one_of_its_parts(x, y):
    inside = (0.1 <= x <= 0.9 and 0.1 <= y <= 0.5) or (0.1 <= x <= 0.5 and 0.1 <= y <= 0.9)
    edges = [x - 0.1, x - 0.5, x - 0.9, y - 0.1, y - 0.5, y - 0.9]
    if min(abs(edge) for edge in edges) > 1e-6:
        assert zone("l", L_SHAPE).holds((x, y)) == inside


@given(unit, unit, unit, unit)
def test_the_share_of_a_box_in_a_bent_zone_is_that_of_its_parts(x1, y1, x2, y2):
    box = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    if box.area < 1e-4:
        return
    one, two, both = Box(0.1, 0.1, 0.9, 0.5), Box(0.1, 0.1, 0.5, 0.9), Box(0.1, 0.1, 0.5, 0.5)
    wanted = covered(box, one) + covered(box, two) - covered(box, both)
    assert zone("l", L_SHAPE).share_of(box) == pytest.approx(wanted, abs=1e-6)


def test_masks_of_any_size_cover_the_same_share():
    half = zone("half", [[0, 0], [0.5, 0], [0.5, 1], [0, 1]])
    for height, width in ((10, 20), (96, 96), (720, 1280)):
        mask = np.zeros((height, width), np.bool_)
        mask[: height // 2] = True
        assert half.share_covered(mask) == pytest.approx(0.5, abs=0.02)
        assert half.sum_of(np.full((height, width), 2 / (height * width), np.float32)) == pytest.approx(
            1, rel=0.05
        )
    assert half.share_under([Box(0, 0, 0.25, 1), Box(0.1, 0, 0.25, 1)]) == pytest.approx(0.5, abs=0.02)
    tiny = zone("tiny", [[0.51, 0.51], [0.52, 0.51], [0.515, 0.52]])
    assert tiny.grid(10, 10).sum() == 1


def test_sides_the_band_and_the_ends_of_a_line():
    door = line("door", [[0.2, 0.5], [0.8, 0.5]], band=0.05)
    assert door.side((0.5, 0.6)) == 1 and door.side((0.5, 0.4)) == -1, (
        "right hand is below when walking to the right"
    )
    assert door.side((0.5, 0.54)) == 0 == door.side((0.5, 0.46))
    assert door.passed((0.5, 0.4), (0.5, 0.6)) and door.passed((0.5, 0.6), (0.5, 0.4))
    assert not door.passed((0.1, 0.4), (0.1, 0.6)), "round its end"
    assert not door.passed((0.5, 0.4), (0.6, 0.45))


@given(st.lists(st.tuples(unit, unit), min_size=2, max_size=20))
def test_a_way_passes_a_line_across_the_picture_as_often_as_it_changes_sides(way):
    across = line("across", [[0.0, 0.5], [1.0, 0.5]])
    passed = sum(across.passed(one, two) for one, two in zip(way, way[1:], strict=False))
    assert passed % 2 == ((way[0][1] >= 0.5) != (way[-1][1] >= 0.5))


@pytest.mark.parametrize("points", [[[0, 0]], [[0, 0], [0.001, 0]], [[0, 0], [1, 1], [1, 0]], None])
def test_a_wrong_line_is_refused(points):
    with pytest.raises(Problem, match="line gate"):
        line("gate", points)


@given(unit, unit, unit, unit, unit, unit)
def test_overlap_is_symmetric_and_bounded(a, b, c, d, e, f):
    one, two = (
        Box(min(a, b), min(c, d), max(a, b), max(c, d)),
        Box(min(c, e), min(a, f), max(c, e), max(a, f)),
    )
    assert overlap(one, two) == overlap(two, one)
    assert 0 <= overlap(one, two) <= 1 + 1e-9
    if one.area > 1e-9:
        assert overlap(one, one) == pytest.approx(1)
