"""Motion and background on drawn scenes: what moves, what stays, and what light does not do."""

import numpy as np
import pytest

from chengyun_vision.change import Background, Motion
from chengyun_vision.geometry import zone
from tests.vision.render import Mover, Scene, Standing, luma

HALF = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]


def looks(watch, scene, seconds, step=1.0):
    """{time: answer}"""
    return {t: watch.look(luma(scene(t)), t) for t in np.arange(0, seconds, step).tolist()}


def covers(box, x, y):
    return box.left <= x / 320 <= box.right and box.top <= y / 180 <= box.bottom


@pytest.mark.parametrize(("step", "noise"), [(0.1, 3), (0.5, 8), (1.0, 0), (1.0, 3), (1.0, 8)])
def test_what_walks_through_is_boxed_where_it_is_and_nothing_else_is(step, noise):
    scene = Scene(things=[Mover((20, 80), (280, 80), 5, 15)], noise=noise)
    for t, boxes in looks(Motion(), scene, 20, step).items():
        if 6 <= t <= 14.5:
            x, y = 20 + (t - 5) / 10 * 260 + 10, 100
            assert any(covers(box, x, y) for box in boxes), t
        elif t < 4.9 or t > 18:
            assert not boxes, t


def test_what_left_leaves_no_ghost_behind_for_long():
    scene = Scene(things=[Standing((100, 80), until=10.5)], noise=2)
    moving = [t for t, boxes in looks(Motion(), scene, 20).items() if boxes]
    assert moving == [11.0]


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.3])
@pytest.mark.parametrize("over", [0.01, 8.0])
def test_light_is_no_motion(factor, over):
    def gain(t):
        return 1 + (factor - 1) * min(1, max(0, (t - 5) / over))

    scene = Scene(noise=2, gain=gain)
    assert not any(looks(Motion(), scene, 20).values())


def test_a_zone_to_ignore_does_not_count():
    scene = Scene(things=[Mover((0, 80), (300, 80), 2, 12)], noise=2)
    found = looks(Motion([zone("left", HALF)]), scene, 14, 0.5)
    assert not any(found[t] for t in found if t < 6)
    assert all(found[t] for t in found if 8 < t < 11.5)


def test_another_size_and_a_reset_begin_anew():
    motion = Motion()
    motion.look(np.zeros((180, 320), np.uint8), 0)
    assert motion.look(np.full((90, 160), 255, np.uint8), 1) == ()
    motion.reset()
    assert motion.look(np.zeros((90, 160), np.uint8), 2) == ()


@pytest.mark.parametrize("step", [0.2, 1.0, 3.0])
def test_a_thing_left_behind_is_a_blob_with_the_time_it_came(step):
    scene = Scene(things=[Standing((200, 90), since=12)], noise=2)
    found = looks(Background(settle_s=5), scene, 40, step)
    assert not any(found[t] for t in found if t < 16)
    for t in (t for t in found if t > 24):
        (blob,) = found[t]
        assert covers(blob.box, 210, 110) and blob.box.area < 0.03
        assert abs(blob.since - 12) <= max(2, 2 * step), t


def test_a_standing_thing_is_not_swallowed_before_the_stated_time_and_then_it_is():
    scene = Scene(things=[Standing((200, 90), since=10)], noise=2)
    found = looks(Background(settle_s=5, swallow_s=300), scene, 400, 4.0)
    assert all(found[t] for t in found if 20 <= t <= 305)
    assert not any(found[t] for t in found if t > 330)


def test_what_is_taken_away_again_is_no_blob_any_more():
    scene = Scene(things=[Standing((200, 90), since=10, until=40)], noise=2)
    found = looks(Background(settle_s=5), scene, 60)
    assert found[39.0] and not found[42.0] and not found[59.0]


def test_a_thing_of_the_place_that_is_taken_away_is_not_taken_for_one_left():
    scene = Scene(things=[Standing((200, 90), until=20)], noise=2)
    assert not any(looks(Background(settle_s=5), scene, 60).values())


def test_who_walks_before_a_thing_does_not_set_its_clock_back():
    things = [Standing((150, 90), since=5), Mover((0, 95), (300, 95), 30, 34, colour=(200, 200, 60))]
    found = looks(Background(settle_s=5), Scene(things=things, noise=2), 50, 0.5)
    last = found[49.5]
    assert len(last) == 1 and abs(last[0].since - 5) < 4


@pytest.mark.parametrize("factor", [0.6, 1.3])
@pytest.mark.parametrize("over", [0.01, 30.0])
def test_light_makes_no_blob_and_takes_none_away(factor, over):
    def gain(t):
        return 1 + (factor - 1) * min(1, max(0, (t - 30) / over))

    empty = looks(Background(settle_s=5), Scene(noise=2, gain=gain), 90)
    assert not any(empty.values())
    scene = Scene(things=[Standing((200, 90), since=10)], noise=2, gain=gain)
    found = looks(Background(settle_s=5), scene, 90)
    assert all(len(found[t]) == 1 for t in found if t > 20)


def test_time_in_which_nobody_looked_does_not_count_as_standing():
    scene = Scene(things=[Standing((200, 90), since=5)], noise=2)
    background = Background(settle_s=5, swallow_s=600)
    looks(background, scene, 20)
    blobs = background.look(luma(scene(20)), 10_000.0)
    assert len(blobs) == 1 and blobs[0].since > 9900


def test_time_that_goes_back_breaks_nothing():
    background = Background()
    for t in (0, 5, 3, -100, 6):
        background.look(luma(Scene()(0)), t)
