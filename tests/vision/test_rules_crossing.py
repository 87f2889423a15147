"""Counts at a line equal the true counts on tracks of our own making, whatever a tracker does to them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chengyun_vision.frames import Look, Tracked
from tests.vision.rulebook import box, orderly, rule, run

LINE = {"line": {"code": "door", "points": [[0.0, 0.5], [1.0, 0.5]]}, "classes": ["person"]}
FLOWS = {**LINE, "quantities": {"in": "line_flow_in", "out": "line_flow_out"}}
BAND = 0.03
RATE = 4.0  # looks a second


@dataclass
class Walker:
    """One thing's way: heights of its foot over the picture, one a look. `number`, `since`: as its tracker says."""

    number: int
    first: int
    way: list[float]
    x: float = 0.5
    sure_after: int = 2

    def at(self, look: int) -> Tracked | None:
        n = look - self.first
        if not 0 <= n < len(self.way):
            return None
        place = box(self.x, self.way[n], 0.06, 0.16)
        return Tracked(self.number, "person", place, 0.9, self.first / RATE, None, n >= self.sure_after)


def looks(walkers, missing=frozenset()):
    last = max(walker.first + len(walker.way) for walker in walkers)
    return [
        Look(
            n / RATE,
            tracks=tuple(
                track for i, walker in enumerate(walkers) if (track := walker.at(n)) and (i, n) not in missing
            ),
        )
        for n in range(last + 1)
    ]


def straight(a: float, b: float, steps: int) -> list[float]:
    return [a + (b - a) * n / steps for n in range(steps + 1)]


# What a walker does, and the count that it makes: (in, out). In is down the picture here.
MANNERS = {
    "in": (lambda steps: straight(0.3, 0.7, steps), (1, 0)),
    "out": (lambda steps: straight(0.7, 0.3, steps), (0, 1)),
    "turns back before it": (lambda steps: straight(0.3, 0.46, steps) + straight(0.46, 0.3, steps), (0, 0)),
    "turns back on it": (lambda steps: straight(0.7, 0.49, steps) + straight(0.49, 0.7, steps), (0, 0)),
    "in and out": (lambda steps: straight(0.3, 0.7, steps) + straight(0.7, 0.3, steps), (1, 1)),
    "to and fro": (lambda steps: 3 * (straight(0.3, 0.7, steps) + straight(0.7, 0.3, steps)), (1, 1)),
    "stays": (lambda steps: [0.3] * (2 * steps), (0, 0)),
    "stands on it": (lambda steps: [0.5 + 0.02 * (-1) ** n for n in range(3 * steps)], (0, 0)),
    "stops on it, then in": (
        lambda steps: [*straight(0.3, 0.5, steps), *[0.49, 0.51] * 8, *straight(0.5, 0.7, steps)],
        (1, 0),
    ),
}

walkers = st.lists(
    st.tuples(
        st.sampled_from(sorted(MANNERS)),
        st.integers(0, 60),
        st.integers(6, 40),
        st.floats(0.1, 0.9),
    ),
    min_size=1,
    max_size=8,
)


def made(plan):
    people, wanted = [], [0, 0]
    for number, (manner, first, steps, x) in enumerate(plan):
        way, count = MANNERS[manner]
        people.append(Walker(1000 + number, first, way(steps), x))
        wanted = [wanted[0] + count[0], wanted[1] + count[1]]
    return people, {"in": wanted[0], "out": wanted[1]}


@settings(deadline=None)
@given(walkers, st.data())
def test_counts_are_true_with_trembling_boxes_and_looks_that_miss(plan, data):
    people, wanted = made(plan)
    noise = data.draw(st.lists(st.floats(-0.009, 0.009), min_size=7, max_size=7))
    for walker in people:
        walker.way = [y + noise[n % 7] for n, y in enumerate(walker.way)]
    missing = frozenset(
        (data.draw(st.integers(0, len(people) - 1)), data.draw(st.integers(0, 200)))
        for _ in range(data.draw(st.integers(0, 30)))
    )
    # A miss where somebody is new or turns hides the turn itself; the truth is then another.
    missing = {
        (i, n) for i, n in missing if 3 < n - people[i].first and _steady(people[i], n - people[i].first)
    }
    one = rule("line_crossing", place=FLOWS, band=BAND)
    orderly(run(one, looks(people, missing)))
    assert one.counts == wanted


def _steady(walker: Walker, n: int) -> bool:
    near = walker.way[max(0, n - 3) : n + 4]
    slopes = {later > earlier for earlier, later in zip(near, near[1:], strict=False)}
    return len(slopes) == 1 and len(near) == 7


@settings(deadline=None)
@given(walkers)
def test_readings_add_up_to_the_counts(plan):
    people, wanted = made(plan)
    one = rule("line_crossing", place=FLOWS, band=BAND, report=5)
    run(one, looks(people))
    told = one.readings()
    for direction, quantity in (("in", "line_flow_in"), ("out", "line_flow_out")):
        total = sum(r.value * r.over / 60 for r in told if r.quantity == quantity)
        assert round(total, 6) == wanted[direction]


