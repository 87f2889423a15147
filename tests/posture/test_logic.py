"""Precedence and policy against oracles that are too simple to be wrong."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chengyun.posture import logic
from chengyun.posture.logic import AreaLayers, Cell, Layers, Standing, Step, Table

T0 = datetime(2023, 12, 31, 9, 0, tzinfo=UTC)
PATHS = ["/r/", "/r/a/", "/r/a/x/", "/r/b/", "/r/ab/"]


@st.composite
def standing(draw: st.DrawFn) -> Standing:
    mode = draw(st.sampled_from(logic.MODES[1:]))
    level = (
        draw(st.sampled_from(logic.LEVELS))
        if mode == "emergency"
        else draw(st.sampled_from([None, 1, 2, 3, 4]))
    )
    return Standing(
        area=draw(st.sampled_from(PATHS)),
        mode=mode,
        level=level,
        since=T0 + timedelta(minutes=draw(st.integers(0, 600))),
        declaration=draw(st.integers(1, 1000)),
    )


standings = st.lists(standing(), max_size=8)
LAYERS = Layers(
    {
        ("normal", None): {"thresholds": {"crowd": {"1": 100, "2": 80}}, "patrol": {"every_minutes": 120}},
        ("holiday", None): {"patrol": {"every_minutes": 60}, "posts": {"FP-*": {"manned": True}}},
        ("emergency", None): {"clocks": {"*": {"factor": 0.5}}},
        ("emergency", 4): {"patrol": {"every_minutes": 45}},
        ("emergency", 2): {"patrol": {"every_minutes": 30}, "map": {"ring-core": "red"}},
        ("emergency", 1): {"thresholds": {"crowd": {"1": 50}}, "clocks": {"*": {"factor": 0.25}}},
    },
    "p1",
)


@given(standings, st.sampled_from(PATHS))
def test_the_mode_that_rules_is_the_strongest_that_covers_the_area(found: list[Standing], path: str) -> None:
    covering = [s for s in found if path.startswith(s.area)]
    resolved = logic.resolve(path, found)
    for mode in ("emergency", "major_event", "holiday"):
        if any(s.mode == mode for s in covering):
            assert resolved.mode == mode
            levels = [s.level for s in covering if s.mode == mode and s.level]
            assert resolved.level == (min(levels) if levels else None)
            break
    else:
        assert (resolved.mode, resolved.level, resolved.ruling) == ("normal", None, None)


@given(standings, st.sampled_from(PATHS), st.randoms())
def test_the_order_in_which_declarations_are_read_changes_nothing(
    found: list[Standing], path: str, rnd: object
) -> None:
    shuffled = list(found)
    rnd.shuffle(shuffled)  # type: ignore[attr-defined]
    assert logic.resolve(path, found) == logic.resolve(path, shuffled)
    assert logic.effective(LAYERS, path, found) == logic.effective(LAYERS, path, shuffled)


@given(standings, st.sampled_from(PATHS))
def test_each_value_comes_from_the_strongest_layer_that_states_it(found: list[Standing], path: str) -> None:
    active: set[tuple[str, int | None]] = {("normal", None)}
    for s in found:
        if path.startswith(s.area):
            active.add((s.mode, None))
            active.update((s.mode, n) for n in range(s.level or 5, 5))
    order = sorted(active, key=lambda n: (logic.MODES.index(n[0]), -(n[1] or 5)))
    patrol = [
        LAYERS.bodies[n]["patrol"]["every_minutes"] for n in order if "patrol" in LAYERS.bodies.get(n, {})
    ]
    got = logic.effective(LAYERS, path, found)
    assert got.patrol["every_minutes"] == patrol[-1]
    assert got.thresholds["crowd"]["2"] == 80
    assert got.thresholds["crowd"]["1"] == (50 if ("emergency", 1) in active else 100)


@given(standings, st.sampled_from(PATHS), st.sampled_from(logic.LEVELS))
def test_a_preview_says_exactly_what_declaring_then_changes(
    found: list[Standing], path: str, level: int
) -> None:
    like = Standing(path, "emergency", level, T0 + timedelta(days=1), declaration=5000, incident="incident:9")
    shown = logic.preview(LAYERS, path, found, like)
    before, after = logic.effective(LAYERS, path, found), logic.effective(LAYERS, path, [*found, like])
    assert shown == logic.differences(before, after)
    assert all(d.before != d.after for d in shown)
    if before == after:
        assert not shown


def test_a_sibling_whose_code_begins_alike_is_not_covered() -> None:
    assert logic.resolve("/r/ab/", [Standing("/r/a/", "emergency", 1, T0)]).mode == "normal"


def test_an_overview_sees_the_level_of_a_part_but_policy_does_not() -> None:
    inside = Standing("/r/a/", "emergency", 2, T0)
    assert logic.resolve("/r/", [inside]).mode == "normal"
    assert logic.highest_inside("/r/", [inside]) == inside
    assert logic.highest_inside("/r/b/", [inside]) is None


def test_a_value_says_which_layer_it_came_from() -> None:
    got = logic.effective(
        LAYERS, "/r/a/", [Standing("/r/", "emergency", 1, T0), Standing("/r/a/", "holiday", None, T0)]
    )
    assert got.sources["thresholds.crowd.1"] == "emergency/1"
    assert got.sources["thresholds.crowd.2"] == "normal"
    assert got.sources["patrol.every_minutes"] == "emergency/2"
    assert got.manned("FP-07") and not got.manned("MP-01")


def test_merging_never_changes_the_policy_itself() -> None:
    before = repr(LAYERS.bodies)
    logic.effective(LAYERS, "/r/", [Standing("/r/", "emergency", 1, T0)])
    assert repr(LAYERS.bodies) == before


def test_an_exact_post_beats_a_pattern() -> None:
    layers = Layers({("normal", None): {"posts": {"FP-*": {"manned": True}, "FP-03": {"manned": False}}}})
    got = logic.effective(layers, "/r/", [])
    assert got.manned("FP-01") and not got.manned("FP-03")


def test_what_the_table_does_not_mention_nobody_may_declare() -> None:
    table = Table({("emergency", 1): Cell(frozenset({"commander"}), "office", frozenset({"CMD"}))})
    assert logic.may_declare(table, "emergency", 1, {"commander"}, "CMD")
    assert not logic.may_declare(table, "emergency", 1, {"commander"}, "CMD-2")
    assert not logic.may_declare(table, "emergency", 1, {"duty_officer", "admin"}, "CMD")
    assert not logic.may_declare(table, "emergency", 2, {"commander"}, "CMD")


def test_a_closed_proposal_takes_no_verb() -> None:
    assert all(logic.after(state, step) is None for state in logic.CLOSED for step in Step)
    assert logic.after("asked", Step.APPROVE) == "approved"
    assert logic.after("approved", Step.APPROVE) is None
    assert Step.DECLARE in logic.allowed("open")


RING = AreaLayers(
    "ring",
    ("/r/ring/", "/r/a/"),
    (0, -1),
    {
        ("normal", None): {"patrol": {"every_minutes": 90}},
        ("emergency", 1): {"thresholds": {"crowd": {"1": 40}}},
    },
)
SQUARE = AreaLayers(
    "x",
    ("/r/a/x/",),
    (1, 4),
    {("normal", None): {"patrol": {"every_minutes": 30}, "thresholds": {"crowd": {"1": 70}}}},
)
PARTS = Layers(LAYERS.bodies, "p1", (SQUARE, RING))


def test_the_most_specific_part_wins_within_a_mode_and_the_mode_between_modes() -> None:
    def at(path: str, *found: Standing) -> tuple[object, object, str]:
        here = logic.effective(PARTS, path, found)
        return (
            here.patrol["every_minutes"],
            here.thresholds["crowd"]["1"],
            here.sources["thresholds.crowd.1"],
        )

    assert at("/r/") == (120, 100, "normal") and at("/r/b/") == (120, 100, "normal")
    assert at("/r/a/") == at("/r/ring/") == (90, 100, "normal")
    assert at("/r/a/x/") == (30, 70, "normal@x")
    first = Standing("/r/", "emergency", 1, T0)
    # What the square says for every day does not hold against an emergency; what the ring says for it does.
    assert at("/r/a/x/", first) == (30, 40, "emergency/1@ring")
    assert at("/r/b/", first) == (30, 50, "emergency/1")


@given(standings, st.sampled_from([*PATHS, "/r/ring/"]))
def test_the_explanation_ends_in_the_value_that_applies(found: list[Standing], path: str) -> None:
    here = logic.effective(PARTS, path, found)
    for leaf, value in (
        ("patrol.every_minutes", here.patrol["every_minutes"]),
        ("thresholds.crowd.1", here.thresholds["crowd"]["1"]),
    ):
        stated = logic.explain(PARTS, path, found, leaf)
        assert [row.applies for row in stated] == [False] * (len(stated) - 1) + [True]
        assert (stated[-1].value, stated[-1].source) == (value, here.sources[leaf])
        assert all((row.declaration is None) == (row.mode == "normal") for row in stated)
