"""Rules tried on the looks of the last minutes: what is kept, what they find, and what they say where nobody looked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision import source
from chengyun_vision.frames import Blob, Box, Detection, Event, Look, Tracked
from chengyun_vision.pipeline import Pipeline
from chengyun_vision.recent import KEPT_S, Recent, pack, unpack
from chengyun_vision.rules import preset
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.running import Settings
from chengyun_vision.source.base import Notice
from chengyun_vision.trial import STEPS, Found, TooMuch, attempt
from chengyun_vision.worker.preview import Past, answered
from tests.vision.render import Mover, Scene, write
from tests.vision.rulebook import box, people, seen
from tests.vision.test_pipeline import RED, Rectangles

CROWD = {"primitive": "occupancy", "settings": {"at_least": 3, "hold_on": 2, "hold_off": 3}}
LINE = {"primitive": "line_crossing", "line": {"code": "l", "points": [[0.5, 0.0], [0.5, 1.0]]}}


def tried(looks: list[Look], *rules: dict[str, Any], until: float | None = None, **more: Any) -> list[Found]:
    kept = Recent()
    for look in looks:
        kept.note(look)
    specs = preset.read_rules([{"code": f"r{n}", **rule} for n, rule in enumerate(rules)], "test")
    return attempt(specs, kept.taken(), until=looks[-1].at if until is None else until, **more)


def crowd(counts: list[int | None], every: float = 1.0, begin: float = 0.0) -> list[Look]:
    return [people(begin + n * every, count) for n, count in enumerate(counts)]


# what is kept

numbers = st.floats(0, 1).map(np.float32) | st.floats(0, 1)
boxes = st.builds(Box, numbers, numbers, numbers, numbers)
times = st.floats(0, 2e9)
kept_looks = st.builds(
    Look,
    times,
    detections=st.none() | st.tuples(st.builds(Detection, st.sampled_from(["person", "car"]), boxes, numbers)),
    tracks=st.none()
    | st.tuples(
        st.builds(
            Tracked, st.integers(0, 2**40), st.just("person"), boxes, numbers, times, st.none() | times, st.booleans(),
            st.none() | times,
        )
    ),
    blobs=st.none() | st.tuples(st.builds(Blob, boxes, times)),
    votes=st.none() | st.dictionaries(st.sampled_from(["fire", "smoke"]), numbers),
    points=st.none() | st.tuples(st.tuples(numbers, numbers)),
    health=st.none() | st.dictionaries(st.sampled_from(["dark", "offline"]), st.floats(0, 1e6)),
    sought=st.none() | st.frozensets(st.sampled_from(["person", "car"])),
    width=st.integers(0, 8000),
    height=st.integers(0, 8000),
)  # fmt: skip


@given(kept_looks)
def test_a_look_comes_back_number_for_number(look: Look) -> None:
    assert unpack(pack(look)) == (look, frozenset())


def test_masks_and_maps_are_left_out_and_said() -> None:
    look = Look(1.0, masks={"smoke": np.ones((4, 4), bool)}, heat=np.ones((2, 2), np.float32))
    assert unpack(pack(look)) == (Look(1.0), frozenset({"masks", "heat"}))


def test_it_holds_the_last_minutes_and_no_more() -> None:
    kept = Recent()
    for n in range(2000):
        kept.note(Look(float(n)))
    moments = [at for at, _ in kept.taken()]
    assert moments[-1] == 1999 and moments[0] == 1999 - KEPT_S
    few, small = Recent(most=10), Recent(most_bytes=20_000)
    for n in range(500):
        few.note(people(float(n), 5))
        small.note(people(float(n), 5))
        assert small.bytes <= 20_000
    assert len(few) == 10 and 10 < len(small) < 100
    assert small.bytes == sum(len(packed) + 64 for _, packed in small.taken())


def test_a_clock_that_was_set_back_begins_anew() -> None:
    kept = Recent()
    for at in (100.0, 101.0, 95.0, 102.0):
        kept.note(Look(at))
    assert [at for at, _ in kept.taken()] == [100.0, 101.0, 102.0]
    kept.note(Look(50.0))
    assert [at for at, _ in kept.taken()] == [50.0] and len(kept) == 1


# what they find


def test_a_rule_finds_in_what_is_kept_what_it_found_live(tmp_path: Path) -> None:
    scene = Scene(
        320,
        180,
        [Mover((10, 60), (290, 60), 2, 8, (40, 60), RED), Mover((290, 90), (10, 90), 5, 11, (40, 60), RED)],
    )
    clip = write(tmp_path / "a.mkv", scene, seconds=16, fps=6, gop=12)
    bodies = [
        {"code": "crowd", "primitive": "occupancy", "settings": {"at_least": 2, "hold_on": 0.5, "hold_off": 1}},
        {"code": "gate", "preset": "people_over_line", "line": {"code": "l", "points": [[0.5, 0.0], [0.5, 1.0]]}},
    ]  # fmt: skip
    specs = preset.read_rules(bodies, "test")
    ids = iter(range(1000))
    recent = Recent()
    pipeline = Pipeline(
        Ruleset(specs, lambda: f"e{next(ids)}"), models=[Rectangles()], settings=Settings(fps=6, mode="full", gated=False),
        recent=recent,
    )  # fmt: skip
    live: dict[str, Event] = {}
    stream = source.make(str(clip))
    items = stream.open()
    first = next(items)
    pipeline.feed(Notice(0.0, "opened", facts=stream.facts))
    for item in (first, *_all(items)):
        live.update((event.id, event) for event in pipeline.feed(item).events)
    live.update((event.id, event) for event in pipeline.finish().events)
    found = attempt(specs, recent.taken(), until=recent.taken()[-1][0])
    assert {one.code: len(one.events) for one in found} == {"crowd": 1, "gate": 1}
    key = lambda e: (e.rule, e.start, e.peak, e.about)  # noqa: E731
    assert sorted(key(e) for one in found for e in one.events) == sorted(map(key, live.values()))
    crossed = pipeline.rules.rules[1].counts  # type: ignore[attr-defined]
    assert found[1].crossed == crossed == {"in": 1, "out": 1}


def _all(items: Any) -> Any:
    try:
        yield from items
    except source.base.SourceError:
        return


def test_events_values_and_what_goes_on() -> None:
    counts = [0] * 60 + [4] * 20 + [0] * 40 + [5] * 30
    (found,) = tried(crowd(counts), CROWD)
    assert [(e.start, e.end, e.peak) for e in found.events] == [(60.0, 79.0, 4), (120.0, None, 5)]
    assert (found.looks, found.why, found.unseen, found.closed) == (150, "", [], [])
    assert len(found.values) == STEPS and found.step == pytest.approx(149 / STEPS)
    assert found.values[0] == 0 and found.values[-1] == 5 and found.values[60] == 4


def test_between_two_looks_the_former_stands() -> None:
    looks = [people(float(n), 2 if n < 50 else 4) for n in range(0, 100, 5)]
    (found,) = tried(looks, CROWD)
    assert None not in found.values and set(found.values) == {2, 4}


def test_a_stricter_draft_finds_less() -> None:
    looks = crowd([0] * 10 + [4] * 10 + [0] * 10 + [7] * 10 + [0] * 10)
    draft = lambda n: {**CROWD, "settings": {**CROWD["settings"], "at_least": n}}  # type: ignore[dict-item]  # noqa: E731
    assert [len(one.events) for one in tried(looks, draft(3), draft(5), draft(8))] == [2, 1, 0]
    assert all(one.values for one in tried(looks, draft(8)))


def test_a_zone_of_the_draft_is_its_own() -> None:
    left = {"code": "left", "points": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}
    looks = [seen(float(n), ("person", box(0.8, 0.5))) for n in range(20)]
    whole = {"primitive": "occupancy", "settings": {"at_least": 1}}
    assert [len(one.events) for one in tried(looks, {**whole, "zone": left}, whole)] == [0, 1]


# where nobody looked


def test_time_in_which_nobody_looked_is_unseen_and_has_no_value() -> None:
    looks = [*crowd([1] * 30), *crowd([None] * 60, begin=30), *crowd([1] * 30, begin=90)]
    (found,) = tried(looks, CROWD, until=150.0)
    assert found.unseen == [(29.0, 90.0), (119.0, 150.0)]
    assert found.values.count(None) > STEPS / 2 and not found.events


def test_nothing_looked_for_is_never_nothing_found() -> None:
    looks = crowd([None] * 30)
    (found,) = tried(looks, CROWD)
    assert (found.looks, found.why, found.values, found.unseen) == (0, "nothing", [], [(0.0, 29.0)])


def test_models_that_look_for_other_things_saw_nothing_of_it() -> None:
    looks = [
        Look(float(n), detections=(), tracks=(), sought=frozenset({"person"}), width=640, height=360)
        for n in range(30)
    ]
    cars = {"primitive": "occupancy", "classes": ["car"]}
    both = {"primitive": "occupancy", "classes": ["car", "person"]}
    lines = {**LINE, "classes": ["car"]}
    assert [one.why for one in tried(looks, cars, both, lines)] == ["kinds", "", "kinds"]


def test_what_cannot_be_followed_is_said() -> None:
    assert [one.why for one in tried(crowd([1] * 20), LINE)] == ["tracks"]


def test_what_is_not_kept_is_said() -> None:
    masks = [Look(float(n), masks={"smoke": np.ones((4, 4), bool)}) for n in range(20)]
    assert [one.why for one in tried(masks, {"primitive": "area_fraction", "classes": ["smoke"]})] == ["kept"]


def test_a_closed_schedule_is_neither_seen_nor_unseen() -> None:
    begin = datetime(2026, 1, 5, 7, 59, tzinfo=UTC).timestamp()  # a Monday
    rule = {**CROWD, "schedule": {"days": ["mon"], "times": ["08:00-09:00"]}}
    wall = lambda at: datetime.fromtimestamp(at, UTC)  # noqa: E731
    (found,) = tried(crowd([4] * 120, begin=begin), rule, wall=wall)
    assert found.closed == [(begin, begin + 60)] and found.unseen == []
    assert [e.start - begin for e in found.events] == [60.0]
    (shut,) = tried(crowd([4] * 30, begin=begin), rule, wall=wall)
    assert (shut.why, shut.events, shut.closed) == ("closed", [], [(begin, begin + 29)])


def test_what_would_take_too_long_is_not_finished() -> None:
    with pytest.raises(TooMuch):
        tried(crowd([1] * 20), CROWD, tired=lambda: True)


def test_an_empty_past_is_one() -> None:
    specs = preset.read_rules([{"code": "r", **CROWD}], "test")
    (found,) = attempt(specs, [], until=5.0)
    assert (found.looks, found.why, found.events) == (0, "nothing", [])


# the question


def past(looks: list[Look]) -> Past:
    kept = Recent()
    for look in looks:
        kept.note(look)
    return Past("c1", kept.taken(), looks[-1].at, lambda at: at + 1_700_000_000, UTC)


def question(*rules: dict[str, Any]) -> bytes:
    return json.dumps({"rules": [{"code": f"b.z{n}", **rule} for n, rule in enumerate(rules)]}).encode()


def test_an_answer_says_it_in_the_districts_time() -> None:
    status, text = answered(question(CROWD), past(crowd([4] * 20)))
    said = json.loads(text)
    assert status == 200 and said["camera"] == "c1" and said["seen_at"] == "2023-11-14T22:13:39.000+00:00"
    (rule,) = said["rules"]
    assert rule["events"] == [
        {"start": "2023-11-14T22:13:20.000+00:00", "end": None, "peak": 4, "kind": "occupancy", "about": "", "unseen_s": 0.0}
    ]  # fmt: skip
    assert "number" not in text.decode(), "no track is told apart outside the worker"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"rules": []}', 400),
        (b'{"rules": [3]}', 400),
        (b'{"rules": [{"code": "a"}]}', 422),
        (question(*[CROWD] * 9), 400),
        (question({**CROWD, "settings": {"nonsense": 1}}), 422),
        (question({**CROWD, "classes": ["face"]}), 422),
        (b"[" * 60_000, 400),
    ],
)
def test_what_is_no_rule_is_refused_by_name(body: bytes, status: int) -> None:
    found, text = answered(body, past(crowd([1] * 3)))
    assert found == status
    assert json.loads(text)["detail_zh"] and json.loads(text)["detail_en"]


nested = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda one: (
        st.lists(one)
        | st.dictionaries(st.sampled_from(["rules", "code", "zone", "preset", "line", "settings"]), one)
    ),
)


@given(st.binary(max_size=200) | nested.map(lambda value: json.dumps(value).encode()))
def test_any_question_gets_an_answer(body: bytes) -> None:
    status, text = answered(body, past(crowd([1] * 3)))
    assert status in (200, 400, 422) and json.loads(text)


def test_a_question_that_takes_too_long_is_given_up() -> None:
    assert answered(question(CROWD), past(crowd([1] * 20)), work_s=-1.0)[0] == 503
