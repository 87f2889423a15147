"""The table of the gate."""

from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.gate import Gate


def test_each_row_of_the_table():
    gate = Gate(recheck_s=10)
    assert gate.decide(0, motion=True, live=True, due=True, wanted=False).why == "unscheduled"
    assert gate.decide(1, motion=False, live=False).why == "recheck"
    assert gate.decide(2, motion=False, live=False).why == "quiet"
    assert gate.decide(3, motion=True, live=True, due=True).why == "rule"
    assert gate.decide(4, motion=True, live=True).why == "motion"
    assert gate.decide(5, motion=False, live=True).why == "track"
    assert gate.decide(14.9, motion=False, live=False).why == "quiet"
    assert gate.decide(15, motion=False, live=False).why == "recheck"
    assert gate.counts == {
        "unscheduled": 1,
        "recheck": 2,
        "quiet": 2,
        "rule": 1,
        "motion": 1,
        "track": 1,
    }


def test_after_a_reset_or_when_time_goes_back_it_looks():
    gate = Gate(recheck_s=10)
    gate.decide(100, motion=False, live=False)
    assert gate.decide(50, motion=False, live=False).detect
    gate.reset()
    assert gate.decide(51, motion=False, live=False).detect


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans(), st.booleans(), st.booleans()), max_size=80))
def test_while_a_rule_wants_pictures_none_goes_longer_unseen_than_the_timer(steps):
    gate, at, looked = Gate(recheck_s=10), 0.0, None
    for wait, motion, live, due in steps:
        at += wait
        verdict = gate.decide(at, motion=motion, live=live, due=due)
        assert verdict.detect or not (motion or live or due)
        if verdict.detect:
            looked = at
        assert looked is not None and at - looked < 10
    assert sum(gate.counts.values()) == len(steps)
