"""The other seven: what holds, what does not, and what nobody looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.frames import Blob, Box, Look, Tracked
from chengyun_vision.rules import preset
from chengyun_vision.rules.ruleset import Ruleset
from tests.vision.rulebook import box, orderly, people, rule, run, seen

LOWER = {"zone": {"code": "lower", "points": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]}}


def often(until: float, make, step: float = 0.5):
    return [make(n * step) for n in range(int(until / step))]


# occupancy


def test_what_stands_outside_is_small_or_of_another_kind_does_not_count():
    one = rule(
        "occupancy",
        place={**LOWER, "classes": ["person"]},
        at_least=2,
        hold_on=0,
        min_height=0.08,
        min_score=0.5,
    )
    inside, outside, small = (
        ("person", box(0.5, 0.7)),
        ("person", box(0.5, 0.4)),
        ("person", box(0.2, 0.7, 0.02, 0.04)),
    )
    assert one.step(seen(0, inside, outside, small, ("car", box(0.3, 0.7)))) == []
    assert one.step(seen(1, inside, ("person", box(0.3, 0.7)), score=0.4)) == []
    (new,) = one.step(seen(2, inside, ("person", box(0.3, 0.7))))
    assert (new.state, new.kind, new.zone, new.peak) == ("new", "occupancy", "lower", 2)
    assert new.box is not None and new.box.left < 0.3 < 0.5 < new.box.right


def test_a_box_that_hangs_over_the_lower_edge_still_stands_in_the_picture():
    one = rule("occupancy", hold_on=0)
    assert one.step(seen(0, ("person", Box(0.4, 0.6, 0.5, 1.08))))


def test_people_present_is_the_median_of_what_was_looked_at():
    one = rule("occupancy", place={"quantities": {"level": "people_present"}}, report=10, at_least=100)
    counts = [3, 3, None, 3, 0, 3, 9, 3, 3, 3, 3, 3]
    run(one, [people(n, count) for n, count in enumerate(counts)])
    first, *rest = one.readings()
    assert (first.quantity, first.value, first.at) == ("people_present", 3, 10) and len(rest) == 1


def test_a_state_is_told_at_once_when_it_turns_and_again_from_time_to_time():
    one = rule(
        "occupancy", place={"quantities": {"state": "intrusion_water"}}, hold_on=0, hold_off=1, report=10
    )
    for n in range(40):
        one.step(people(n, int(5 <= n < 9)))
    told = [(r.at, r.value) for r in one.readings()]
    assert (5, 1) in told and (10, 0) in told and (20, 0) in told and (30, 0) in told


# density


def test_density_from_a_map_counts_the_zone_alone():
    place = {"zone": {**LOWER["zone"], "square_metres": 50}, "quantities": {"level": "crowd_density"}}
    one = rule("density", place=place, threshold=2, hold_on=0, hold_off=0, report=1)
    heat = np.zeros((20, 40), np.float32)
    heat[:10] = 10.0  # 4,000 people above: another place
    heat[10:] = 150 / 400
    (new,) = one.step(Look(0, heat=heat))
    assert new.peak == pytest.approx(3.0, rel=1e-4)
    assert one.step(Look(1)) == []
    one.step(Look(2, heat=heat / 3))
    assert [r.value for r in one.readings()][:1] == [pytest.approx(1.0, rel=1e-4)]  # the lower of the two


def test_density_from_points_and_from_boxes():
    place = {"zone": {**LOWER["zone"], "square_metres": 2}}
    points = rule("density", place=place, threshold=1, hold_on=0)
    assert points.step(Look(0, points=((0.5, 0.7), (0.5, 0.2)))) == []
    assert points.step(Look(1, points=((0.5, 0.7), (0.5, 0.8))))
    boxes = rule("density", place=place, threshold=1, hold_on=0, by="boxes")
    assert boxes.step(Look(0, points=((0.5, 0.7), (0.5, 0.8)))) == []
    assert boxes.step(seen(1, ("person", box(0.2, 0.7)), ("person", box(0.5, 0.7))))


def test_density_by_share_of_the_zone():
    one = rule("density", place=LOWER, unit="share", threshold=0.5, hold_on=0)
    assert one.step(seen(0, ("person", Box(0, 0.5, 0.4, 1)))) == []
    (new,) = one.step(seen(1, ("person", Box(0, 0.5, 0.4, 1)), ("person", Box(0.2, 0.5, 0.6, 1))))
    assert new.peak == pytest.approx(0.6, abs=0.02)


# dwell


def car(at, x=0.5, label="car"):
    return seen(at, (label, box(x, 0.8, 0.2, 0.15)))


def parking(**settings):
    return rule(
        "dwell",
        place={"classes": ["car", "truck"]},
        **{"stay": 60, "hold_off": 10, "flicker": 10, **settings},
    )


def test_a_parked_car_is_one_event_from_when_it_came_until_it_left():
    looks = [car(n * 5.0) if 20 <= n * 5 <= 200 else seen(n * 5.0) for n in range(60)]
    (end,) = orderly(run(parking(), looks))
    assert (end.start, end.end, end.about) == (20, 200, "car")


def test_traffic_that_passes_and_a_queue_that_creeps_are_not_parked():
    passing = [car(n * 0.5, (n * 0.15) % 1) for n in range(400)]
    assert run(parking(), passing) == []
    creeping = [car(n * 0.5, 0.1 + n * 0.002) for n in range(400)]
    assert run(parking(), creeping) == []


def test_who_passes_in_front_of_a_parked_car_does_not_free_it():
    looks = [
        car(n * 1.0) if n % 20 else seen(n * 1.0, ("truck", box(0.45, 0.9, 0.6, 0.5))) for n in range(150)
    ]
    (end,) = orderly(run(parking(), looks))
    assert (end.start, end.end) == (1, 149)


def test_two_parked_cars_are_two_events():
    looks = [
        seen(n * 1.0, ("car", box(0.3, 0.8, 0.2, 0.1)), ("car", box(0.7, 0.8, 0.2, 0.1))) for n in range(100)
    ]
    assert len(orderly(run(parking(), looks))) == 2


def test_who_goes_round_in_a_zone_is_told_by_its_track():
    def look(at, number=7, since=0.0):
        where = box(0.5 + 0.3 * np.sin(at), 0.7)
        return Look(at, tracks=(Tracked(number, "car", where, 0.9, since, None, at > 1),))

    roaming = parking(still=False, stay=30)
    (end,) = orderly(run(roaming, often(60, look)))
    assert end.start == 1.5 and end.end == 59.5
    assert run(parking(still=False, stay=30), often(60, lambda at: look(at, since=at // 20))) == [], (
        "three things"
    )


# left object


def left(at, *blobs, persons=None):
    things = None if persons is None else tuple(seen(at, *(("person", b) for b in persons)).detections)
    return Look(at, blobs=tuple(Blob(where, since) for where, since in blobs), detections=things)


BAG = box(0.5, 0.8, 0.05, 0.06)


def test_what_is_put_down_and_stays_is_one_event_since_it_came():
    one = rule("left_object", stay=30, hold_off=5)
    looks = often(100, lambda at: left(at, (BAG, 10.0)) if 15 <= at < 80 else left(at))
    (end,) = orderly(run(one, looks))
    assert end.start == 10 and end.end == 79.5


def test_somebody_who_stands_still_is_no_object_where_a_detector_looks():
    person = box(0.5, 0.8, 0.06, 0.3)
    one = rule("left_object", stay=30)
    assert run(one, often(100, lambda at: left(at, (person, 5.0), persons=[person]))) == []
    # The detector looks once in five seconds only.
    sparse = often(100, lambda at: left(at, (person, 5.0), persons=[person] if at % 5 == 0 else None))
    assert run(rule("left_object", stay=30), sparse) == []
    assert run(rule("left_object", stay=30), often(100, lambda at: left(at, (person, 5.0)))), (
        "nobody knows without one"
    )


def test_somebody_whom_the_detector_misses_now_and_then_is_no_object_either():
    person = box(0.5, 0.8, 0.06, 0.3)
    looks = [left(n * 0.5, (person, 5.0), persons=[] if n % 7 == 0 else [person]) for n in range(400)]
    assert run(rule("left_object", stay=30), looks) == []


def test_an_object_is_not_gone_because_somebody_stands_before_it():
    def look(at):
        hidden = 50 <= at < 90
        return left(
            at,
            *(() if hidden or at < 10 else ((BAG, 10.0),)),
            persons=[box(0.5, 0.85, 0.12, 0.4)] if hidden else [],
        )

    (end,) = orderly(run(rule("left_object", stay=20, hold_off=5), often(140, look)))
    assert (end.start, end.end) == (10, 139.5)


# area fraction


def test_a_share_of_the_zone_under_a_mask():
    one = rule(
        "area_fraction", place={**LOWER, "classes": ["water", "debris"]}, share=0.3, hold_on=0, hold_off=0
    )
    mask = np.zeros((40, 80), np.bool_)
    mask[20:24] = True
    assert one.step(Look(0, masks={"water": mask})) == []
    more = np.zeros((40, 80), np.bool_)
    more[24:28] = True
    (new,) = one.step(Look(1, masks={"water": mask, "debris": more, "smoke": ~mask}))
    assert new.peak == pytest.approx(0.4)
    assert one.step(Look(2, detections=())) == [], "boxes are not asked for here"
    (end,) = one.step(Look(3, masks={}))
    assert end.end == 1


def test_a_share_by_boxes_where_the_rule_says_so():
    one = rule("area_fraction", place={"classes": ["smoke"]}, share=0.2, boxes=True, hold_on=0)
    assert one.step(seen(0, ("smoke", Box(0, 0, 0.5, 0.5))))[0].peak == pytest.approx(0.25, abs=0.02)


# label vote


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
def test_an_event_begins_exactly_when_k_of_n_have_agreed(votes, k):
    one = rule("label_vote", place={"classes": ["fire"]}, k=k, n=5, score=0.5, hold_off=1)
    said = [one.step(Look(float(n), votes={"fire": 0.9 if yes else 0.1})) for n, yes in enumerate(votes)]
    wanted = next((n for n in range(len(votes)) if votes[n] and sum(votes[max(0, n - 4) : n + 1]) >= k), None)
    began = next((n for n, events in enumerate(said) if events), None)
    assert began == wanted
    events = [event for one_said in said for event in one_said] + one.finish()
    for end in orderly(events):
        assert votes[int(end.start)] and votes[int(end.end)], "edges are moments that said yes"


def test_somebody_who_lies_is_wider_than_high_in_pixels():
    one = rule("label_vote", place={"classes": ["person"]}, k=1, n=1, wider_than=1.2)
    lying, standing = Box(0.4, 0.7, 0.6, 0.9), Box(0.4, 0.3, 0.5, 0.9)

    def look(at, where, width, height):
        from dataclasses import replace

        return replace(seen(at, ("person", where)), width=width, height=height)

    assert one.step(look(0, standing, 1920, 1080)) == []
    assert one.step(look(1, lying, 1080, 1920)) == [], "a tall picture: the same box is higher than wide"
    assert one.step(look(2, lying, 1920, 1080))


# camera health


def test_each_state_of_a_camera_is_an_event_of_its_own_since_it_began():
    place = {"quantities": {"up": "camera_up", "tampered": "camera_tampered"}}
    one = rule("camera_health", place=place, report=1000, dark=False)

    def look(at):
        offline = max(0.0, at - 20.0) if at < 60 else 0.0
        covered = max(0.0, at - 30)
        width = 0 if offline else 640  # no picture comes then
        return Look(at, health={"offline": offline, "covered": covered, "dark": at}, width=width, height=360)

    ends = {event.about: event for event in orderly(run(one, often(100, look)))}
    assert (ends["offline"].start, ends["offline"].end) == (20, 59.5)
    assert (ends["covered"].start, ends["covered"].end) == (30, 99.5)
    assert set(ends) == {"offline", "covered"}
    told = [(r.quantity, r.value) for r in one.readings()]
    assert [value for name, value in told if name == "camera_up"][:3] == [1, 0, 1]
    assert ("camera_tampered", 1) in told


def test_a_camera_that_never_sent_a_picture_is_not_up():
    one = rule("camera_health", place={"quantities": {"up": "camera_up", "tampered": "camera_tampered"}})
    for second in range(200):
        one.step(Look(float(second), health={"offline": max(0.0, second - 20.0)}))
    assert {(r.quantity, r.value) for r in one.readings()} == {("camera_up", 0.0)}


def test_a_state_that_was_not_looked_for_ends_nothing():
    one = rule("camera_health")
    one.step(Look(0, health={"blurred": 1.0}))
    assert one.step(Look(100, health={"offline": 0.0})) == []
    assert one.step(Look(101)) == []
    assert one.step(Look(102, health={"blurred": 0.0}))[0].about == "blurred"


# schedules


def test_a_rule_looks_within_its_schedule_in_the_districts_time():
    spec = preset.rule_of(
        {
            "primitive": "occupancy",
            "code": "night",
            "settings": {"hold_on": 0, "hold_off": 0},
            "schedule": {"days": ["fri"], "times": ["22:00-02:00"]},
        },
        "test",
    )
    start = datetime(2026, 11, 20, 21, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Friday
    rules = Ruleset([spec], lambda: "e", lambda at: start + timedelta(seconds=at))
    said = [event for minute in range(0, 600, 10) for event in rules.step(people(minute * 60.0, 1))]
    assert [event.state for event in said] == ["new", "end"]
    assert said[1].start == 60 * 60 and said[1].end == 290 * 60, "22:00 to the last look before 02:00"


@pytest.mark.parametrize(
    "wrong",
    [{"days": ["friday"]}, {"days": []}, {"times": ["8-20"]}, {"times": ["25:00-26:00"]}, {"hours": []}, []],
)
def test_a_wrong_schedule_is_refused(wrong):
    with pytest.raises(preset.Problem, match="schedule"):
        preset.rule_of({"primitive": "occupancy", "code": "x", "schedule": wrong}, "rules.yaml: rules[0]")
