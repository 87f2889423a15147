"""What is measured: totals with coverage, rates, counts, k of n, silence; and what is never concluded from no data."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.alerts.logic.engine import Bound, Engine, Member
from chengyun.alerts.logic.spec import RuleRefused, parse
from chengyun.alerts.logic.trial import Seen, run

MINUTE = 60_000


def rule(**fields):
    body = {
        "code": "r-1",
        "name": {"zh": "规则", "en": "rule"},
        "select": {"quantity": "q"},
        "levels": {1: 10},
    }
    return parse(body | fields)


def engine(spec, members=("a",), subject="s", **more):
    made = Engine()
    made.add(Bound(spec, subject, tuple(Member(key) for key in members), **more))
    return made


def levels(transitions):
    return [(t.before, t.after) for t in transitions]


def total(**fields):
    return rule(when="total", over={"area": "x"}, fresh="90s", **fields)


def test_a_total_is_judged_once_per_instant_after_all_its_counters_spoke():
    e = engine(total(levels={1: 10}), ("a", "b"))
    e.judge([("a", 0, 9.0, False), ("b", 0, 0.0, False)])
    # Nine people walk from a to b: for a moment between the two readings there would be eighteen.
    assert e.judge([("b", MINUTE, 9.0, False), ("a", MINUTE, 0.0, False)]) == []


def test_a_total_with_silent_counters_may_raise_and_never_clears():
    e = engine(total(levels={1: 10}), ("a", "b"))
    raised = e.judge([("a", 0, 12.0, False)])
    assert levels(raised) == [(None, 1)] and (raised[0].have, raised[0].of) == (1, 2)
    assert e.judge([("a", MINUTE, 1.0, False)]) == [], (
        "one of two counters says nothing about the total being low"
    )
    cleared = e.judge([("a", 2 * MINUTE, 1.0, False), ("b", 2 * MINUTE, 2.0, False)])
    assert levels(cleared) == [(1, None)] and (cleared[0].have, cleared[0].of) == (2, 2)


def test_a_counter_that_falls_silent_does_not_clear_the_total():
    e = engine(total(levels={1: 10}), ("a", "b"))
    e.judge([("a", 0, 8.0, False), ("b", 0, 12.0, False)])
    assert e.judge([("a", i * MINUTE, 1.0, False) for i in range(1, 60)]) == []


def test_a_total_embeds_what_was_judged():
    e = engine(total(levels={1: 10}), ("a", "b"))
    (t,) = e.judge([("a", 0, 8.0, False), ("b", 0, 8.0, False)])
    assert t.measure == 16 and [(o.key, o.value) for o in t.evidence] == [("a", 8.0), ("b", 8.0)]


def test_k_of_n_counts_members_that_are_fresh():
    spec = rule(when="k_of_n", over={"area": "x"}, value=1, levels={1: 3, 2: 2}, fresh="90s")
    e = engine(spec, ("a", "b", "c"))
    assert levels(e.judge([("a", 0, 1.0, False), ("b", 0, 1.0, False)])) == [(None, 2)]
    assert levels(e.judge([("c", MINUTE, 1.0, False)])) == [(2, 1)]
    # c alone stays fresh: one of three is a lower bound and clears nothing
    assert e.judge([("c", 10 * MINUTE, 0.0, False)]) == []


def test_k_of_n_of_values_that_are_too_low():
    spec = rule(when="k_of_n", over={"area": "x"}, value=0, direction="below", levels={2: 2}, fresh="90s")
    e = engine(spec, ("a", "b"))
    assert levels(e.judge([("a", 0, 0.0, False), ("b", 0, 0.0, False)])) == [(None, 2)]


def test_a_rate_is_unknown_after_a_gap():
    e = engine(rule(when="rate", window="2m", levels={1: 100}))
    assert e.judge([("a", 0, 0.0, False), ("a", MINUTE, 50.0, False)]) == []
    assert e.judge([("a", 30 * MINUTE, 5000.0, False)]) == [], "a jump across a gap is no rate"
    assert levels(e.judge([("a", 31 * MINUTE, 5200.0, False)])) == [(None, 1)]


def test_a_count_falls_only_when_a_reading_says_so():
    e = engine(rule(when="count", window="10m", value=1, levels={1: 2}))
    assert levels(e.judge([("a", 0, 1.0, False), ("a", MINUTE, 1.0, False)])) == [(None, 1)]
    assert e.elapse(10**9) == []
    assert levels(e.judge([("a", 60 * MINUTE, 0.0, False)])) == [(1, None)]


def test_a_count_takes_readings_in_any_order_within_the_window():
    e = engine(rule(when="count", window="10m", value=1, levels={1: 3}))
    assert e.judge([("a", 5 * MINUTE, 1.0, False)]) == []
    assert levels(e.judge([("a", 3 * MINUTE, 1.0, False), ("a", 4 * MINUTE, 1.0, False)])) == [(None, 1)]


def test_silence_is_judged_by_arrival_and_ends_with_an_arrival():
    e = engine(rule(when="absence", levels={2: "10m", 3: "5m"}), since=0)
    assert e.check_silence(4 * MINUTE) == []
    assert levels(e.check_silence(5 * MINUTE)) == [(None, 3)]
    assert levels(e.check_silence(11 * MINUTE)) == [(3, 2)]
    assert levels(e.arrived(["a"], 12 * MINUTE)) == [(2, None)]
    assert e.check_silence(16 * MINUTE) == []


def test_late_superseded_and_nan_readings_change_nothing():
    e = engine(rule(when="threshold"))
    e.judge([("a", 10, 20.0, False)])
    assert e.judge([("a", 5, 0.0, False), ("a", 11, math.nan, False), ("a", 12, 0.0, True)]) == []
    assert e.cells["r-1", "s"].state.level == 1


def test_a_batch_in_any_order_is_judged_in_event_order():
    e = engine(rule(when="threshold"))
    out = e.judge([("a", 3, 0.0, False), ("a", 1, 0.0, False), ("a", 2, 20.0, False)])
    assert [(t.at, t.after) for t in out] == [(2, 1), (3, None)]


def test_a_posture_moves_the_thresholds_and_the_clear_with_them():
    spec = rule(when="threshold", levels={1: {"set": 100, "clear": 90}})
    e = engine(spec, override={"1": 50})
    assert levels(e.judge([("a", 0, 50.0, False), ("a", 1, 41.0, False), ("a", 2, 39.0, False)])) == [
        (None, 1),
        (1, None),
    ]
    rungs = spec.ladder({"raise": 60, "clear": 55}).rungs
    assert (rungs[0].set, rungs[0].clear) == (60, 55)


def test_density_compares_people_with_the_ground_they_stand_on():
    e = engine(rule(when="threshold", per="area_m2", levels={1: 5, 4: 2}), scale=100.0)
    assert levels(e.judge([("a", 0, 199.0, False), ("a", 1, 200.0, False), ("a", 2, 500.0, False)])) == [
        (None, 4),
        (4, 1),
    ]


def test_memory_can_be_stored_and_reloaded():
    spec = rule(when="threshold", **{"for": "1m"})
    e = engine(spec)
    e.judge([("a", 0, 20.0, False)])
    (cell,) = e.changed()
    again = engine(spec)
    again.cells["r-1", "s"].load(cell.dump())
    assert levels(again.judge([("a", MINUTE, 20.0, False)])) == [(None, 1)]
    assert e.changed() == []


def test_a_total_that_another_process_measured_keeps_its_coverage():
    spec = total(levels={1: 10}, **{"for": "1m"})
    e = engine(spec, ("a", "b"))
    assert e.judge([("a", 0, 8.0, False), ("b", 0, 8.0, False)]) == []
    (cell,) = e.changed()
    elsewhere = engine(spec, ("a", "b"))
    elsewhere.cells["r-1", "s"].load(cell.dump())
    (ripe,) = elsewhere.elapse(2 * MINUTE)
    assert (ripe.measure, ripe.have, ripe.of) == (16, 2, 2)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 20), st.integers(0, 9)),
        max_size=40,
        unique_by=lambda r: r[:2],
    )
)
def test_a_total_agrees_with_a_slow_sum(readings):
    """Oracle: at each instant sum what is fresh; full coverage decides, partial coverage can only raise."""
    spec, fresh, late = total(levels={1: 15}), 90_000, MINUTE
    readings = sorted(readings, key=lambda r: r[1])
    e = engine(spec, ("a", "b", "c"))
    got = e.judge([(k, t * late, float(v), False) for k, t, v in readings])
    on, expected = False, []
    latest = {}
    for instant in sorted({t for _, t, _ in readings}):
        latest |= {k: (t, v) for k, t, v in readings if t == instant}
        present = {k: v for k, (t, v) in latest.items() if (instant - t) * late <= fresh}
        amount = sum(present.values())
        now = True if amount >= 15 else (on if len(present) < 3 else False)
        if now != on:
            expected.append((instant * late, 1 if now else None))
        on = now
    assert [(t.at, t.after) for t in got] == expected


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"when": "threshold", "levels": {5: 1}}, "levels"),
        ({"when": "threshold", "levels": {1: 10, 2: 20}}, "-"),
        ({"when": "threshold", "levels": {1: {"set": 10, "clear": 11}}}, "-"),
        ({"when": "rate"}, "-"),
        ({"when": "total"}, "-"),
        ({"when": "threshold", "for": "soon"}, "for"),
        ({"when": "threshold", "hysteresis": "a lot"}, "-"),
        ({"when": "threshold", "select": {}}, "select"),
        ({"when": "threshold", "colour": "red"}, "colour"),
        ({"when": "threshold", "camera": True, "case": {"kind": "k", "judged": False}}, "-"),
        ({"when": "threshold", "levels": {1: math.nan}}, "-"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_field_and_the_reason(fields, field):
    with pytest.raises(RuleRefused) as refused:
        rule(**fields)
    assert any(name.startswith(field) and reason for name, reason in refused.value.faults), (
        refused.value.faults
    )


def test_a_trial_tells_when_a_rule_would_have_opened_and_why():
    spec = rule(when="threshold", levels={1: 20, 2: 10}, **{"for": "1m"})
    seen = [
        Seen("a", i * MINUTE, v, i * MINUTE + 500) for i, v in enumerate([5.0, 12.0, 12.0, 25.0, 25.0, 3.0])
    ]
    report = run([Bound(spec, "s", (Member("a"),))], seen)
    (episode,) = report.episodes
    assert (episode.opened, episode.cleared, episode.peak) == (2 * MINUTE, 5 * MINUTE, 1)
    assert [t.measure for t in episode.steps] == [12.0, 25.0, 3.0]


def test_plain_thresholds_run_at_more_than_a_tenth_of_the_promised_speed():
    """The promise is 1M evaluations per core-second (see `chengyun bench`); this only catches a collapse."""
    e = engine(rule(when="threshold"))
    batch = [("a", i, 5.0, False) for i in range(100_000)]
    start = time.process_time()
    e.judge(batch)
    assert 100_000 / (time.process_time() - start) > 100_000
