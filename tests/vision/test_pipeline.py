"""One camera from packets to events, on clips of our own drawing and with a detector of coloured rectangles."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from chengyun_vision import source
from chengyun_vision.frames import Box, Detection, Event, Frame, Look, Packet
from chengyun_vision.pipeline import Pipeline
from chengyun_vision.rules import preset
from chengyun_vision.rules.crossing import LineCrossing
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.running import Said, Settings
from chengyun_vision.source.base import Notice, SourceError
from tests.vision.render import Mover, Scene, Standing, write
from tests.vision.rulebook import orderly
from tests.vision.spoilt import spliced

RED = (30, 30, 230)


class Rectangles:
    """Sees red rectangles and calls them persons. `breaks`: pictures from then on break it."""

    gives = "detections"
    labels = frozenset({"person"})

    def __init__(self, breaks: float = 1e9) -> None:
        self.breaks = breaks
        self.calls = 0

    def tiles(self) -> tuple[Box, ...]:
        return ()

    def look(self, frame: Frame, regions: object = None) -> Look:
        self.calls += 1
        if frame.at >= self.breaks:
            raise RuntimeError("a picture that breaks the net")
        image = frame.bgr().astype(int)
        red = (image[..., 2] - image[..., :2].max(axis=2) > 110).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(red)
        height, width = red.shape
        return Look(
            frame.at,
            detections=tuple(
                Detection("person", Box(x / width, y / height, (x + w) / width, (y + h) / height), 0.9)
                for x, y, w, h, area in stats[1:].tolist()
                if area > 300
            ),
        )


class Keeper:
    def __init__(self) -> None:
        self.looks: list[Look] = []
        self.kept: list[tuple[str, str, bool]] = []

    def note(self, look: Look) -> None:
        self.looks.append(look)

    def keep(self, event: Event, frame: Frame, look: Look) -> tuple[str, ...]:
        self.kept.append((event.id, event.state, look.detections is not None))
        return (f"{event.id}-{event.state}",)


def rules(*bodies: dict[str, object]) -> Ruleset:
    numbers = iter(range(1, 10_000))
    specs = preset.read_rules([{"code": f"r{n}", **body} for n, body in enumerate(bodies)], "test")
    return Ruleset(specs, lambda: f"e{next(numbers)}")


OCCUPANCY = {"primitive": "occupancy", "settings": {"hold_on": 1, "hold_off": 2}}
LINE = {
    "primitive": "line_crossing",
    "classes": ["person"],
    "line": {"points": [[0.5, 0.0], [0.5, 1.0]]},
    "quantities": {"in": "line_flow_in", "out": "line_flow_out"},
}


def items(clip: Path) -> Iterable[Packet | Notice]:
    stream = source.make(str(clip))
    first = True
    try:
        for item in stream.open():
            if first:
                yield Notice(0.0, "opened", facts=stream.facts)
                first = False
            yield item
    except SourceError as error:
        assert error.cause == "ended"


def run(pipeline: Pipeline, feed: Iterable[Packet | Notice]) -> Said:
    said = Said()
    for item in feed:
        said += pipeline.feed(item)
    said += pipeline.finish()
    orderly(said.events)
    return said


def ends(said: Said) -> list[Event]:
    return [event for event in said.events if event.state == "end"]


@pytest.fixture(scope="module")
def passers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 s: two go right (5-9, 20-24 s), one goes left (12-16 s), nobody else; 10 pictures a second, a keyframe each."""
    walkers = [
        Mover((10, 60), (290, 60), 5, 9, colour=RED),
        Mover((290, 100), (10, 100), 12, 16, colour=RED),
        Mover((10, 120), (290, 120), 20, 24, colour=RED),
    ]
    scene = Scene(things=walkers, noise=1.5)
    return write(tmp_path_factory.mktemp("clips") / "passers.mkv", scene, seconds=40, fps=10, gop=10)


@pytest.mark.parametrize("gated", [False, True])
def test_passers_are_counted_and_found_gated_or_not(passers, gated):
    model = Rectangles()
    both = rules(OCCUPANCY, LINE)
    pipeline = Pipeline(both, models=[model], settings=Settings(fps=5, mode="full", gated=gated, recheck_s=5))
    said = run(pipeline, items(passers))
    visits = [(event.start, event.end) for event in ends(said) if event.rule == "r0"]
    assert len(visits) == 3
    for (start, end), (came, left) in zip(visits, [(5, 9), (12, 16), (20, 24)], strict=True):
        assert abs(start - came) <= 0.5 and abs(end - left) <= 0.5
    counting = both.rules[1]
    assert isinstance(counting, LineCrossing)
    # The line runs downwards: to its right hand is the left of the picture.
    assert counting.counts == {"in": 1, "out": 2}
    told = {
        q: sum(r.value * r.over / 60 for r in said.readings if r.quantity == q)
        for q in ("line_flow_in", "line_flow_out")
    }
    assert told == {"line_flow_in": pytest.approx(1), "line_flow_out": pytest.approx(2)}
    if gated:
        assert model.calls < 0.75 * 200 and pipeline.tally.quiet > 20, "nobody looks at an empty, still place"
    else:
        assert model.calls == pipeline.tally.looked == 200


