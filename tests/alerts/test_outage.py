"""After the platform itself was away, nobody was silent meanwhile: but it is said, and nothing is cleared by it."""

import pytest
from django.utils import translation

from chengyun.alerts import actions
from chengyun.alerts.actions import presence
from chengyun.alerts.models import Outage, Presence
from chengyun.kernel import clock, timers
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.kernel.transaction import write
from chengyun.messages import queries as messages
from chengyun.messages.models import Message
from chengyun.people import handover, record_text

pytestmark = pytest.mark.django_db
WORKER = system("worker")


def listen(world, minutes, *counters):
    """The counters report once a minute, and the worker leaves its signs."""
    for _ in range(minutes):
        world.send(**dict.fromkeys(counters, 10))
        world.pass_time(seconds=60)
        actions.sign(actor=WORKER)


def away(world, **duration):
    """Time passes and nobody is there: no timer fires, no sign is left."""
    world.clock.advance_to(world.after(**duration))
    return actions.sign(actor=WORKER)


def silent(world):
    return [subject for subject in world.open() if subject.startswith("counter-silent")]


def test_after_an_outage_longer_than_the_window_silence_starts_anew(world):
    listen(world, 10, "c1", "c2", "c3")
    assert away(world, hours=6) is not None
    world.pass_time(seconds=290)
    assert silent(world) == []
    world.send(c1=10, c2=10)
    world.pass_time(seconds=60)
    assert silent(world) == ["counter-silent 3 unacknowledged"]  # c3 has not come back
    assert world.alert("counter-silent").subject == "datastream:c3.people"


def test_without_a_noticed_outage_all_look_silent_at_once(world):
    listen(world, 10, "c1", "c2", "c3")
    world.clock.advance_to(world.after(hours=6))
    timers.fire_due()
    assert len(silent(world)) == 3


def test_the_outage_is_told_and_handed_over(world):
    listen(world, 3, "c1")
    since = Presence.objects.get().seen_at
    outage = away(world, hours=2)
    assert outage is not None and (outage.since, outage.until) == (since, clock.now())
    entry = world.entry("platform.back")
    assert entry.payload["since"] == since.isoformat() and entry.payload["away_s"] == 7200
    message = Message.objects.get(kind="platform.back")
    assert message.post.code == "DUTY" and "120" in messages.text(message, zh=False).title
    with write():
        sections = {s["key"]: s for s in handover.compile_record(world.root, clock.now())["sections"]}
    assert len(sections["platform_away"]["items"]) == 1
    with translation.override("en"):
        (shown,) = record_text.readable({"sections": [sections["platform_away"]]})
    assert "did not listen from 12-31 17:03 to 12-31 19:03" in shown.lines[0]
    actions.sign(actor=WORKER)
    assert Outage.objects.count() == 1 and JournalEntry.objects.filter(kind="platform.back").count() == 1


def test_a_short_hole_is_no_outage_and_leaves_nothing(world):
    listen(world, 3, "c1")
    before = JournalEntry.objects.count()
    assert away(world, seconds=presence.AWAY_S - 60) is None
    assert not Outage.objects.exists() and JournalEntry.objects.count() == before


def test_what_was_silent_before_stays_silent_and_is_not_made_worse(world):
    listen(world, 10, "c1", "c2")
    assert len(silent(world)) == 1  # c3 never spoke
    opened = world.alert("counter-silent").pk
    away(world, hours=3)
    listen(world, 3, "c1", "c2")
    world.send(c1=10)
    alert = world.alert("counter-silent")
    assert (alert.pk, alert.state, alert.level) == (opened, "unacknowledged", 3)
    world.send(c3=10)
    assert world.alert("counter-silent").state == "cleared"  # only its own voice ends it


def test_an_outage_shorter_than_the_window_does_not_count_and_does_not_start_anew(world):
    listen(world, 3, "c1", "c2", "c3")
    listen(world, 2, "c1", "c2")  # c3 has been silent for three of its five minutes
    away(world, minutes=4)
    listen(world, 1, "c1", "c2")
    assert silent(world) == []
    listen(world, 2, "c1", "c2")
    assert [world.alert("counter-silent").subject] == ["datastream:c3.people"]


def test_a_platform_that_keeps_falling_over_does_not_hide_a_silent_counter(world):
    listen(world, 2, "c1", "c2", "c3")
    for _ in range(6):
        listen(world, 1, "c1", "c2")
        away(world, minutes=3)
    assert len(silent(world)) == 1


def test_the_look_for_silence_stays_armed(world):
    listen(world, 3, "c1", "c2", "c3")
    away(world, hours=1)
    assert Timer.objects.filter(kind="alerts.silence").count() == 1
    world.pass_time(minutes=6)
    assert len(silent(world)) == 3
    assert Timer.objects.filter(kind="alerts.silence").count() == 1


def test_signs_are_left_in_real_time_only(world, monkeypatch):
    monkeypatch.setattr(presence, "_last_s", 0.0)
    assert not presence.due()  # a replay's clock
    world.send(c1=10)
    assert not Presence.objects.exists()
    with clock.use(clock.Real()):
        assert presence.due()
        actions.sign(actor=WORKER)
        assert not presence.due()
