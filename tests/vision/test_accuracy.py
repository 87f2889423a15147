"""The accuracy figures of the bench: of what is there, and a word about what is not."""

from __future__ import annotations

from chengyun_vision.bench.accuracy import DETECTOR, PEOPLE, accuracy
from chengyun_vision.evaluate import reference
from tests.vision.shared import clip, weights


def test_what_is_absent_is_said_and_passed_over(tmp_path):
    said: list[str] = []
    assert list(accuracy(tmp_path, tmp_path, say=said.append)) == []
    wanted = {reference.named(path.stem).clip for path in reference.SHIPPED.glob("*.yaml")}
    assert all(any(name in line for line in said) for name in {*wanted, DETECTOR})


def test_figures_have_bars_against_the_pass_that_is_the_measure(tmp_path):
    for name in ("road-topview-640x360.avi", "highway-traffic-320x240.avi"):
        (tmp_path / name).symlink_to(clip(name))
    said: list[str] = []
    figures = list(accuracy(tmp_path, tmp_path, say=said.append))
    assert [(one["bar"], one["met"]) for one in figures] == [("<= 10", True), (None, None)]
    assert figures[0]["what"].startswith("out, 5 counted of 5:") and figures[0]["value"] == 0
    assert any("highway" in line and DETECTOR in line for line in said)


def test_masking_is_judged_where_the_weights_are(tmp_path):
    (tmp_path / "people-detection.gif").symlink_to(clip("people-detection.gif"))
    figures = list(accuracy(tmp_path, weights(DETECTOR).parent, masked_fps=1.0))
    assert [one["unit"] for one in figures] == ["faces", "heads"] and all(one["met"] for one in figures)
    assert "people-detection.gif" in PEOPLE and figures[0]["bar"] == "<= 0"
