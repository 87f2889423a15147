"""Every kind of bad input has a stated answer, is counted, and can be looked at: the table of add-a-signal-source.md."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from chengyun.kernel import clock
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.transaction import write
from chengyun.signals import actions, store
from chengyun.signals.actions import accounting, service
from chengyun.signals.logic import reasons
from chengyun.signals.models import Datastream, IntakeCount, Latest, Observation, Quarantine
from tests.district.assessing import assess
from tests.signals.small import TEST, ago, reading, send

pytestmark = pytest.mark.django_db


def counted(what: str, source: str = "gw") -> int:
    return sum(IntakeCount.objects.filter(source=source, what=what).values_list("n", flat=True))


BAD_READINGS = {
    "no value": ({"ds": "c1.people", "at": "@now"}, "v", reasons.NOT_A_NUMBER),
    "null": ({"ds": "c1.people", "at": "@now", "v": None}, "v", reasons.NOT_A_NUMBER),
    "text": ({"ds": "c1.people", "at": "@now", "v": "many"}, "v", reasons.NOT_A_NUMBER),
    "true of a gauge": ({"ds": "c1.people", "at": "@now", "v": True}, "v", reasons.NOT_A_NUMBER),
    "a list": ({"ds": "c1.people", "at": "@now", "v": [1]}, "v", reasons.NOT_A_NUMBER),
    "below": ({"ds": "c1.people", "at": "@now", "v": -1}, "v", reasons.OUT_OF_RANGE),
    "above the vocabulary": ({"ds": "c1.people", "at": "@now", "v": 1e30}, "v", reasons.OUT_OF_RANGE),
    "above the stream": ({"ds": "c2.people", "at": "@now", "v": 5001}, "v", reasons.OUT_OF_RANGE),
    "wrong unit": ({"ds": "c1.people", "at": "@now", "v": 1, "u": "m"}, "u", reasons.WRONG_UNIT),
    "unit is no text": ({"ds": "c1.people", "at": "@now", "v": 1, "u": 7}, "u", reasons.WRONG_UNIT),
    "unit is an object": ({"ds": "c1.people", "at": "@now", "v": 1, "u": {}}, "u", reasons.WRONG_UNIT),
    "unknown stream": ({"ds": "c9.people", "at": "@now", "v": 1}, "ds", reasons.UNKNOWN_STREAM),
    "another's stream": ({"ds": "w1.depth", "at": "@now", "v": 1}, "ds", reasons.NOT_YOUR_STREAM),
    "a computed stream": ({"ds": "a.present", "at": "@now", "v": 1}, "ds", reasons.NOT_YOUR_STREAM),
    "out of service": ({"ds": "c4.people", "at": "@now", "v": 1}, "ds", reasons.OUT_OF_SERVICE),
    "no stream": ({"at": "@now", "v": 1}, "ds", reasons.BAD_FIELD),
    "stream is a list": ({"ds": [], "at": "@now", "v": 1}, "ds", reasons.BAD_FIELD),
    "stream is a number": ({"ds": 3, "at": "@now", "v": 1}, "ds", reasons.BAD_FIELD),
    "no object": (17, "", reasons.BAD_FIELD),
    "no time": ({"ds": "c1.people", "v": 1}, "at", reasons.NO_TIME),
    "no offset": ({"ds": "c1.people", "at": "2023-12-31T16:00:00", "v": 1}, "at", reasons.BAD_TIME),
    "no date": ({"ds": "c1.people", "at": "yesterday", "v": 1}, "at", reasons.BAD_TIME),
    "time is an object": ({"ds": "c1.people", "at": {}, "v": 1}, "at", reasons.BAD_TIME),
    "time is true": ({"ds": "c1.people", "at": True, "v": 1}, "at", reasons.BAD_TIME),
    "time is a fraction": ({"ds": "c1.people", "at": 1704009600.5, "v": 1}, "at", reasons.BAD_TIME),
    "clock never set": (
        {"ds": "c1.people", "at": "1970-01-01T00:00:09+00:00", "v": 1},
        "at",
        reasons.BAD_TIME,
    ),
    "future": ({"ds": "c1.people", "at": "@+180", "v": 1}, "at", reasons.FUTURE),
    "too old": ({"ds": "c1.people", "at": "@-2600000", "v": 1}, "at", reasons.TOO_OLD),
}


@pytest.mark.parametrize("name", BAD_READINGS)
def test_a_bad_reading_costs_only_itself(loaded, name):
    bad, field, reason = BAD_READINGS[name]
    if isinstance(bad, dict) and isinstance(bad.get("at"), str) and bad["at"].startswith("@"):
        bad = bad | {"at": ago(0 if bad["at"] == "@now" else -float(bad["at"][1:]))}
    receipt = send(reading("c1.people", 10), bad, reading("c2.people", 20))
    assert (receipt.accepted, receipt.quarantined) == (2, 1)
    fault = receipt.problems[0]
    assert (fault.index, fault.field, fault.reason) == (1, field, reason)
    assert fault.detail
    row = Quarantine.objects.get()
    assert (row.source, row.reason, row.idx, row.field, row.detail) == ("gw", reason, 1, field, fault.detail)
    assert counted(reason) == 1
    assert counted(reasons.ACCEPTED) == 2
    assert Observation.objects.count() == 2
    assert JournalEntry.objects.filter(kind="signals.trouble").count() == 1


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity"])
def test_nan_and_infinity_cost_only_themselves(loaded, literal):
    at = ago().encode()
    body = b'[{"ds": "c1.people", "at": "%s", "v": %s}, {"ds": "c2.people", "at": "%s", "v": 4}]' % (
        at,
        literal,
        at,
    )
    receipt = actions.receive(source="gw", body=body)
    assert (receipt.accepted, receipt.quarantined) == (1, 1)
    assert receipt.problems[0].reason == reasons.NOT_A_NUMBER


BAD_MESSAGES = {
    "empty": (b"", reasons.BAD_JSON),
    "cut short": (b'{"observations": [{"ds": "c1.peo', reasons.BAD_JSON),
    "not UTF-8": (b'[{"ds": "\xff\xfe", "at": 1, "v": 1}]', reasons.BAD_JSON),
    "nested deeply": (b"[" * 100_000, reasons.BAD_JSON),
    "nested deeply with NaN": (b"[" * 100_000 + b"NaN", reasons.BAD_JSON),
    "a number": (b"17", reasons.BAD_SHAPE),
    "no list": (b'{"observations": 17}', reasons.BAD_SHAPE),
    "another object": (b'{"values": []}', reasons.BAD_SHAPE),
    "an empty list": (b"[]", reasons.BAD_SHAPE),
    "too many": (b"[" + b"{}," * 20_000 + b"{}]", reasons.TOO_MANY),
    "10 MB": (b"[" + b" " * 10_000_000 + b"]", reasons.TOO_LARGE),
}


@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_a_message_that_cannot_be_read_is_set_apart_whole(loaded, name):
    body, reason = BAD_MESSAGES[name]
    receipt = actions.receive(source="gw", body=body, key="k-1")
    assert (receipt.accepted, receipt.duplicates, receipt.quarantined) == (0, 0, 1)
    assert receipt.problems[0].index is None
    row = Quarantine.objects.get()
    assert row.reason == receipt.problems[0].reason == reason
    assert len(row.digest) == 64
    assert counted(reason) == 1
    # It took no key: the sender may mend it and send it again under the same one.
    assert send(reading("c1.people", 1), key="k-1").accepted == 1


def test_an_unknown_source_and_a_retired_one_are_counted_under_nobody(loaded):
    assert send(reading("c1.people", 1), source="who").quarantined == 1
    assert send(reading("c1.people", 1), source="old").quarantined == 1
    assert counted(reasons.UNKNOWN_SOURCE, source="?") == 2
    assert not Observation.objects.exists()


def test_a_late_reading_is_stored_and_marked_and_does_not_become_the_latest(loaded, judged):
    send(reading("c1.people", 10))
    receipt = send(reading("c1.people", 99, ago(3 * 3600)))
    assert (receipt.accepted, receipt.late) == (1, 1)
    assert counted(reasons.LATE) == 1
    assert Observation.objects.get(value=99).late == 1
    assert Latest.objects.get(stream__code="c1.people").value == 10
    assert [(value, late) for batch in judged for _, _, value, late in batch.readings] == [
        (10, False),
        (99, True),
    ]


def test_out_of_order_within_the_bound_is_judged_with_its_own_time(loaded, judged):
    send(reading("c1.people", 10))
    send(reading("c1.people", 8, ago(120)))
    assert [late for batch in judged for *_, late in batch.readings] == [False, False]
    latest = Latest.objects.get(stream__code="c1.people")
    assert latest.value == 10


def test_absence_goes_by_arrival_so_a_late_reading_shows_life(loaded):
    send(reading("c1.people", 10))
    before = Latest.objects.get(stream__code="c1.people").arrived_ms
    loaded.advance(seconds=900)
    send(reading("c1.people", 8, ago(850)))
    assert Latest.objects.get(stream__code="c1.people").arrived_ms == before + 900_000


def test_units_are_converted(loaded):
    assert send(reading("w1.depth", 15, u="cm"), source="water").accepted == 1
    assert Observation.objects.get().value == pytest.approx(0.15)


def test_a_state_takes_true_and_false(loaded):
    assert send(reading("s1.smoke", True), reading("s1.smoke", 0)).accepted == 2
    assert send(reading("s1.smoke", 0.5)).accepted == 1  # a probability within bounds is a rule's business
    assert send(reading("s1.smoke", 2)).problems[0].reason == reasons.OUT_OF_RANGE


def test_aggregates_of_too_few_people_stay_out_and_all_of_them_until_they_are_assessed(loaded):
    with write():
        Datastream.objects.filter(code="x.cells").update(in_service=True)
        service.changed()
    fault = send(reading("x.cells", 500), reading("c1.people", 5)).problems[0]
    assert fault.reason == reasons.SWITCHED_OFF and "signalling_counts" in fault.detail
    assess("signalling_counts")
    assert send(reading("x.cells", 9)).problems[0].reason == reasons.TOO_FEW_PEOPLE
    assert send(reading("x.cells", 10), reading("x.cells", 0)).accepted == 2


def test_trouble_is_journalled_once_an_hour_per_source_and_reason(loaded):
    for _ in range(3):
        send(reading("c9.people", 1, ago()), reading("c1.people", 5, "never"))
        loaded.advance(seconds=60)
    assert JournalEntry.objects.filter(kind="signals.trouble").count() == 2
    loaded.advance(seconds=7200)
    send(reading("c9.people", 1))
    assert JournalEntry.objects.filter(kind="signals.trouble").count() == 3


def test_the_quarantine_is_bounded_and_says_what_it_lost(loaded, monkeypatch):
    monkeypatch.setattr(accounting, "QUARANTINE_KEEP", 50)
    for number in range(80):
        send(reading("c9.people", number))
    kept = Quarantine.objects.count()
    assert kept <= 50
    assert counted(reasons.OVERFLOW) == 80 - kept
    assert counted(reasons.UNKNOWN_STREAM) == 80
    newest = Quarantine.objects.order_by("-id")[0]
    assert newest.digest != Quarantine.objects.order_by("id")[0].digest


def test_a_message_full_of_faults_is_summed_up(loaded):
    receipt = send(*[reading("c9.people", n) for n in range(500)])
    assert receipt.quarantined == 500
    assert Quarantine.objects.count() == accounting.FAULTS_PER_MESSAGE
    assert "401 more" in Quarantine.objects.order_by("-id")[0].detail
    assert counted(reasons.UNKNOWN_STREAM) == 500


def test_a_judge_that_fails_does_not_cost_the_readings(loaded):
    from chengyun.signals import judging

    def broken(batch):
        raise ZeroDivisionError

    judging.register(broken)
    with pytest.raises(ZeroDivisionError):
        send(reading("c1.people", 1), key="a")
    assert not Observation.objects.exists()
    messages = [actions.Message("gw", b'[{"ds": "c1.people", "at": "%s", "v": 3}]' % ago().encode())]
    assert actions.take(messages)[0].accepted == 1
    assert Observation.objects.get().value == 3
    assert JournalEntry.objects.get(kind="signals.unjudged").payload["error"] == "ZeroDivisionError"


def test_what_the_database_refuses_is_set_apart_and_the_others_pass(loaded, monkeypatch):
    real = store.put_observations

    def picky(rows):
        if any(row[5] == 666 for row in rows):
            raise ValueError("no")
        real(rows)

    monkeypatch.setattr(store, "put_observations", picky)
    bodies = [b'[{"ds": "c1.people", "at": "%s", "v": %d}]' % (ago().encode(), v) for v in (1, 666, 2)]
    receipts = actions.take([actions.Message("gw", body) for body in bodies])
    assert [r.accepted for r in receipts] == [1, 0, 1]
    assert receipts[1].problems[0].reason == reasons.REJECTED_BY_STORE
    assert Quarantine.objects.get().reason == reasons.REJECTED_BY_STORE


def test_text_that_no_database_takes_is_cleaned(loaded):
    body = b'[{"ds": "a\\u0000b", "at": "2023-12-31T16:00:00+08:00", "v": 1}, {"ds": "\\ud800", "at": NaN, "v": 1}]'
    assert actions.receive(source="gw", body=body).quarantined == 2
    assert send(reading("c1.people", 1), source="g\0w").quarantined == 1


def test_someone_may_clear_the_quarantine_and_the_counts_stay(loaded):
    send(reading("c9.people", 1))
    assert actions.clear_quarantine(TEST, source="gw", reason=reasons.UNKNOWN_STREAM) == 1
    assert not Quarantine.objects.exists()
    assert counted(reasons.UNKNOWN_STREAM) == 1


def test_nothing_is_dropped_silently(loaded):
    """Whatever goes in comes out as stored, duplicate or set apart, in the receipt and in the counts."""
    first = send(reading("c1.people", 1), reading("c9.people", 1), key="x")
    again = send(reading("c1.people", 1), reading("c9.people", 1), key="x")
    assert (first.accepted, first.quarantined, again.duplicates) == (1, 1, 1)
    assert counted(reasons.DUPLICATE) == 1
    total = {what: counted(what) for what in (reasons.ACCEPTED, reasons.UNKNOWN_STREAM, reasons.DUPLICATE)}
    assert total == {reasons.ACCEPTED: 1, reasons.UNKNOWN_STREAM: 1, reasons.DUPLICATE: 1}


def test_the_document_states_an_answer_for_every_reason():
    text = (Path(__file__).parents[2] / "docs" / "add-a-signal-source.md").read_text("utf-8")
    table = set(re.findall(r"^\| `(\w+)` \|", text.partition("| reason | what | answer |")[2], re.M))
    assert (
        set(reasons.QUARANTINED) | {reasons.LATE, reasons.DUPLICATE, reasons.OVERFLOW, reasons.DRIFT} == table
    )


def test_time_stands_where_it_should(loaded):
    send(reading("c1.people", 1, clock.now().timestamp() * 1000 // 1 and int(clock.now().timestamp() * 1000)))
    assert Observation.objects.get().at_ms == int(clock.now().timestamp() * 1000)
    edge = clock.now() + timedelta(seconds=120)
    assert send(reading("c1.people", 1, edge.isoformat())).accepted == 1
