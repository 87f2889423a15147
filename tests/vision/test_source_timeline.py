"""Time grows, whatever the stamps do."""

import math

from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.source.backoff import Backoff
from chengyun_vision.source.timeline import REORDER, ClipTime, LiveTime

stamps = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 100))


@given(st.lists(stamps, max_size=60))
def test_a_clips_time_goes_back_by_no_more_than_pictures_are_put_in_order(broken):
    clock, high = ClipTime(step=0.04), 0.0
    for pts in broken:
        at, _ = clock.stamp(pts)
        assert math.isfinite(at) and at >= 0 and at >= high - REORDER - 1e-6
        high = max(high, at)


def test_a_clips_time_is_that_of_its_stamps_from_the_first_picture_on():
    clock = ClipTime(start=100.0, step=0.1)
    assert [round(clock.stamp(100 + t)[0], 6) for t in (0.0, 0.4, 0.1, 0.2, 30.0)] == [
        0.0,
        0.4,
        0.1,
        0.2,
        30.0,
    ]


def test_a_stamp_that_broke_is_told_and_time_goes_on_by_one_step():
    clock = ClipTime(start=0.0, step=0.1)
    clock.stamp(0.0), clock.stamp(1.0)
    at, broken = clock.stamp(95_443.7)
    assert (round(at, 6), round(broken, 1)) == (1.1, 95_442.7)
    at, broken = clock.stamp(95_443.8)
    assert (round(at, 6), broken) == (1.2, 0.0)
    at, broken = clock.stamp(2.0)
    assert at > 1.1 and broken < -90_000


def test_a_clock_that_stands_does_not_stop_time():
    clip, live = ClipTime(start=0.0, step=0.1), LiveTime(1000.0, 0.0)
    assert [round(clip.stamp(7.0)[0], 6) for _ in range(4)] == [7.0, 7.1, 7.2, 7.3]
    assert [live.stamp(7.0, now) for now in range(20)] == [(1000.0 + now, 0.0) for now in range(20)]


def test_a_clip_that_begins_again_follows_what_went_before():
    clock = ClipTime(start=0.0, step=0.1)
    clock.stamp(0.0), clock.stamp(5.0)
    clock.wrap()
    assert clock.stamp(0.0) == (5.1, 0.0)
    assert round(clock.stamp(2.0)[0], 6) == 7.1


@given(st.lists(st.tuples(st.floats(0, 3), stamps), max_size=60))
def test_live_time_always_grows_and_is_never_later_than_the_arrival(arrivals):
    now, last = 50.0, -1.0
    clock = LiveTime(1000.0, now)
    for wait, pts in arrivals:
        now += wait
        at, _ = clock.stamp(pts, now)
        assert last < at <= 1000.0 + now - 50.0 + 0.001 * len(arrivals) + 1e-6
        last = at


def test_the_network_s_jitter_is_taken_out_by_the_camera_s_stamps():
    clock = LiveTime(1000.0, 0.0)
    late = [0.0, 0.08, 0.02, 0.15, 0.01, 0.09]
    at = [clock.stamp(i * 1.0, i * 1.0 + late[i])[0] for i in range(6)]
    assert all(abs((b - a) - 1.0) < 0.03 for a, b in zip(at, at[1:], strict=False))


def test_a_camera_clock_that_is_set_is_told_once():
    clock = LiveTime(1000.0, 0.0)
    assert [clock.stamp(pts, now)[1] for pts, now in ((0, 0), (1, 1), (3602, 2), (3603, 3), (4, 4))] == [
        0,
        0,
        3600,
        0,
        -3600,
    ]


@given(
    st.lists(st.tuples(st.sampled_from(["refused", "timeout", "auth"]), st.floats(0, 100), st.floats(0, 1)))
)
def test_waits_are_never_longer_than_the_longest_nor_shorter_than_half_the_first(tries):
    backoff = Backoff(1.0, 60.0)
    for cause, lasted, chance in tries:
        assert 0.5 <= backoff.wait(cause, lasted, chance) <= 60.0


def test_waits_double_and_begin_anew_after_a_connection_that_lasted():
    backoff = Backoff(1.0, 60.0)
    assert [backoff.wait("refused", 0, 0.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff.wait("ended", 61.0, 0.0) == 1.0


def test_a_wrong_password_is_tried_rarely_from_the_start():
    assert Backoff(1.0, 60.0).wait("auth", 0, 0.0) == 60.0
