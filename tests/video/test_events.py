"""Words about events: stored once whatever happens to them, judged by the ordinary rules, closed at the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.alerts import actions as alerts
from chengyun.cases.models import Case
from chengyun.kernel import clock, sealer
from chengyun.signals.models import Latest
from chengyun.video.models import VideoEvent


@pytest.fixture(autouse=True)
def held(world):
    world.lease()
    world.clock.advance(seconds=10)


def test_an_event_becomes_a_reading_and_the_rule_an_alert(world):
    assert world.say(world.word()).taken == 1
    (alert,) = world.alerts("parked")
    assert (alert.subject, alert.camera, alert.asset.code) == (
        "datastream:park.curb.illegal_parking",
        True,
        "cam-0",
    )
    assert world.event().alert == alert
    world.clock.advance(seconds=60)
    assert world.say(world.word(state="end", start=clock.now() - timedelta(seconds=65))).taken == 1
    alert.refresh_from_db()
    assert alert.state == "cleared" and world.event().state == "end"


def test_no_case_without_a_person(world):
    world.say(world.word())
    assert not Case.objects.exists()
    (alert,) = world.alerts("parked")
    alerts.judge(actor=world.at("DUTY"), alert_id=alert.pk, verdict="true")
    assert Case.objects.get().source == "camera"


def test_an_event_without_a_state_is_an_alert_by_itself(world):
    world.say(world.word("a", rule="crowd.whole", peak=120.0), world.word("b", rule="crowd.whole"))
    first, second = world.alerts("camera-event")
    assert (first.subject, first.level, first.measure) == ("camera-event:a", 2, 120.0), (
        "the preset's own severity"
    )
    assert world.event("a").alert == first and world.event("b").alert == second
    world.clock.advance(seconds=5)
    world.say(world.word("a", "end", rule="crowd.whole"))
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, second.state) == ("cleared", "unacknowledged")


def test_two_events_in_one_zone_hold_it_until_the_last_ends(world):
    world.say(world.word("a"), world.word("b"))
    world.clock.advance(seconds=5)
    world.say(world.word("a", "end"))
    (alert,) = world.alerts("parked")
    assert alert.state == "unacknowledged"
    world.clock.advance(seconds=5)
    world.say(world.word("b", "end"))
    (alert,) = world.alerts("parked")
    assert alert.state == "cleared" and VideoEvent.objects.filter(alert=alert).count() == 2


def test_the_same_again_changes_nothing(world):
    words = [world.word(), world.word(state="update", at=clock.now() + timedelta(seconds=1))]
    world.say(*words)
    before = len(world.entries("camera.event")), Latest.objects.count()
    again = world.say(*words)
    assert (again.taken, again.repeats) == (0, 2)
    assert (len(world.entries("camera.event")), Latest.objects.count()) == before


def test_the_end_may_come_first(world):
    world.say(world.word(state="end"))
    assert world.event().state == "end" and not world.alerts("parked")
    late = world.say(world.word(at=clock.now() - timedelta(seconds=3)))
    assert late.repeats == 1 and not world.alerts("parked"), "what is over opens nothing"


def test_an_alert_that_waits_finds_its_event(world):
    """A rule with `for` opens its alert later, by a timer."""
    from chengyun.video.actions import link

    world.say(world.word())
    VideoEvent.objects.filter(ref="e1")
    (alert,) = world.alerts("parked")
    with transaction.atomic():
        event = world.event()
        assert event.alert == alert
    link(alert.subject, alert.pk)
    assert world.event().alert == alert


def test_when_a_camera_changes_hands_nothing_is_cleared(world):
    world.say(world.word())
    world.clock.advance(seconds=30)
    world.lease("w2")
    assert world.event().state == "lost"
    (alert,) = world.alerts("parked")
    assert alert.state == "unacknowledged", "nobody looked is not nothing there"
    world.clock.advance(seconds=5)
    world.say(world.word("e2"), worker="w2")
    world.clock.advance(seconds=5)
    world.say(world.word("e2", "end"), worker="w2")
    alert.refresh_from_db()
    assert alert.state == "cleared"


@pytest.mark.parametrize(("change", "field"), [
    ({"rule": "nothing.curb"}, "rule"),
    ({"start": "far"}, "start"),
    ({"at": "old"}, "at"),
    ({"state": "end", "end": None}, "end"),
    ({"state": "end", "end": "before"}, "end"),
])  # fmt: skip
def test_a_wrong_word_is_named_and_holds_up_no_other(world, change, field):
    moments = {
        "far": clock.now() + timedelta(hours=1),
        "old": clock.now() - timedelta(days=9),
        "before": clock.now() - timedelta(minutes=5),
    }
    change = {k: moments.get(v, v) if isinstance(v, str) and v in moments else v for k, v in change.items()}
    done = world.say(world.word("bad", **change), world.word("good"))
    assert [(f.index, f.field) for f in done.faults] == [(0, field)] and done.taken == 1


def test_an_id_stays_with_its_event(world):
    world.say(world.word())
    assert world.say(world.word(rule="crowd.whole")).faults[0].field == "id"


@given(st.data())
@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_any_order_of_words_ends_the_same(world, data):
    """Three events, each with its words, dropped, doubled and shuffled: what is over is over, and so is the alert."""
    now = clock.now()
    words = []
    for n in range(3):
        for k, state in enumerate(("new", "update", "end")):
            at = now + timedelta(milliseconds=10 * k + n)
            end = {"end": at} if state == "end" else {}
            words.append(
                world.word(f"x{n}", state, at=at, start=now - timedelta(seconds=9 - n), peak=float(k), **end)
            )
    order = data.draw(st.permutations(words + words[:4]))
    with transaction.atomic():
        for start in range(0, len(order), 3):
            world.say(*order[start : start + 3])
        found = VideoEvent.objects.filter(ref__startswith="x").order_by("ref")
        assert [(e.state, e.peak) for e in found] == [("end", 2.0)] * 3
        assert Latest.objects.get(stream__code="park.curb.illegal_parking").value == 0
        assert all(a.state == "cleared" for a in world.alerts("parked"))
        transaction.set_rollback(True)


def test_the_journal_tells_it_and_verifies(world):
    world.say(world.word())
    (told,) = world.entries("camera.event")
    assert (told["event"], told["binding"], told["camera"], told["version"]) == ("e1", "park", "cam-0", 1)
    sealer.seal_pending()
    assert sealer.check().ok