def test_keyframes_alone_find_who_is_there_and_follow_nobody(passers):
    both = rules({**OCCUPANCY, "settings": {"hold_on": 1, "hold_off": 1}}, LINE)
    said = run(
        Pipeline(both, models=[Rectangles()], settings=Settings(fps=2, mode="keyframe", gated=False)),
        items(passers),
    )
    assert len([event for event in ends(said) if event.rule == "r0"]) == 3
    assert both.rules[1].counts == {"in": 0, "out": 0}  # type: ignore[attr-defined]
    assert not [r for r in said.readings if r.quantity.startswith("line")], (
        "a rate that nobody measured is not told"
    )


def test_without_a_model_what_moves_is_told_as_something(passers):
    anything = {"primitive": "occupancy", "classes": ["object"], "settings": {"hold_on": 1, "hold_off": 2}}
    people = {"primitive": "occupancy", "classes": ["person"], "settings": {"hold_on": 1}}
    keeper = Keeper()
    pipeline = Pipeline(rules(anything, people), settings=Settings(fps=5, mode="full"), keep=keeper)
    found = ends(run(pipeline, items(passers)))
    assert [event.rule for event in found] == ["r0"] * 3
    for event, (came, left) in zip(found, [(5, 9), (12, 16), (20, 24)], strict=True):
        assert abs(event.start - came) <= 1 and abs(event.end - left) <= 1.5
    assert keeper.kept and not any(knows for _, _, knows in keeper.kept), (
        "nobody looked for people: no head is placed"
    )
    assert all(look.detections is None for look in keeper.looks)


def test_a_thing_put_down_is_found_without_any_model(tmp_path):
    scene = Scene(things=[Standing((200, 120), since=15, until=70, size=(24, 20))], noise=1.5)
    clip = write(tmp_path / "left.mkv", scene, seconds=90, fps=5, gop=5)
    body = {"preset": "abandoned_object", "settings": {"stay": 20, "hold_off": 5, "flicker": 5}}
    pipeline = Pipeline(rules(body), settings=Settings(fps=1, mode="keyframe", gated=False))
    said = run(pipeline, items(clip))
    (end,) = ends(said)
    assert abs(end.start - 15) <= 2 and abs(end.end - 70) <= 3
    assert [r.value for r in said.readings if r.quantity == "abandoned_object"].count(1.0) >= 1


def test_who_stands_still_is_no_thing_where_a_detector_looks(tmp_path):
    scene = Scene(things=[Standing((200, 90), since=15, until=70, size=(20, 60), colour=RED)], noise=1.5)
    clip = write(tmp_path / "stands.mkv", scene, seconds=90, fps=5, gop=5)
    body = {"preset": "abandoned_object", "settings": {"stay": 20, "hold_off": 5, "flicker": 5}}
    gated = Pipeline(rules(body), models=[Rectangles()], settings=Settings(fps=1, mode="keyframe"))
    assert ends(run(gated, items(clip))) == []
    blind = Pipeline(rules(body), settings=Settings(fps=1, mode="keyframe"))
    assert len(ends(run(blind, items(clip)))) == 1, "without one nobody can know"


def test_a_covered_lens_and_a_lost_stream_are_events_of_the_camera(tmp_path):
    scene = Scene(noise=1.5, covered=(60, 100))
    clip = write(tmp_path / "covered.mkv", scene, seconds=140, fps=2, gop=2)
    pipeline = Pipeline(rules({"preset": "camera_health"}), settings=Settings(fps=1, mode="keyframe"))
    said = Said()
    for item in items(clip):
        said += pipeline.feed(item)
    said += pipeline.feed(Notice(140.0, "lost", cause="timeout"))
    for second in range(141, 260):
        said += pipeline.tick(float(second))
    said += pipeline.finish()
    found = {event.about: event for event in ends(said)}
    assert {"covered", "offline"} <= set(found)
    assert abs(found["covered"].start - 60) <= 3 and abs(found["covered"].end - 100) <= 40
    assert abs(found["offline"].start - 140) <= 1
    assert ("camera_up", 0.0) in [(r.quantity, r.value) for r in said.readings]


def test_silence_ends_nothing_and_is_counted(passers):
    """Somebody is there, then nothing comes for a minute, then somebody is there again: one event, a minute unseen."""
    feed = list(items(passers))
    early = [item for item in feed if item.at <= 7.5]
    late = [replace(item, at=item.at + 60) for item in feed if item.at > 7.5]
    pipeline = Pipeline(
        rules(OCCUPANCY), models=[Rectangles()], settings=Settings(fps=2, mode="full", gated=False)
    )
    said = Said()
    for item in early:
        said += pipeline.feed(item)
    for second in range(8, 67):
        said += pipeline.tick(float(second))
    assert [event.state for event in said.events] == ["new"]
    for item in late:
        said += pipeline.feed(item)
    first = ends(said)[0]
    assert first.start < 6 and first.end is not None and first.end > 68 and 55 < first.unseen < 62
    assert 55 < pipeline.tally.unseen_s < 62


