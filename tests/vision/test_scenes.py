"""Scenes that the project draws: the same second gives the same picture, and rules see in them what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from chengyun_vision.frames import Event, Packet
from chengyun_vision.pipeline import Pipeline
from chengyun_vision.problem import Problem
from chengyun_vision.rules import preset
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.running import Settings
from chengyun_vision.scenes import PLACES, SceneSource
from chengyun_vision.source.base import Notice

EPOCH = 1_704_000_000.0


def test_the_same_second_gives_the_same_picture() -> None:
    for code in PLACES:
        one, other = SceneSource(f"scene://{code}?seed=3"), SceneSource(f"scene://{code}?seed=3")
        assert one.jpeg(EPOCH + 1810.0) == other.jpeg(EPOCH + 1810.0), code
        assert one.jpeg(EPOCH) != SceneSource(f"scene://{code}?seed=4").jpeg(EPOCH), code


def test_every_place_shows_what_happens_there() -> None:
    for code, place in PLACES.items():
        quiet, busy = place.picture(EPOCH, 5, None), place.picture(EPOCH, 5, 30.0)
        share = float(np.mean(np.abs(quiet.astype(int) - busy.astype(int)).max(axis=2) > 24))
        assert share > (0.0 if code == "road" else 0.002), code


@pytest.mark.parametrize(
    "address", ["scene://nowhere", "scene://road?speed=3", "scene://road?seed=x", "scene://road?for=-1"]
)
def test_an_address_that_names_no_scene_is_refused(address: str) -> None:
    with pytest.raises(Problem):
        SceneSource(address)


def run(address: str, rule: dict[str, object], seconds: int, step: float) -> list[Event]:
    """The events of a scene from its first second on, looked at each `step` seconds of its clock."""
    moment = [0.0]
    source = SceneSource(address, now=lambda: moment[0], period=1e-6)
    ids = iter(f"e{n}" for n in range(1000))
    spec = preset.rule_of({"code": "b.whole", **rule}, "test")
    pipeline = Pipeline(Ruleset([spec], lambda: next(ids)), settings=Settings(fps=2.0))
    said: list[Event] = []
    for item in source.open():
        if isinstance(item, Packet) and moment[0] == 0.0:
            said += pipeline.feed(Notice(item.at, "opened", facts=source.facts)).events
        said += pipeline.feed(item).events
        moment[0] += step
        if moment[0] > seconds:
            source.close()
    return said


@pytest.mark.parametrize("step", [3.0, 60.0])
def test_a_bag_left_behind_is_told_while_it_stays(step: float) -> None:
    rule = {
        "preset": "abandoned_object",
        "zone": {"code": "whole", "points": [[0, 0.65], [1, 0.65], [1, 1], [0, 1]]},
    }
    settings = {"settings": {"unseen_after": 300, "flicker": 300, "hold_off": 120}}
    said = run("scene://left-bag?seed=11&every=3600&from=600&for=900", {**rule, **settings}, 1900, step)
    new = [event for event in said if event.state == "new"]
    assert len(new) == 1 and 595 - step <= new[0].start <= 605 + 2 * step
    assert [event.state for event in said][-1] == "end"


def test_a_covered_lens_is_told() -> None:
    said = run(
        "scene://covered-lens?seed=5&every=3600&from=600&for=600", {"preset": "camera_health"}, 1500, 5.0
    )
    assert [event.about for event in said if event.state == "new"] == ["covered"]
    assert said[-1].state == "end"
