"""Rows of events go at the end of their time, and only then; precision goes on counting what was judged of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chengyun.alerts import actions as alerts
from chengyun.alerts.models import Incident
from chengyun.cases import actions as cases
from chengyun.cases.models import Case
from chengyun.kernel import timers
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import write
from chengyun.video import actions, precision, queries, retention
from chengyun.video.actions import forgetting
from chengyun.video.models import Binding, EventAlert, Picture, VideoEvent
from tests.video.pictures import facts, jpeg

KEPT = retention.events().days


def found(world, id="e1", rule="crowd.whole", end=True, **more):
    """An event of an algorithm whose events are alerts by themselves, or of the rule named."""
    world.say(world.word(id, rule=rule, kind="occupancy", **more))
    world.clock.advance(seconds=30)
    if end:
        world.say(world.word(id, "end", rule=rule, kind="occupancy"))
    return VideoEvent.objects.get(ref=id)


def days(world, n):
    """So many days later the timer fires; others are waited for no longer than incidents take to close."""
    world.pass_time(minutes=40)
    world.clock.advance(seconds=n * 86_400)
    actions.forget_events()
    while after := _after():
        actions.forget_events(after)


def _after():
    timer = Timer.objects.filter(kind=forgetting.EVENTS).first()
    return int(timer.payload.get("after", 0)) if timer else 0


def refs():
    return set(VideoEvent.objects.values_list("ref", flat=True))


@pytest.fixture
def seen(world):
    world.lease()
    world.clock.advance(seconds=1)
    return world


def judged(world, row, verdict):
    alerts.judge(actor=world.at("DUTY"), alert_id=row.alert_id, verdict=verdict)
    return row


def test_it_is_kept_for_its_time_and_then_goes(seen):
    judged(seen, found(seen), "false")
    days(seen, KEPT - 1)
    assert refs() == {"e1"}
    days(seen, 2)
    assert refs() == set()
    assert seen.entries("camera.events_forgotten")[-1] == {"count": 1, "held": 0}


def test_the_timer_is_armed_with_the_first_event_and_fires(seen):
    assert not Timer.objects.filter(kind=forgetting.EVENTS).exists()
    judged(seen, found(seen), "false")
    (timer,) = Timer.objects.filter(kind=forgetting.EVENTS)
    assert timer.kind in timers.kinds()
    with write():
        VideoEvent.objects.update(arrived_at=seen.after(days=-KEPT - 1), said_at=seen.after(days=-KEPT - 1))
    seen.pass_time(hours=25)
    assert refs() == set() and Timer.objects.filter(kind=forgetting.EVENTS).count() == 1


def test_precision_counts_what_has_gone(seen):
    for n, verdict in enumerate(("true", "false", "false", "duplicate", "nothing_to_do")):
        row = found(seen, f"e{n}")
        if verdict == "duplicate":
            alerts.judge(
                actor=seen.at("DUTY"),
                alert_id=row.alert_id,
                verdict=verdict,
                duplicate_of=VideoEvent.objects.get(ref="e0").alert_id,
            )
        else:
            judged(seen, row, verdict)
    for case in Case.objects.all():
        cases.move(actor=seen.at("DUTY"), case_id=case.pk, verb="void", reason="test")
    crowd = Binding.objects.get(code="crowd")
    before = precision.of_binding(crowd)
    assert (before.true, before.judged, before.duplicate, before.nothing_to_do) == (1, 3, 1, 1)
    days(seen, KEPT + 1)
    assert refs() == set() and EventAlert.objects.count() == 5
    assert precision.of_binding(crowd) == before
    assert precision.of_binding(crowd, seen.after(days=-90)) == precision.NONE


@pytest.mark.parametrize("rule", ["crowd.whole", "park.curb"])
def test_an_open_alert_holds_it(seen, rule):
    found(seen, rule=rule)
    days(seen, KEPT + 30)
    assert refs() == {"e1"}, "nobody has judged it"
    judged(seen, VideoEvent.objects.get(), "false")
    days(seen, 1)
    assert refs() == set()


def test_an_open_incident_holds_it(seen):
    row = judged(seen, found(seen), "false")
    seen.pass_time(minutes=40)
    row.refresh_from_db()
    with write():
        Incident.objects.filter(pk=row.alert.incident_id).update(state="open", closed_at=None)
    days(seen, KEPT + 1)
    assert refs() == {"e1"}


def test_an_open_case_holds_it(seen):
    judged(seen, found(seen), "true")
    case = Case.objects.get()
    days(seen, KEPT + 1)
    assert refs() == {"e1"}
    cases.move(actor=seen.at("DUTY"), case_id=case.pk, verb="void", reason="test")
    days(seen, 1)
    assert refs() == set()


def test_what_goes_on_stays(seen):
    row = judged(seen, found(seen, end=False), "false")
    days(seen, KEPT + 1)
    assert refs() == {row.ref}


def test_a_kept_picture_holds_it_and_outlives_it_as_a_record(seen):
    row = judged(seen, found(seen), "false")
    content = jpeg()
    actions.store(worker="w1", facts=facts(content, event="e1"), content=content)
    days(seen, KEPT + 1)
    assert refs() == {"e1"}
    actions.forget_old()
    days(seen, 1)
    picture = Picture.objects.get()
    assert refs() == set() and picture.event is None and picture.event_ref == row.ref and picture.erased_at


def test_algorithms_have_times_of_their_own(seen):
    short = retention.events().of("camera_health")
    assert short < KEPT
    found(seen, "h1", rule="health.whole")
    judged(seen, found(seen, "c1"), "false")
    days(seen, short + 1)
    assert refs() == {"c1"}


def test_many_go_in_turns_and_held_ones_hold_up_nobody(seen, monkeypatch):
    monkeypatch.setattr(forgetting, "AT_ONCE", 3)
    for n in range(4):
        judged(seen, found(seen, f"a{n}"), "true")  # each with a case
    for n in range(7):
        judged(seen, found(seen, f"b{n}"), "false")
    days(seen, KEPT + 1)
    assert refs() == {"a0", "a1", "a2", "a3"}
    told = seen.entries("camera.events_forgotten")
    assert sum(turn["count"] for turn in told) == 7 and max(turn["count"] for turn in told) <= 3


def test_rows_that_nobody_removes_are_a_fault(seen):
    found(seen, "h1", rule="health.whole")
    seen.pass_time(minutes=40)
    seen.clock.advance(seconds=(KEPT + 1) * 86_400)
    assert not [fault for fault in queries.faults() if "events" in fault]
    seen.clock.advance(seconds=2 * 86_400)
    assert "1 events are kept beyond their time and nothing refers to them" in list(queries.faults())


# the table


def test_the_table_is_complete_and_above_what_workers_may_still_say():
    assert retention.events().shortest >= retention.LEAST_DAYS > actions_old().days


def actions_old() -> timedelta:
    from chengyun.video.actions.events import OLD

    return OLD


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "days"),
        ("events: []", "days"),
        ("events: {days: 5}", "events.days"),
        ("events: {days: true}", "events.days"),
        ("events: {days: 90, presets: {smoke: '1'}}", "presets.smoke"),
        ("events: {days: 90, presets: 3}", "days"),
        ("events: [\n", "days"),
    ],
)
def test_a_table_that_says_nothing_usable_is_named(tmp_path: Path, text: str, named: str):
    file = tmp_path / "retention.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="retention.yaml") as refused:
        retention.events(file)
    assert named in str(refused.value)
