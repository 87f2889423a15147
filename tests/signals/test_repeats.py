"""A gateway that packs old readings into new messages: nothing is stored twice, and nothing that rises is lost."""

from __future__ import annotations

import orjson
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.kernel.models import JournalEntry
from chengyun.signals import actions
from chengyun.signals.actions import Message
from chengyun.signals.models import IntakeCount, Latest, MinuteFigure, Observation, Quarantine
from tests.signals.small import TEST, ago, reading, send


def values(stream: str) -> list[float]:
    rows = Observation.objects.filter(stream__code=stream).order_by("at_ms", "message", "idx")
    return list(rows.values_list("value", flat=True))


def counted(what: str) -> int:
    return sum(IntakeCount.objects.filter(what=what).values_list("n", flat=True))


def test_a_reading_that_another_message_brought_is_counted_and_not_stored(loaded, judged):
    old = [reading("c1.people", n, ago(60 * n)) for n in range(1, 4)]
    assert send(*old).accepted == 3
    again = send(*old, reading("c1.people", 9, ago()))
    assert (again.accepted, again.repeats, again.duplicates, again.quarantined) == (1, 3, 0, 0)
    assert values("c1.people") == [3, 2, 1, 9]
    assert counted("duplicate") == 3 and counted("accepted") == 4
    assert [len(batch.readings) for batch in judged] == [3, 1], "what was judged once is not judged again"


def test_however_late_it_comes_again(loaded):
    first = reading("c1.people", 5, ago(3600))
    assert send(first).late == 1
    again = send(first, reading("c1.people", 6, ago()))
    assert (again.accepted, again.repeats, again.late) == (1, 1, 0)


def test_a_repeat_is_no_sign_of_life(loaded):
    old = reading("c1.people", 5, ago(30))
    send(old)
    arrived = Latest.objects.get(stream__code="c1.people").arrived_ms
    loaded.advance(seconds=300)
    assert send(old, key="stuck").repeats == 1
    assert Latest.objects.get(stream__code="c1.people").arrived_ms == arrived


def test_another_value_for_an_interval_is_set_apart_and_the_first_counts(loaded):
    at = ago()
    send(reading("a.in", 6, at))
    other = send(reading("a.in", 9, at), reading("c1.people", 1, at), key="second")
    assert (other.accepted, other.quarantined, other.problems[0].reason) == (1, 1, "conflict")
    row = Quarantine.objects.get()
    assert (row.reason, row.stream, row.idx, row.field) == ("conflict", "a.in", 0, "v")
    assert "6" in row.detail and "9" in row.detail
    assert values("a.in") == [6] and values("a.present") == [6], "the balance counted it once"
    assert JournalEntry.objects.filter(kind="signals.trouble").count() == 1


def test_another_value_of_a_level_is_stored_judged_and_the_latest(loaded, judged):
    at = ago()
    send(reading("c1.people", 5, at))
    other = send(reading("c1.people", 7, at), key="second")
    assert (other.accepted, other.repeats, other.quarantined) == (1, 0, 0)
    assert values("c1.people") == [5, 7] and Latest.objects.get(stream__code="c1.people").value == 7
    assert len(judged) == 2
    assert send(reading("c1.people", 5, at), key="third").repeats == 1


def test_messages_of_one_batch_see_each_other(loaded):
    one, two = reading("c1.people", 1, ago(1)), reading("c1.people", 2, ago())
    flow, other = reading("a.in", 6, ago()), reading("a.in", 7, ago())
    receipts = actions.receive_many(
        [Message("gw", orjson.dumps(body)) for body in ([one, flow], [one, two], [two, other, one])]
    )
    assert [(r.accepted, r.repeats, r.quarantined) for r in receipts] == [(2, 0, 0), (1, 1, 0), (0, 2, 1)]
    assert values("c1.people") == [1, 2] and values("a.in") == [6]


def test_by_hand_always_counts(loaded):
    at = loaded.now()
    send(reading("c1.people", 5))
    assert actions.enter_reading(TEST, datastream="c1.people", value=5, at=at, reason="check").accepted == 1
    assert values("c1.people") == [5, 5]


moments = st.integers(0, 3)
somewhat = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["c1.people", "c2.people", "a.in"]), moments, st.integers(0, 2)),
        min_size=1,
        max_size=6,
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(somewhat, st.data())
def test_whatever_is_packed_however_each_reading_is_stored_by_one_message(loaded, messages, data):
    """Against a model: (stream, moment) -> values by message; an interval has one value, a level each value once."""
    Observation.objects.all()._raw_delete("default")
    Latest.objects.all()._raw_delete("default")
    MinuteFigure.objects.all()._raw_delete("default")
    loaded.advance(seconds=3600)
    base = loaded.now()
    model: dict[tuple[str, int], list[tuple[int, int]]] = {}
    expected: list[tuple[int, int, int]] = []
    bodies = []
    for number, message in enumerate(messages):
        taken = repeated = apart = 0
        before = {key: {value for _, value in stored} for key, stored in model.items()}
        for stream, moment, value in message:
            there = before.get((stream, moment), set())
            if value in there:
                repeated += 1
            elif there and stream == "a.in":
                apart += 1
            else:
                model.setdefault((stream, moment), []).append((number, value))
                taken += 1
        expected.append((taken, repeated, apart))
        at = [ago(moment) for moment in range(4)]
        rows = [reading(stream, value, at[moment]) for stream, moment, value in message]
        bodies.append(Message("gw", orjson.dumps(rows), key=f"{base}{number}"))
    receipts = []
    while bodies:
        size = data.draw(st.integers(1, len(bodies)))
        receipts += actions.receive_many(bodies[:size])
        bodies = bodies[size:]
    assert [(r.accepted, r.repeats, r.quarantined) for r in receipts] == expected
    for code in ("c1.people", "c2.people", "a.in"):
        wanted = sorted(value for (stream, _), rows in model.items() if stream == code for _, value in rows)
        assert sorted(values(code)) == wanted


def test_what_the_look_back_costs_is_one_statement_a_batch(loaded):
    small_batch = [reading("c1.people", n, ago(10 - n)) for n in range(5)]
    send(*small_batch)
    with CaptureQueriesContext(connection) as seen:
        send(*[reading("c1.people", n, ago(2 - n / 10)) for n in range(20)])
    looks = [
        q["sql"] for q in seen if "FROM signals_latest" in q["sql"] or "FROM signals_observation" in q["sql"]
    ]
    assert len(looks) == 1, looks
