"""Line counts become people present only through a balance, and a balance can be put right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel import clock, timers
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.models import JournalEntry
from chengyun.signals import actions
from chengyun.signals.logic import balance
from chengyun.signals.models import Balance, IntakeCount, Latest
from tests.signals.small import TEST, ago, reading, send

FLOW = {1: balance.Input(1, 1, "flow", 60), 2: balance.Input(2, -1, "flow", 60)}
COUNT = {1: balance.Input(1, 1, "cumulative", 60), 2: balance.Input(2, -1, "cumulative", 60)}


@given(
    st.permutations(
        [(1, 60_000 * n, float(n)) for n in range(1, 8)] + [(2, 60_000 * n, 1.0) for n in range(1, 8)]
    )
)
def test_flows_add_up_in_any_order(readings):
    state = balance.State()
    for one in readings:
        balance.apply(state, FLOW, [one])
    assert state.value == 28 - 7
    assert state.at_ms == 7 * 60_000


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_a_counter_counts_by_difference_and_survives_its_restart(steps):
    state = balance.State()
    shown, came = 1000.0, 0.0
    balance.apply(state, COUNT, [(1, 1, shown)])
    for number, step in enumerate(steps):
        if number == 3:
            shown = 0.0  # restarted
        shown += step
        came += step
        balance.apply(state, COUNT, [(1, 2 + number, shown)])
    assert state.value == came


def test_a_late_cumulative_count_is_contained_in_the_newer_one():
    state = balance.State()
    balance.apply(state, COUNT, [(1, 1, 10.0), (1, 5, 30.0)])
    assert not balance.apply(state, COUNT, [(1, 3, 20.0)])
    assert state.value == 20


def test_a_flow_over_five_minutes_counts_five_times():
    state = balance.State()
    balance.apply(state, {1: balance.Input(1, 1, "flow", 300)}, [(1, 1, 4.0)])
    assert state.value == 20


def test_what_happened_before_the_baseline_is_in_it():
    state = balance.State()
    balance.set_baseline(state, value=100, at_ms=10)
    assert not balance.apply(state, FLOW, [(1, 10, 5.0), (2, 4, 5.0)])
    assert balance.apply(state, FLOW, [(1, 11, 5.0)])
    assert state.value == 105


def present(code: str) -> float:
    return Latest.objects.get(stream__code=code).value


@pytest.mark.django_db
class TestStored:
    def test_in_and_out_become_people_present_and_are_judged_in_the_same_batch(self, loaded, judged):
        send(reading("a.in", 40), reading("a.out", 10))
        assert present("a.present") == 30
        assert [(s.code, v) for s, _, v, _ in judged[0].readings] == [
            ("a.in", 40),
            ("a.out", 10),
            ("a.present", 30),
        ]
        loaded.advance(seconds=60)
        send(reading("a.out", 5))
        assert present("a.present") == 25

    def test_a_redelivered_flow_is_not_counted_twice(self, loaded):
        for _ in range(3):
            send(reading("a.in", 40), key="one")
        assert present("a.present") == 40

    def test_a_late_flow_still_counts(self, loaded):
        send(reading("a.in", 40))
        send(reading("a.out", 15, ago(3 * 3600)))
        assert present("a.present") == 25

    def test_cars_by_cumulative_counters(self, loaded):
        send(reading("p.in", 1000), reading("p.out", 400))
        assert present("p.present") == 50
        loaded.advance(seconds=60)
        send(reading("p.in", 1012), reading("p.out", 402))
        assert present("p.present") == 60

    def test_drift_is_shown_at_the_bound_and_counted(self, loaded):
        send(reading("a.out", 30))
        assert present("a.present") == 0
        assert IntakeCount.objects.get(what="balance_drift").n == 1
        loaded.advance(seconds=60)
        send(reading("a.in", 50))
        assert present("a.present") == 20

    def test_a_baseline_by_hand(self, loaded, judged):
        send(reading("a.in", 40))
        loaded.advance(seconds=60)
        row = actions.set_baseline(TEST, datastream="a.present", value=500, reason="counted by two people")
        assert row.value == 500 and present("a.present") == 500
        assert judged[-1].readings[0][2] == 500
        entry = JournalEntry.objects.get(kind="balance.baseline_set")
        assert entry.payload["before"] == 40 and "counted" not in entry.payload_text
        send(reading("a.in", 9, ago(60)))
        assert present("a.present") == 500
        loaded.advance(seconds=60)
        send(reading("a.in", 9))
        assert present("a.present") == 509

    def test_what_a_baseline_cannot_be(self, loaded):
        with pytest.raises(NotFound):
            actions.set_baseline(TEST, datastream="c1.people", value=1)
        with pytest.raises(Invalid):
            actions.set_baseline(TEST, datastream="a.present", value=-1)
        with pytest.raises(Invalid):
            actions.set_baseline(TEST, datastream="a.present", value=1, at=clock.now() + timedelta(hours=1))

    def test_every_night_at_four_the_car_park_starts_anew(self, loaded):
        send(reading("p.in", 1000))
        loaded.advance(seconds=12 * 3600 + 60)  # 16:00 -> 04:01
        while timers.fire_due():
            pass
        assert present("p.present") == 5
        assert Balance.objects.get(stream__code="p.present").baseline_ms % 86_400_000 == 20 * 3_600_000
        loaded.advance(seconds=86_400)
        while timers.fire_due():
            pass
        assert JournalEntry.objects.filter(kind="balance.baseline_set").count() == 2
