"""The one state machine of all rules, against a slow oracle that looks at the whole history at every instant."""

import math

from hypothesis import given
from hypothesis import strategies as st

from chengyun.alerts.logic.ladder import Ladder, LevelState, Rung

END = 40


def oracle(readings, rung, below, fresh):
    """When the level is on, instant by instant, decided afresh from all readings up to that instant."""

    def up(v):
        return v <= rung.set if below else v >= rung.set

    def down(v):
        return v > rung.clear if below else v < rung.clear

    known = {}
    on, since_off, states = False, -1, []
    for t in range(END + 1):
        if t in readings:
            known[t] = readings[t]
        latest = max(known, default=None)
        if not on:
            # The run of readings that reach `set`, back to the last one that does not.
            run = None
            for at in sorted(known, reverse=True):
                if at <= since_off or not up(known[at]):
                    break
                run = at
            on = run is not None and t - run >= rung.for_ms
        else:
            run = None
            for at in sorted(known, reverse=True):
                if not down(known[at]):
                    break
                run = at
            if run is not None:
                ripe = run + rung.keep_ms
                by_reading = latest == t and t >= ripe
                by_time = t == ripe and latest >= ripe - fresh
                if by_reading or by_time:
                    on, since_off = False, t
        states.append(on)
    return states


@st.composite
def nights(draw):
    below = draw(st.booleans())
    put = draw(st.integers(3, 7))
    clear = put + (1 if below else -1) * draw(st.integers(0, 2))
    rung = Rung(1, put, clear, draw(st.integers(0, 8)), draw(st.integers(0, 8)))
    readings = draw(st.dictionaries(st.integers(0, END), st.integers(0, 10).map(float), max_size=25))
    pokes = draw(st.sets(st.integers(0, END + 1), max_size=10))
    return readings, rung, below, draw(st.integers(0, 10)), pokes


@given(nights())
def test_one_level_agrees_with_the_oracle_however_timers_and_readings_interleave(night):
    readings, rung, below, fresh, pokes = night
    state = LevelState(Ladder((rung,), below), fresh)
    changes = []
    for t in range(END + 1):
        if t in pokes:
            changes += state.elapse(t)
        if t in readings:
            changes += state.step(t, readings[t])
    changes += state.elapse(END + 1)
    at = {c.at: c.after is not None for c in changes}
    mine, on = [], False
    for t in range(END + 1):
        on = at.get(t, on)
        mine.append(on)
    assert mine == oracle(readings, rung, below, fresh)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False), max_size=30), st.booleans())
def test_the_quiet_interval_is_exactly_what_changes_nothing(values, below):
    ladder = (
        Ladder((Rung(1, 10, 8), Rung(2, 5, 5)), False)
        if not below
        else Ladder((Rung(1, -10, -8), Rung(2, -5, -5)), True)
    )
    state = LevelState(ladder, 0)
    for t, value in enumerate(values):
        lo, hi = state.quiet()
        before = state.phases.copy()
        state.step(t, value)
        if lo <= value < hi:
            assert state.phases == before
        elif not math.isnan(value):
            assert state.phases != before, "a value outside the quiet interval changes something"


@given(st.lists(st.integers(0, 10), min_size=1, max_size=30))
def test_a_lower_bound_raises_and_never_clears(values):
    state = LevelState(Ladder((Rung(1, 5, 3),)), 0)
    was_on = False
    for t, value in enumerate(values):
        state.step(t, float(value), lower_bound=True)
        was_on = was_on or value >= 5
        assert (state.level == 1) == was_on


def test_a_lower_bound_says_nothing_about_too_few():
    state = LevelState(Ladder((Rung(1, 5, 6),), below=True), 0)
    assert state.step(0, 1.0, lower_bound=True) == [] and state.level is None
    state.step(1, 1.0)
    state.step(2, 100.0, lower_bound=True)
    assert state.level == 1


def test_silence_does_not_confirm_that_a_level_may_clear():
    state = LevelState(Ladder((Rung(1, 5, 5, keep_ms=10),)), fresh_ms=4)
    state.step(0, 9.0)
    state.step(1, 1.0)
    assert state.elapse(10_000) == [] and state.level == 1
    assert state.step(20_000, 1.0)[0].after is None


def test_nan_is_no_reading():
    state = LevelState(Ladder((Rung(1, 5, 5),)), 0)
    state.step(0, 9.0)
    assert state.step(1, math.nan) == [] and state.level == 1


def test_worsening_and_easing_step_through_the_levels():
    state = LevelState(Ladder((Rung(1, 30, 28), Rung(2, 20, 18), Rung(3, 10, 8))), 0)
    seen = [
        (c.before, c.after) for t, v in enumerate([5, 12, 35, 29, 27, 9, 7]) for c in state.step(t, float(v))
    ]
    assert seen == [(None, 3), (3, 1), (1, 2), (2, 3), (3, None)]


def test_memory_survives_a_restart_and_a_change_of_the_ladder():
    old = LevelState(Ladder((Rung(1, 30, 28), Rung(2, 20, 18))), 0)
    old.step(7, 25.0)
    new = LevelState(Ladder((Rung(1, 30, 28), Rung(2, 22, 19), Rung(3, 10, 8))), 0)
    new.load(old.dump())
    assert new.level == 2 and new.since == [0, 7, 0]
