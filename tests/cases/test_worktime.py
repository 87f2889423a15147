"""Continuous and working time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.cases.logic.worktime import UNITS, Calendar, Limit, due, elapsed, explain

# A table that knows 2023 and 2024 by the real one, and nothing after.
CALENDAR = Calendar()
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """Zhengzhou time."""
    return datetime.fromisoformat(text + "+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2023-12-29 17:00", 2, "urgent_hour", "2023-12-29 19:00"),
        ("2023-12-29 17:00", 1, "urgent_day", "2023-12-30 17:00"),
        ("2023-12-29 17:00", 15, "minute", "2023-12-29 17:15"),
        ("2023-12-29 17:00", 4, "work_hour", "2024-01-02 11:00"),  # 1 January is a holiday
        ("2024-02-04 08:00", 1, "work_day", "2024-02-04 18:00"),  # a Sunday that is worked (调休)
        ("2024-01-02 11:30", 1, "work_hour", "2024-01-02 14:30"),  # over lunch
        ("2024-01-02 12:30", 1, "work_hour", "2024-01-02 15:00"),  # started at lunch
        ("2024-01-02 08:00", 1, "work_day", "2024-01-02 18:00"),
        ("2024-01-05 17:30", 1, "work_hour", "2024-01-08 08:30"),  # over a weekend
    ],
)
def test_known_deadlines(start, amount, unit, expected):
    assert due(at(start), Limit(amount, unit), (), CALENDAR).at == at(expected)


def test_an_unknown_year_is_provisional_and_counts_monday_to_friday():
    unknown = Calendar(table=lambda day: None)
    found = due(at("2024-02-09 17:00"), Limit(2, "work_hour"), (), unknown)
    assert found.provisional and found.at == at(
        "2024-02-12 09:00"
    )  # in truth the middle of the Spring Festival
    assert not due(at("2024-02-09 17:00"), Limit(2, "work_hour"), (), CALENDAR).provisional
    stated = Calendar(table=lambda day: None, days={date(2024, 2, 9): True, date(2024, 2, 10): True})
    assert due(at("2024-02-09 17:00"), Limit(2, "work_hour"), (), stated) == due(
        at("2024-02-09 17:00"),
        Limit(2, "work_hour"),
        (),
        Calendar(days={date(2024, 2, 10): True, date(2024, 2, 9): True}),
    )


def test_a_free_day_of_an_unknown_year_makes_what_follows_provisional():
    calendar = Calendar(table=lambda day: None if day == date(2024, 1, 6) else day.weekday() < 5)
    assert due(at("2024-01-05 17:30"), Limit(1, "work_hour"), (), calendar).provisional


def test_an_open_pause_has_no_deadline():
    assert due(at("2024-01-02 09:00"), Limit(1, "urgent_hour"), [(at("2024-01-02 09:30"), None)]).at is None


@pytest.mark.parametrize("bad", [(0, "minute"), (-1, "work_day"), (1, "fortnight")])
def test_a_limit_that_is_none(bad):
    with pytest.raises(ValueError):
        Limit(*bad)


FIRST = datetime(2023, 1, 1, tzinfo=UTC)
moments = st.integers(0, 670 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))
limits = st.builds(Limit, st.integers(1, 40).map(float), st.sampled_from(UNITS))


@st.composite
def pauses(draw):
    found, last = [], draw(moments)
    for _ in range(draw(st.integers(0, 3))):
        begin = last + timedelta(minutes=draw(st.integers(0, 5000)))
        last = begin + timedelta(minutes=draw(st.integers(1, 5000)))
        found.append((begin, last))
    return found


@given(moments, limits, pauses())
def test_due_and_elapsed_are_inverse(start, limit, held):
    found = due(start, limit, held, CALENDAR).at
    assert found is not None and elapsed(start, found, limit, held, CALENDAR) == limit.length
    assert elapsed(start, found - timedelta(seconds=1), limit, held, CALENDAR) < limit.length


@given(moments, limits, pauses(), st.integers(1, 100_000))
def test_it_is_monotone(start, limit, held, later):
    shift = timedelta(seconds=later)
    first, second = due(start, limit, held, CALENDAR).at, due(start + shift, limit, held, CALENDAR).at
    assert first <= second
    longer = Limit(limit.amount + 1, limit.unit)
    assert first < due(start, longer, held, CALENDAR).at
    assert elapsed(start, first, limit, held, CALENDAR) <= elapsed(
        start, first + shift, limit, held, CALENDAR
    )


@given(moments, limits, st.integers(0, 3000), st.integers(1, 3000))
def test_a_pause_adds_exactly_what_it_held(start, limit, wait, length):
    pause = (start + wait * MINUTE, start + (wait + length) * MINUTE)
    plain = due(start, limit, (), CALENDAR).at
    held = due(start, limit, [pause], CALENDAR).at
    lost = elapsed(start, pause[1], limit, (), CALENDAR) - elapsed(start, pause[0], limit, (), CALENDAR)
    assert elapsed(start, held, limit, (), CALENDAR) == limit.length + (
        lost if pause[0] < plain else timedelta(0)
    )


@given(moments, limits, pauses())
def test_overlapping_pauses_count_once(start, limit, held):
    assert due(start, limit, held, CALENDAR) == due(start, limit, [*held, *held], CALENDAR)


@given(moments, limits, pauses())
def test_the_explanation_has_no_gap_and_adds_up(start, limit, held):
    found = due(start, limit, held, CALENDAR).at
    spans = explain(start, found, limit, held, CALENDAR)
    assert spans[0].starts_at == start and spans[-1].ends_at == found
    assert all(a.ends_at == b.starts_at for a, b in zip(spans, spans[1:], strict=False))
    assert sum((span.counted for span in spans), timedelta(0)) == limit.length
    assert all(span.starts_at < span.ends_at for span in spans)
