"""Totals and their coverage, the roll-up, retention."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.district import queries as district
from chengyun.kernel import clock, timers
from chengyun.kernel.scope import ALL
from chengyun.signals import actions, queries, store, totals
from chengyun.signals.logic.totals import add_up
from chengyun.signals.models import InputLog, MinuteFigure, Observation, RollupDue
from tests.signals.small import ago, reading, send


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 1000), st.floats(0, 1e6), st.sampled_from([0, 60, 600])),
        max_size=20,
    )
)
def test_a_total_never_says_more_than_it_knows(streams):
    found = add_up(streams, at_ms=1000)
    assert found.of == len(streams) and found.known <= found.of
    fresh = [v for at, v, stale in streams if at is not None and (stale == 0 or 1000 - at <= stale)]
    assert found.known == len(fresh) and found.value == pytest.approx(sum(fresh))
    assert found.complete == (found.of > 0 and found.known == found.of)


@pytest.mark.django_db
class TestTotals:
    def test_over_the_tree_and_over_a_ring(self, loaded):
        send(reading("c1.people", 100), reading("c2.people", 20), reading("c3.people", 3), reading("a.in", 7))
        everywhere = totals.total(district.root(), "people_present")
        assert (everywhere.value, everywhere.known, everywhere.of) == (130, 4, 4)  # c4 is out of service
        ring = totals.total(district.area("ring-1"), "people_present")  # covers g2-0
        assert (ring.value, ring.of) == (127, 3)
        one = totals.total(district.area("dm-1"), "people_present")
        assert one.value == 100 and one.complete

    def test_a_silent_counter_makes_a_lower_bound(self, loaded):
        send(reading("c1.people", 100), reading("c2.people", 20), reading("c3.people", 3), reading("a.in", 7))
        loaded.advance(seconds=181)
        send(reading("c1.people", 90))
        found = totals.total(district.root(), "people_present")
        assert (found.value, found.known, found.of, found.complete) == (90, 1, 4, False)
        assert found.oldest_age_s == 0
        assert str(found) == "≥ 90 (1/4)"

    def test_as_it_stood_at_a_moment(self, loaded):
        for value in (10, 20, 30):
            send(reading("c1.people", value))
            loaded.advance(seconds=60)
        send(reading("c1.people", 99, ago(150)))  # came later, and is not part of what was known then
        then = clock.now() - timedelta(seconds=100)
        assert totals.total(district.area("dm-1"), "people_present", then).value == 20
        assert totals.total(district.area("dm-1"), "people_present").value == 30

    def test_nothing_known_is_not_zero(self, loaded):
        found = totals.total(district.area("dm-1"), "people_present")
        assert (found.known, found.of, found.complete) == (0, 1, False)


@pytest.mark.django_db
class TestRollUp:
    def test_minutes_are_summed_up_by_the_timer_once_they_have_passed(self, loaded):
        send(reading("c1.people", 10), reading("c1.people", 30, ago(-20)), reading("c1.people", 20, ago(-10)))
        timers.fire_due()
        assert not MinuteFigure.objects.exists()
        loaded.advance(seconds=66)
        timers.fire_due()
        row = MinuteFigure.objects.get()
        assert (row.n, row.min, row.max, row.sum, row.last) == (3, 10, 30, 60, 30)
        assert not RollupDue.objects.exists()

    def test_a_late_reading_brings_its_minute_back(self, loaded):
        send(reading("c1.people", 10))
        loaded.advance(seconds=120)
        actions.roll_up()
        send(reading("c1.people", 50, ago(119)))
        actions.roll_up()
        row = MinuteFigure.objects.get()
        assert (row.n, row.max, row.last) == (2, 50, 50)

    def test_the_figures_equal_the_observations(self, loaded):
        for number in range(40):
            send(reading("c1.people", number * 7 % 13), reading("w1.depth", 1), key=str(number))
            loaded.advance(seconds=20)
        loaded.advance(seconds=60)
        while actions.roll_up():
            pass
        figures = MinuteFigure.objects.filter(stream__code="c1.people")
        assert sum(row.n for row in figures) == 40
        assert sum(row.sum for row in figures) == sum(
            Observation.objects.filter(stream__code="c1.people").values_list("value", flat=True)
        )

    def test_they_can_be_read(self, loaded):
        send(reading("c1.people", 10))
        loaded.advance(seconds=66)
        actions.roll_up()
        rows = queries.minute_figures(
            ALL, "c1.people", since=clock.now() - timedelta(hours=1), until=clock.now()
        )
        assert [row.last for row in rows] == [10]


@pytest.mark.django_db
class TestRetention:
    def test_what_is_old_goes_by_the_timer(self, loaded):
        send(reading("c1.people", 1))
        loaded.advance(seconds=66)
        actions.roll_up()
        loaded.advance(seconds=32 * 86_400)
        send(reading("c1.people", 2))
        while timers.fire_due():
            loaded.advance(seconds=1)
        assert list(Observation.objects.filter(stream__code="c1.people").values_list("value", flat=True)) == [
            2.0
        ]
        assert InputLog.objects.count() == 1
        assert MinuteFigure.objects.count() >= 1  # kept for 400 days

    def test_single_observations_of_a_day_are_found_in_order(self, loaded):
        for value in range(5):
            send(reading("c1.people", value), reading("c2.people", 1))
            loaded.advance(seconds=700)
        found = queries.observations(
            ALL, "c1.people", since=clock.now() - timedelta(hours=2), until=clock.now()
        )
        assert [row.value for row in found] == [4, 3, 2, 1, 0]

    def test_partitions_are_named_by_day(self):
        assert store.partition(19_722) == "signals_observation_20231231"
