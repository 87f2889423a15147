"""Ten thousand alerts in ten seconds from one cause: one incident, one message, no row too many."""

import time

import pytest

from chengyun.alerts import actions, queries
from chengyun.alerts.models import Alert
from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Invalid, NotAllowed
from chengyun.kernel.models import JournalEntry
from chengyun.messages.models import Message

pytestmark = pytest.mark.django_db
GATEWAY = system("gateway")


def rows(first, last, level=4):
    return [
        {"rule": "gateway", "subject": f"meter:{n}", "area": "a", "level": level} for n in range(first, last)
    ]


def test_ten_thousand_alerts_from_one_cause_are_one_incident_and_one_message(world):
    for second in range(10):
        told = actions.raise_many(actor=GATEWAY, rows=rows(second * 1000, second * 1000 + 1000))
        assert told == {"opened": 1000, "folded": 0, "rows": 1000}
        world.pass_time(seconds=1)
    assert Alert.objects.count() == 10_000
    (incident,) = world.incidents()
    assert (incident.alert_count, incident.level, incident.area.code) == (10_000, 4, "r")
    message = Message.objects.get(bundle=f"incident:{incident.pk}")
    assert message.post.code == "DUTY" and message.count == 10
    assert list(queries.faults()) == []


def test_repeats_are_counted_not_stored_again(world):
    actions.raise_many(actor=GATEWAY, rows=rows(0, 3) + rows(0, 3))
    told = actions.raise_many(actor=GATEWAY, rows=rows(0, 3) * 5)
    assert told == {"opened": 0, "folded": 15, "rows": 15}
    assert set(Alert.objects.values_list("count", flat=True)) == {7}
    assert JournalEntry.objects.filter(kind="alert.opened").count() == 3
    assert world.entry("alert.repeated").payload == {"rule": "gateway", "rows": 15, "alerts": 3}


def test_a_source_may_worsen_its_alert_and_end_it(world):
    actions.raise_many(actor=GATEWAY, rows=rows(0, 1))
    actions.raise_many(actor=GATEWAY, rows=rows(0, 1, level=3))
    actions.raise_many(actor=GATEWAY, rows=rows(0, 1, level=4))
    assert world.open() == ["gateway 3 unacknowledged"], (
        "a milder repeat does not ease what a source once said"
    )
    assert actions.end_many(actor=GATEWAY, keys=[("gateway", "meter:0")]) == 1
    assert world.open() == ["gateway 3 cleared"]


@pytest.mark.parametrize(
    "row",
    [
        {"rule": "leak", "subject": "x", "area": "a"},
        {"rule": "gateway", "subject": "x"},
        {"rule": "gateway", "subject": "x", "area": "nowhere"},
        {"rule": "gateway", "subject": "x", "area": "a", "level": 1},
        {"rule": "gateway", "asset": "nothing"},
    ],
)
def test_a_wrong_row_refuses_the_batch_and_is_named(world, row):
    with pytest.raises(Invalid) as refused:
        actions.raise_many(actor=GATEWAY, rows=[*rows(0, 2), row])
    assert "2" in refused.value.field
    assert Alert.objects.count() == 0


def test_people_do_not_raise_for_sources(world):
    with pytest.raises(NotAllowed):
        actions.raise_many(actor=world.at("DUTY"), rows=rows(0, 1))


def test_the_fast_door_is_not_a_slow_one(world):
    """The promise (5,000 a core-second) is measured by `chengyun bench alerts`; this catches a collapse."""
    start = time.process_time()
    actions.raise_many(actor=GATEWAY, rows=rows(0, 2000) * 2)
    assert 4000 / (time.process_time() - start) > 1000
    assert clock.now() is not None