def test_a_net_that_breaks_is_counted_and_the_camera_goes_on(passers):
    pipeline = Pipeline(
        rules(OCCUPANCY, {"preset": "camera_health"}),
        models=[Rectangles(breaks=10)],
        settings=Settings(fps=2, mode="full", gated=False),
    )
    found = ends(run(pipeline, items(passers)))
    assert len(found) == 1 and pipeline.tally.failed > 30


@pytest.mark.parametrize("seed", range(6))
def test_broken_packets_break_nothing(passers, seed):
    chance = random.Random(seed)
    pipeline = Pipeline(
        rules(OCCUPANCY, LINE, {"preset": "camera_health"}),
        models=[Rectangles()],
        settings=Settings(mode="full", fps=5),
    )

    def broken() -> Iterable[Packet | Notice]:
        import av

        for item in items(passers):
            if isinstance(item, Packet) and item.data is not None and chance.random() < 0.3:
                data = bytearray(bytes(item.data))
                for _ in range(chance.randint(1, 20)):
                    data[chance.randrange(len(data))] = chance.randrange(256)
                packet = av.Packet(bytes(data[: chance.randint(1, len(data))]))
                item = replace(item, data=packet, at=item.at + chance.uniform(-3, 3))
            if chance.random() < 0.02:
                yield Notice(
                    item.at, chance.choice(["jumped", "dropped", "resized", "lost"]), cause="timeout"
                )  # type: ignore[arg-type]
            yield item

    run(pipeline, broken())


def test_evidence_follows_the_rules_policy_and_stays_with_the_event(passers):
    bodies = [
        {**OCCUPANCY, "settings": {"hold_on": 1, "hold_off": 2, "evidence": policy}}
        for policy in ("none", "new", "new_and_end")
    ]
    keeper = Keeper()
    pipeline = Pipeline(
        rules(*bodies), models=[Rectangles()], settings=Settings(fps=2, mode="full", gated=False), keep=keeper
    )
    found = ends(run(pipeline, items(passers)))
    kept = {rule: [event.evidence for event in found if event.rule == rule] for rule in ("r0", "r1", "r2")}
    assert kept["r0"] == [()] * 3
    assert all(len(refs) == 1 and refs[0].endswith("-new") for refs in kept["r1"])
    assert all([ref.rpartition("-")[2] for ref in refs] == ["new", "end"] for refs in kept["r2"])
    assert len(keeper.looks) == pipeline.tally.looked


def test_a_sequence_has_pictures_of_start_peaks_and_end_and_not_many(tmp_path: Path) -> None:
    # One after another comes and stays, so that the peak grows time and again.
    things = [
        Standing((15 + 28 * n, 60), since=2 + 6 * n, until=75, size=(18, 44), colour=RED) for n in range(10)
    ]
    clip = write(tmp_path / "a.mkv", Scene(320, 180, things), seconds=85, fps=4, gop=4)
    body = {**OCCUPANCY, "settings": {"hold_on": 1, "hold_off": 2, "evidence": "sequence"}}
    keeper = Keeper()
    settings = Settings(fps=2, mode="full", gated=False)
    pipeline = Pipeline(rules(body), models=[Rectangles()], settings=settings, keep=keeper)
    (event,) = ends(run(pipeline, items(clip)))
    assert event.peak == 10
    assert [ref.rpartition("-")[2] for ref in event.evidence] == ["new", *["update"] * 7, "end"]
    assert pipeline._album._kept == {}, "what has ended is forgotten"


def test_what_was_quiet_at_another_size_is_not_known_to_be_quiet_at_this_one(tmp_path):
    large = write(tmp_path / "large.avi", Scene(640, 360, noise=1.5), seconds=30, fps=5, gop=5)
    small = write(tmp_path / "small.avi", Scene(96, 64, noise=1.5), seconds=10, fps=5, gop=5)
    anything = {"primitive": "occupancy", "classes": ["object"], "settings": {"hold_on": 1, "hold_off": 2}}
    pipeline = Pipeline(rules(anything), settings=Settings(fps=1, mode="keyframe"))
    for item in items(spliced(tmp_path / "both.mkv", [large, small], fps=5)):
        if item.at < 30:
            quiet, learnt = pipeline.tally.quiet, pipeline._watch.counts["learning"]
        pipeline.feed(item)
        if item.at >= 34:
            break
    assert quiet > 5 and pipeline.tally.quiet == quiet
    assert pipeline._watch.counts["learning"] > learnt, "sizes of packets are learnt anew"


def test_settings_may_change_while_it_runs(passers):
    model = Rectangles()
    pipeline = Pipeline(rules(OCCUPANCY), models=[model], settings=Settings(fps=5, mode="full", gated=False))
    for item in items(passers):
        if item.at > 20:
            pipeline.take_settings(Settings(fps=1, mode="snapshot", every=5, gated=False))
        pipeline.feed(item)
    assert 100 <= model.calls <= 108
