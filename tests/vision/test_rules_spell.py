"""Events have one id from new to end, whatever the looks do: flicker, gaps, no look at all, a clock that jumps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.frames import Look
from tests.vision.rulebook import orderly, people, rule, run

steps = st.sampled_from([0.1, 0.5, 0.5, 0.5, 1.0, 2.0, 9.0, 40.0])
counts = st.sampled_from([None, 0, 0, 1, 1, 1, 2, 5])
holds = st.fixed_dictionaries(
    {
        "hold_on": st.sampled_from([0, 1, 3]),
        "hold_off": st.sampled_from([0, 2, 6]),
        "flicker": st.sampled_from([0, 1]),
        "cadence": st.sampled_from([0, 0, 1, 5]),
        "at_least": st.sampled_from([1, 2]),
    }
)


def story(pairs):
    at, looks = 100.0, []
    for step, count in pairs:
        at += step
        looks.append(people(at, count))
    return looks


stories = st.lists(st.tuples(steps, counts), max_size=80).map(story)


@given(stories, holds)
def test_events_are_orderly_and_follow_each_other(looks, settings):
    ends = orderly(run(rule("occupancy", **settings), looks))
    for before, after in zip(ends, ends[1:], strict=False):
        assert before.end < after.start, "one place holds one thing at a time"
    for event in ends:
        assert event.end - event.start - event.unseen >= settings["hold_on"] - 1e-6
        assert event.peak >= settings["at_least"]
        times = {look.at for look in looks if look.detections is not None}
        assert event.start in times and event.end in times, "edges are moments at which somebody looked"


@given(stories, holds, st.lists(st.floats(100, 900, allow_nan=False), max_size=30))
def test_a_look_that_was_not_taken_changes_nothing(looks, settings, moments):
    """None is "not looked at", never "nothing there"."""
    blank = [Look(at) for at in moments]
    newest = max((look.at for look in looks), default=0.0)
    mixed = sorted(looks + [look for look in blank if look.at < newest], key=lambda look: look.at)
    seen = [look for look in looks if look.detections is not None]
    times = {look.at for look in seen}
    mixed = [look for look in mixed if look.detections is not None or look.at not in times]
    assert run(rule("occupancy", **settings), mixed) == run(rule("occupancy", **settings), seen)


@given(stories, holds, st.data())
def test_a_look_that_comes_late_or_twice_changes_nothing(looks, settings, data):
    with_late = []
    for look in looks:
        with_late.append(look)
        if data.draw(st.booleans()):
            late = data.draw(st.floats(0, 9.9, allow_nan=False))
            with_late.append(replace(people(look.at, 5), at=look.at - late))
    assert run(rule("occupancy", **settings), with_late) == run(rule("occupancy", **settings), looks)


@given(stories, stories, holds)
def test_a_clock_set_back_ends_what_is_open_and_starts_afresh(before, after, settings):
    if not before or not after:
        return
    back = [replace(look, at=look.at - 50_000) for look in after]
    one = rule("occupancy", **settings)
    events = run(one, before + back)
    orderly(events)
    apart = run(rule("occupancy", **settings), before) + run(rule("occupancy", **settings), back)
    strip = [replace(event, id="") for event in events]
    assert strip == [replace(event, id="") for event in apart]


@given(
    st.lists(st.tuples(st.floats(4, 30), st.floats(8, 60)), min_size=1, max_size=6),
    st.data(),
)
def test_every_visit_is_found_once_with_its_own_edges_through_flicker(visits, data):
    """Visits of 4 s or more, 8 s apart; up to two looks in a row miss or invent somebody."""
    looks, truth, at = [], [], 0.0
    for long, pause in visits:
        start = at + pause
        end = start + long
        truth.append((start, end))
        at = end
    moments = [n * 0.5 for n in range(int((at + 20) / 0.5))]
    missed = 0
    for moment in moments:
        there = any(start <= moment <= end for start, end in truth)
        inner = any(start + 2 <= moment <= end - 2 for start, end in truth)
        miss = inner and missed < 2 and data.draw(st.booleans())
        missed = missed + 1 if miss else 0
        looks.append(people(moment, int(there and not miss)))
    ends = orderly(run(rule("occupancy", hold_on=1, hold_off=4, flicker=1), looks))
    assert len(ends) == len(truth)
    for event, (start, end) in zip(ends, truth, strict=True):
        assert start <= event.start < start + 0.51 and end - 0.51 < event.end <= end


def test_one_look_that_invents_somebody_makes_no_event():
    looks = [people(n * 0.5, int(n == 10)) for n in range(40)]
    assert run(rule("occupancy", hold_on=1), looks) == []


def test_unseen_time_is_counted_and_ends_nothing():
    looks = [people(n * 1.0, 1) for n in range(10)] + [people(200.0 + n, 1) for n in range(10)]
    looks += [people(220.0 + n, 0) for n in range(10)]
    (end,) = orderly(run(rule("occupancy", hold_on=2, hold_off=5), looks))
    assert (end.start, end.end, end.unseen) == (0.0, 209.0, 191.0)


def test_unseen_time_is_no_time_held():
    """Two glimpses with an hour between them are no stay of an hour."""
    looks = [people(0.0, 1), people(3600.0, 1)]
    assert run(rule("occupancy", hold_on=60), looks) == []


def test_an_absence_begins_when_it_was_looked_at():
    looks = [people(0.0, 1), people(1.0, 1), people(9.0, 0), people(9.5, 1), people(10, 1)]
    (end,) = orderly(run(rule("occupancy", hold_on=0, hold_off=5), looks))
    assert end.end == 10


def test_a_growing_peak_is_told_but_not_at_every_look():
    one = rule("occupancy", hold_on=0, hold_off=2)
    events = run(one, [people(n * 0.5, 1 + n) for n in range(40)])
    assert [event.state for event in events] == ["new", "update", "update", "update", "end"]
    assert events[-1].peak == 40


def test_moments_that_are_no_numbers_are_passed_over():
    one = rule("occupancy", hold_on=0)
    assert one.step(people(float("nan"), 1)) == [] == one.step(people(float("inf"), 1))
    assert [event.state for event in one.step(people(1.0, 1))] == ["new"]


def test_a_quiet_rule_sleeps_and_one_with_something_going_on_is_awake():
    one = rule("occupancy", hold_on=1, hold_off=2)
    assert not one.awake
    one.step(people(0.0, 1))
    assert one.awake, "it may become an event"
    for n in range(1, 5):
        one.step(people(n * 1.0, 1))
    one.step(people(5.0, 0))
    assert one.awake, "it has not ended yet"
    one.step(people(7.0, 0))
    assert not one.awake
