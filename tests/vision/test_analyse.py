"""chengyun vision analyse: what a clip holds, and what becomes of what is no clip."""

from __future__ import annotations

import importlib
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chengyun_vision import cli
from tests.vision.render import Mover, Scene, Standing, write
from tests.vision.shared import clip, weights

VISITS = [(6.5, 20), (23, 44.5), (50.5, 70), (75, 87), (93, 120), (124, 136)]


def analyse(out: Path, *argv: str | Path) -> dict[str, object]:
    assert cli.main(["analyse", *map(str, argv), "--json", str(out)]) == 0
    content: dict[str, object] = json.loads(out.read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """30 s: something passes from 5 to 12 s, something is put down at 15 s and stays."""
    things = [Mover((10, 60), (290, 60), 5, 12), Standing((200, 120), since=15, size=(24, 20))]
    return write(
        tmp_path_factory.mktemp("drawn") / "drawn.mkv", Scene(things=things, noise=1.5), seconds=30, fps=10
    )


def test_six_visits_are_found_and_none_beside(tmp_path):
    """The bar: 6 of 6, no extra, each edge within 1.5 s."""
    found = analyse(
        tmp_path / "out.json",
        clip("one-by-one-person-detection.mp4"),
        "--model", weights("yolox_nano.onnx"),
        "--preset", "occupancy",
        "--evidence", tmp_path / "evidence",
    )  # fmt: skip
    events = found["events"]
    assert len(events) == len(VISITS)
    for event, (came, left) in zip(events, VISITS, strict=True):
        assert abs(event["start"] - came) <= 1.5 and abs(event["end"] - left) <= 1.5, (event, came, left)
        assert event["kind"] == "occupancy" and event["peak"] == 1 and event["unseen_s"] == 0
    assert len({event["id"] for event in events}) == 6
    assert found["model"] == ["yolox-nano"] and found["unseen_s"] == 0 and found["blind"] == []
    stored = {path.name for path in (tmp_path / "evidence").iterdir()}
    assert stored == {name for event in events for name in event["evidence"]} and len(stored) == 6


def test_without_a_model_the_same_clip_says_only_that_something_moves(tmp_path):
    """What it can do: every visit is noticed. What it cannot: tell visits apart from what else changes."""
    found = analyse(tmp_path / "out.json", clip("one-by-one-person-detection.mp4"), "--preset", "occupancy")
    assert found["model"] == []
    for came, left in VISITS:
        assert any(event["start"] <= came + 1.5 and event["end"] >= left - 10 for event in found["events"])


# Counted by hand on a picture of the line over time (one row or column of each frame, side by side): a vehicle is one mark.
# Motorway, row 144 of 240, right carriageway: 22 leave. Road from straight above, column 384 of 640: 5 go right.


def test_vehicles_over_a_line_are_counted_within_a_tenth_of_a_hand_count(tmp_path):
    rules = tmp_path / "rules.yaml"
    line = "line: {code: road, points: [[0.35, 0.6], [0.95, 0.6]]}"
    rules.write_text(f"rules: [{{code: line, preset: vehicles_over_line, {line}}}]", "utf-8")
    found = analyse(
        tmp_path / "out.json",
        clip("highway-traffic-320x240.avi"),
        "--model", weights("yolox_nano.onnx"),
        "--rules", rules,
        "--fps", "4",
    )  # fmt: skip
    (counted,) = found["counts"]
    assert 20 <= counted["out"] <= 24 and counted["in"] == 0
    told = sum(r["value"] * r["over"] / 60 for r in found["readings"] if r["quantity"] == "vehicle_flow_out")
    assert told == pytest.approx(counted["out"], abs=0.1)


@pytest.mark.parametrize("fps", ["5", "10"])
def test_vehicles_from_straight_above_are_counted_without_a_model(tmp_path, fps):
    """Detectors of the street see no cars from above; that something moves is enough to count them."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "rules: [{code: line, preset: vehicles_over_line, classes: [object], settings: {min_area: 0.004, band: 0.03},"
        " line: {code: road, points: [[0.6, 0.1], [0.6, 0.95]]}}]",
        "utf-8",
    )
    found = analyse(tmp_path / "out.json", clip("road-topview-640x360.avi"), "--rules", rules, "--fps", fps)
    assert [(c["in"], c["out"]) for c in found["counts"]] == [(0, 5)]


def test_the_result_has_the_shape_that_is_promised(drawn, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        """
rules:
  - {code: moves, primitive: occupancy, classes: [object], settings: {hold_on: 1, hold_off: 1}}
  - {code: left, preset: abandoned_object, settings: {stay: 5}}
  - {code: line, primitive: line_crossing, classes: [object], line: {code: gate, points: [[0.5, 0], [0.5, 1]]}}
""",
        "utf-8",
    )
    found = analyse(tmp_path / "deep" / "out.json", drawn, "--rules", rules, "--fps", "5")
    for event in found["events"]:
        assert {"id", "rule", "kind", "zone", "start", "end", "peak", "evidence"} <= set(event)
        assert 0 <= event["start"] <= event["end"] <= 30 and event["evidence"] == []
    kinds = {event["rule"]: event["kind"] for event in found["events"]}
    assert kinds == {"moves": "occupancy", "left": "left_object", "line": "line_crossing"}
    (left,) = [event for event in found["events"] if event["rule"] == "left"]
    assert abs(left["start"] - 15) <= 2
    (counted,) = found["counts"]
    assert (counted["rule"], counted["line"]) == ("line", "gate") and counted["out"] >= 1
    assert found["clip"]["seconds"] == pytest.approx(29.9) and found["rules"] == ["moves", "left", "line"]
    assert {reading["quantity"] for reading in found["readings"]} == {"abandoned_object"}


def test_evidence_without_anybody_who_sees_people_is_coarse_as_a_whole(drawn, tmp_path, capsys):
    import cv2

    folder = tmp_path / "evidence"
    analyse(tmp_path / "o.json", drawn, "--preset", "occupancy", "--evidence", folder)
    assert "coarse" in capsys.readouterr().err
    (stored, *_) = folder.iterdir()
    picture = cv2.imread(str(stored), cv2.IMREAD_GRAYSCALE)
    with_edges = cv2.Laplacian(picture, cv2.CV_32F).__abs__()
    assert float((with_edges > 30).mean()) < 0.2, "large even squares"


def test_privacy_zones_are_filled_in_before_anything_is_stored(drawn, tmp_path):
    import cv2

    folder, zone = tmp_path / "evidence", "0,0 0.5,0 0.5,1 0,1"
    analyse(tmp_path / "o.json", drawn, "--preset", "occupancy", "--evidence", folder, "--privacy", zone)
    for stored in folder.iterdir():
        picture = cv2.imread(str(stored), cv2.IMREAD_GRAYSCALE)
        middle = picture.shape[1] // 2
        assert picture[:, : middle - 16].max() < 20 and picture[:, middle + 16 :].mean() > 40


@pytest.mark.parametrize(
    "zone", ["", "0,0", "0,0 1,1", "0,0 2,0 1,1", "0,0 a,0 1,1", "0,0 1,1 1,0 0,1", "0 0 1 1"]
)
def test_what_is_no_privacy_zone_is_refused(drawn, tmp_path, capsys, zone):
    said = refused(capsys, drawn, "--preset", "occupancy", "--evidence", tmp_path / "e", "--privacy", zone)
    assert "--privacy" in said and not (tmp_path / "e").exists()


def test_a_privacy_zone_without_evidence_is_refused(drawn, capsys):
    said = refused(capsys, drawn, "--preset", "occupancy", "--privacy", "0,0 1,0 1,1")
    assert "--evidence" in said


def test_without_a_file_for_it_the_result_goes_to_stdout(drawn, capsys):
    assert cli.main(["analyse", str(drawn), "--preset", "camera_health"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["events"] == [] and "pictures looked at" in said.err


def refused(capsys, *argv: object) -> str:
    assert cli.main(["analyse", *map(str, argv)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert re.search("[\u4e00-\u9fff]", said.err), "the reason in Chinese too"
    assert "Traceback" not in said.err
    return said.err


def test_what_is_no_clip_is_refused_by_its_name_and_reason(drawn, tmp_path, capsys):
    empty = tmp_path / "empty.mp4"
    empty.touch()
    text = tmp_path / "text.mp4"
    text.write_text("no video " * 500, "utf-8")
    sound = tmp_path / "sound.wav"
    sound.write_bytes(b"RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00"
                      b"\x02\x00\x10\x00data\x00\x08\x00\x00" + bytes(2048))  # fmt: skip
    folder = tmp_path / "folder"
    folder.mkdir()
    for path, reason in (
        (tmp_path / "nowhere.mp4", "no such"),
        (empty, "empty"),
        (text, "cannot be read"),
        (sound, "cannot be read"),
        (folder, ""),
    ):
        said = refused(capsys, path, "--preset", "camera_health")
        assert path.name in said and reason in said, said


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
@pytest.mark.parametrize("ending", [".mp4", ".avi", ".mkv"])
def test_a_clip_that_was_cut_off_is_refused_and_says_where(tmp_path, capsys, ending, share):
    whole = write(tmp_path / f"whole{ending}", Scene(noise=3), seconds=20, fps=10)
    cut = tmp_path / f"cut{ending}"
    cut.write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])
    said = refused(capsys, cut, "--preset", "camera_health")
    assert f"cut{ending}" in said


@pytest.mark.parametrize("seed", range(9))
def test_a_clip_with_broken_bytes_is_analysed_or_refused(tmp_path, capsys, seed):
    chance = random.Random(seed)
    ending = (".mp4", ".avi", ".mkv")[seed % 3]
    whole = bytearray(write(tmp_path / f"whole{ending}", Scene(noise=3), seconds=8, fps=10).read_bytes())
    for _ in range(chance.choice([3, 30, 300])):
        whole[chance.randrange(len(whole))] = chance.randrange(256)
    broken = tmp_path / f"broken{ending}"
    broken.write_bytes(whole)
    code = cli.main(["analyse", str(broken), "--preset", "camera_health", "--preset", "occupancy"])
    said = capsys.readouterr()
    assert code in (0, 2)
    if code == 0:
        assert json.loads(said.out)["clip"]["seconds"] > 0
    else:
        assert f"broken{ending}" in said.err and said.out == ""


def test_what_is_wrong_with_weights_is_said_with_their_path(drawn, tmp_path, capsys):
    nowhere = refused(capsys, drawn, "--preset", "occupancy", "--model", tmp_path / "no.onnx")
    assert "no.onnx" in nowhere
    other = tmp_path / "other.onnx"
    other.write_bytes(b"\x08\x07 other weights" * 50)
    assert "other.onnx" in refused(capsys, drawn, "--preset", "occupancy", "--model", other)


def test_a_rule_for_which_nobody_has_eyes_is_refused_with_what_to_do(drawn, capsys):
    said = refused(capsys, drawn, "--preset", "waters_edge")
    assert "waters_edge" in said and "--model" in said


def test_a_rule_that_sees_nothing_is_named_where_others_do_see(drawn, tmp_path, capsys):
    found = analyse(tmp_path / "o.json", drawn, "--preset", "camera_health", "--preset", "illegal_parking")
    assert found["blind"] == ["illegal_parking"] and "illegal_parking" in capsys.readouterr().err


def test_wrong_use_is_said_so(drawn, tmp_path, capsys):
    assert "--preset" in refused(capsys, drawn)
    assert "crowd" in refused(capsys, drawn, "--preset", "crowds")
    rules = tmp_path / "r.yaml"
    rules.write_text("rules: [{primitive: dwell, code: x, settings: {stay: soon}}]", "utf-8")
    assert "r.yaml: rules[0]: settings: stay" in refused(capsys, drawn, "--rules", rules)
    out = tmp_path / "file" / "out.json"
    out.parent.touch()
    assert "out.json" in refused(capsys, drawn, "--preset", "camera_health", "--json", out)


def test_the_platforms_command_hands_over_without_starting_the_platform():
    code = (
        "import sys; from chengyun.server.cli import main; code = main(['vision', 'presets']);"
        "assert 'django' not in sys.modules and 'av' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 23


def test_without_its_libraries_it_says_what_to_install(monkeypatch, capsys):
    def missing(name: str) -> object:
        raise ModuleNotFoundError("No module named 'cv2'", name="cv2")

    monkeypatch.setattr(cli, "import_module", missing)
    assert cli.main(["analyse", "a.mp4"]) == 2
    said = capsys.readouterr().err
    assert "requirements-vision.lock" in said and "opencv-python-headless" in said and "缺少" in said


def test_every_command_that_is_named_is_there():
    for name, (module, text) in cli.COMMANDS.items():
        loaded = importlib.import_module(module)
        assert callable(loaded.add_parser) and callable(loaded.run) and text, name