@given(walkers)
def test_tracks_that_are_never_sure_count_nothing(plan):
    people, _ = made(plan)
    for walker in people:
        walker.sure_after = 10_000
    one = rule("line_crossing", place=LINE, band=BAND)
    assert run(one, looks(people)) == []
    assert one.counts == {"in": 0, "out": 0}


def test_who_was_not_sure_while_crossing_is_counted_once_sure():
    one = rule("line_crossing", place=LINE, band=BAND)
    run(one, looks([Walker(7, 0, straight(0.4, 0.8, 20), sure_after=15)]))
    assert one.counts == {"in": 1, "out": 0}


def test_who_stays_unsure_with_a_number_shared_by_all_counts_nothing():
    """Some trackers give every unconfirmed thing the same number."""
    crowd = [
        Walker(-1, 0, straight(0.3 if n % 2 else 0.7, 0.7 if n % 2 else 0.3, 20), 0.1 * n, 99)
        for n in range(1, 9)
    ]
    one = rule("line_crossing", place=LINE, band=BAND)
    run(one, looks(crowd))
    assert one.counts == {"in": 0, "out": 0}


@given(st.integers(3, 17), st.floats(0.2, 0.35), st.floats(0.65, 0.8))
def test_two_numbers_that_change_hands_far_from_each_other_count_nobody(swap, high, low):
    one_way, other = [high] * 20, [low] * 20
    one_way[swap:], other[swap:] = other[swap:], one_way[swap:]
    one = rule("line_crossing", place=LINE, band=BAND)
    people = [Walker(1, 0, one_way, 0.2), Walker(2, 0, other, 0.8)]
    for walker in people:  # small things: nobody leaps so many of their own sizes
        walker.at = lambda n, w=walker: (
            Tracked(w.number, "person", box(w.x, w.way[n], 0.02, 0.06), 0.9, 0.0, None, n > 1)
            if n < 20
            else None
        )
    run(one, looks(people))
    assert one.counts == {"in": 0, "out": 0}


def test_a_number_that_comes_back_for_another_thing_is_another_thing():
    again = [Walker(5, 0, [0.3] * 10), Walker(5, 12, [0.7] * 10), Walker(5, 30, straight(0.7, 0.3, 20))]
    one = rule("line_crossing", place=LINE, band=BAND)
    run(one, looks(again))
    assert one.counts == {"in": 0, "out": 1}


def test_once_per_direction_and_thing():
    one = rule("line_crossing", place=LINE, band=BAND)
    run(one, looks([Walker(5, 0, MANNERS["to and fro"][0](20))]))
    assert one.counts == {"in": 1, "out": 1}


def test_round_the_end_of_a_line_is_not_over_it():
    short = {"line": {"code": "gate", "points": [[0.4, 0.5], [0.6, 0.5]]}, "classes": ["person"]}
    one = rule("line_crossing", place=short, band=BAND)
    run(one, looks([Walker(1, 0, straight(0.3, 0.7, 20), 0.2), Walker(2, 0, straight(0.3, 0.7, 20), 0.5)]))
    assert one.counts == {"in": 1, "out": 0}


def test_only_the_classes_of_the_rule_count():
    one = rule("line_crossing", place={**LINE, "classes": ["car"]}, band=BAND)
    run(one, looks([Walker(1, 0, straight(0.3, 0.7, 20))]))
    assert one.counts == {"in": 0, "out": 0}


def test_an_event_when_many_cross_in_one_direction():
    people = [Walker(n, 8 * n, straight(0.3, 0.7, 12), 0.1 + 0.1 * n) for n in range(6)]
    people += [Walker(50 + n, 8 * n, straight(0.7, 0.3, 12), 0.1 + 0.1 * n) for n in range(6)]
    one = rule("line_crossing", place=LINE, band=BAND, direction="in", at_least=4, window=30, hold_off=5)
    (end,) = orderly(run(one, [*looks(people), *(Look(100 + n, tracks=()) for n in range(20))]))
    assert end.peak == 6
    crossed = [8 * n / RATE + 7 / RATE for n in range(6)]  # the look at which each had left the band
    assert abs(end.start - crossed[0]) <= 0.5 and abs(end.end - crossed[-1]) <= 0.5


@example(gap=300.0)
@given(gap=st.floats(20, 4000))
def test_a_minute_that_was_mostly_not_looked_at_is_no_reading(gap):
    one = rule("line_crossing", place=FLOWS, band=BAND, report=60)
    first = looks([Walker(1, 0, straight(0.3, 0.7, 20))])
    later = [Look(first[-1].at + gap + n, tracks=()) for n in range(3)]
    run(one, [*first, *later])
    over = sum(r.over for r in one.readings() if r.quantity == "line_flow_in")
    assert over <= first[-1].at + 3, "time that nobody looked at is in no rate"
