"""The camera's own states: from drawn pictures, from notices, and the state machine by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.frames import Frame
from chengyun_vision.health import STATES, Health
from chengyun_vision.health.measures import outline, same_view, sharpness
from chengyun_vision.health.states import Hold, States
from chengyun_vision.source import Notice
from tests.vision.render import Mover, Scene, luma


def frame(scene, t):
    picture = scene(t)
    return Frame(t, 640, 360, True, lambda: picture, lambda w, h: luma(picture, w, h))


def over(scene, seconds, step=1.0, health=None):
    """{time: the states that are told then}"""
    health = health or Health(every_s=5)
    told = {}
    for t in np.arange(0, seconds, step).tolist():
        told[t] = {name for name, held in health.look(frame(scene, t)).items() if held}
    return told


def spans(told):
    """{state: (first time told, last time told)}"""
    found = {}
    for t, names in told.items():
        for name in names:
            found[name] = (found.get(name, (t,))[0], t)
    return found


def test_a_camera_that_sees_has_no_state_told():
    scene = Scene(640, 360, [Mover((0, 100), (600, 100), 10, 40, (60, 120))], noise=2)
    assert spans(over(scene, 200, 2.0)) == {}


def test_a_covered_lens_is_told_and_ends():
    told = spans(over(Scene(640, 360, noise=2, covered=(60, 160)), 200, 2.0))
    assert told == {"covered": (70, 168)}


def test_pictures_that_are_the_same_to_the_last_pixel_are_frozen():
    told = spans(over(Scene(640, 360, noise=2, frozen=(30, 140)), 170))
    assert told == {"frozen": (91, 139)}


def test_a_lens_out_of_focus_is_blurred():
    told = spans(over(Scene(640, 360, noise=1, blurred=(60, 300)), 400, 5.0))
    assert set(told) == {"blurred"}
    start, end = told["blurred"]
    assert 180 <= start <= 190 and 355 <= end <= 365


def test_dusk_is_dark_not_covered_and_not_moved():
    scene = Scene(640, 360, noise=1, gain=lambda t: max(0.12, 1 - t / 300))
    assert set(spans(over(scene, 500, 5.0))) == {"dark"}


@pytest.mark.parametrize("shift", [(60, 0), (0, 50), (1000, 0)])
def test_a_camera_that_was_turned_is_moved_until_a_person_says_that_it_is_right(shift):
    turned = Scene(640, 360, noise=2, seed=9)
    scene = Scene(640, 360, noise=2, shift=lambda t: shift if t >= 60 and shift[0] < 999 else (0, 0))
    health = Health(every_s=5)

    def view(t):
        return turned(t) if shift[0] > 999 - 1 and t >= 60 else scene(t)

    told = spans(over(view, 300, 5.0, health))
    assert set(told) == {"moved"} and 115 <= told["moved"][0] <= 130 and told["moved"][1] == 295
    health.reference(frame(view, 300))
    assert spans({t: set() for t in ()}) == {}
    after = {}
    for t in range(305, 400, 5):
        after = health.look(frame(view, t))
    assert after["moved"] == 0


def test_a_place_that_changes_slowly_is_not_moved():
    summer, winter = Scene(640, 360, seed=1), Scene(640, 360, seed=3)

    def view(t):
        return (summer(t) * (1 - t / 1500) + winter(t) * (t / 1500)).astype(np.uint8)

    assert "moved" not in spans(over(view, 1500, 25.0, Health(every_s=5)))


def test_a_mast_that_sways_and_a_thing_that_passes_are_not_moved():
    scene = Scene(
        640,
        360,
        [Mover((0, 60), (500, 60), 50, 150, (160, 200))],
        noise=2,
        shift=lambda t: (4 * np.sin(t * 7), 3 * np.cos(t * 5)),
    )
    assert spans(over(scene, 250, 5.0)) == {}


def test_a_reference_given_by_a_person_is_what_counts_from_the_start():
    health = Health(every_s=5)
    health.reference(frame(Scene(640, 360, seed=9), 0))
    assert set(spans(over(Scene(640, 360, noise=2), 100, 5.0, health))) == {"moved"}


def test_a_stream_that_is_lost_is_offline_after_a_while_and_says_why():
    health = Health()
    assert health.notice(Notice(100, "lost", "auth")).get("offline") == 0
    assert health.cause == "auth"
    assert health.tick(109)["offline"] == 0 and health.tick(112)["offline"] == 12
    health.notice(Notice(113, "opened"))
    assert health.cause == "auth" and health.tick(119)["offline"] == 19, "no picture has come yet"
    health.look(frame(Scene(64, 36), 120.0))
    assert health.cause is None and health.tick(123)["offline"] == 23
    assert health.tick(126)["offline"] == 0


def test_a_camera_clock_that_jumped_is_told_at_once_and_a_loop_is_not():
    health = Health()
    assert not health.notice(Notice(5, "jumped", detail="loop")).get("clock")
    assert health.notice(Notice(10, "jumped", detail="+3600.0"))["clock"] > 0
    assert health.tick(30)["clock"] > 0 and health.tick(100)["clock"] == 0


def test_broken_packets_are_told_when_they_are_many():
    scene, health = Scene(64, 36, noise=2), Health()
    for t in range(100):
        health.look(frame(scene, float(t)))
        if t % 30 == 0:
            few = health.notice(Notice(t + 0.5, "corrupt"))
    assert few["corrupt"] == 0
    for t in range(100, 200):
        many = health.notice(Notice(float(t), "corrupt"))
    assert many["corrupt"] > 30
    for t in range(200, 330):
        health.look(frame(scene, float(t)))
    assert health.look(frame(scene, 330.0))["corrupt"] == 0


def test_states_of_which_nothing_is_known_are_missing():
    assert Health().tick(5) == {}
    assert set(Health().look(frame(Scene(64, 36), 0.0))) < set(STATES)


def test_another_size_begins_anew():
    health = Health(every_s=5)
    over(Scene(640, 360, noise=2), 60, 2.0, health)
    health.notice(Notice(60, "resized"))
    told = {}
    for t in range(60, 200, 5):
        told = health.look(frame(Scene(320, 180, noise=2, seed=5), float(t)))
    assert not told["moved"] and not told["blurred"]


def test_sharpness_falls_with_blur_and_outlines_survive_light():
    sharp, soft = Scene(640, 360), Scene(640, 360, blurred=(0, 9))
    assert sharpness(luma(soft(0), 640, 360)) < 0.2 * sharpness(luma(sharp(0), 640, 360))
    dim = Scene(640, 360, gain=lambda t: 0.4)
    assert same_view(outline(luma(sharp(0))), outline(luma(dim(0))))
    assert same_view(outline(luma(sharp(0))), outline(luma(Scene(640, 360, seed=3)(0)))) is False
    assert same_view(outline(np.zeros((180, 320), np.uint8)), outline(luma(sharp(0)))) in (None, False)


steps = st.lists(st.tuples(st.floats(0, 40), st.sampled_from([True, False, None])), max_size=60)


@given(steps, st.floats(0, 60), st.floats(0, 60))
def test_no_state_is_told_before_its_time_nor_ends_before_it(sequence, on, off):
    hold, at, bad_for, fine_for, bad, was = Hold(on, off), 0.0, 0.0, 0.0, False, False
    for wait, now in sequence:
        at += wait
        bad_for = bad_for + wait if bad else 0.0
        fine_for = fine_for + wait if not bad else 0.0
        if now is not None and now != bad:
            bad, bad_for, fine_for = now, 0.0, 0.0
        told = hold.step(at, now) > 0
        if told and not was:
            assert bad and bad_for >= on - 1e-6
        if was and not told:
            assert not bad and fine_for >= off - 1e-6
        was = told


@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans()), max_size=40))
def test_time_that_goes_back_never_makes_a_negative_duration(sequence):
    states, at = States(), 0.0
    for wait, bad in sequence:
        at += wait
        assert all(held >= 0 for held in states.step(at, {"dark": bad}).values())


@given(st.binary(min_size=64 * 36, max_size=64 * 36))
def test_no_picture_breaks_it(pixels):
    plane = np.frombuffer(pixels, np.uint8).reshape(36, 64)
    health = Health(every_s=0)
    for t in range(3):
        health.look(Frame(float(t), 64, 36, True, lambda: plane, lambda w, h: np.resize(plane, (h, w))))
