"""Manifests and what is checked before a model may be used: on nets that the tests write themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun_vision import models
from chengyun_vision.frames import Box, Detection, Frame
from chengyun_vision.models import checks, command, loader, manifest, regions
from chengyun_vision.problem import Problem
from tests.vision.nets import manifest as described
from tests.vision.nets import net, rows

PERSON = (16, 16, 32, 48, 0.9, 0)


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CHENGYUN_MODELS", str(tmp_path / "weights"))


def frame(width=64, height=64, at=1.0):
    image = np.full((height, width, 3), 114, np.uint8)
    return Frame(at, width, height, True, lambda: image, lambda w, h: np.zeros((h, w), np.uint8))


def refused(place, **options) -> str:
    with pytest.raises(Problem) as caught:
        models.load(place, **options)
    assert caught.value.zh and caught.value.en
    return str(caught.value)


def test_a_net_that_holds_to_its_manifest_is_used(tmp_path):
    place = described(tmp_path, net({"out": rows(PERSON, (0, 0, 8, 8, 0.8, 2))}))
    model = models.load(place)
    assert model.id == "test-net" and model.labels == {"person", "car"}
    look = model.look(frame(128, 96))
    # The kite has no place in the vocabulary.
    assert look.detections == (Detection("person", Box(0.25, 0.25, 0.5, 0.75), pytest.approx(0.9)),)
    assert look.at == 1.0 and look.masks is None and look.votes is None and look.tracks is None


def test_found_by_manifest_id_or_weights(tmp_path):
    place = described(tmp_path, net({"out": rows(PERSON)}))
    for which, folder in ((place, None), ("test-net", tmp_path), (tmp_path / "net.onnx", None)):
        assert models.load(which, folder=folder).id == "test-net"
    assert "no model nobody" in refused("nobody")
    (tmp_path / "other.onnx").write_bytes(net({"out": rows()}))
    assert "no manifest describes" in refused(tmp_path / "other.onnx")
    assert "not there" in refused("yolox-nano")


def test_another_file_is_refused(tmp_path):
    place = described(tmp_path, net({"out": rows(PERSON)}))
    (tmp_path / "net.onnx").write_bytes(net({"out": rows(PERSON)}, graph="changed"))
    assert "hash differs" in refused(place)


@pytest.mark.parametrize("content", [b"", b"\x08", b"no net at all", bytes(range(256)) * 40])
def test_what_is_no_net_is_refused(tmp_path, content):
    assert "no net that can be run" in refused(described(tmp_path, content))


def test_every_cut_of_a_net_is_refused(tmp_path):
    whole = net({"out": rows(PERSON)})
    for length in range(0, len(whole) - 1, 7):
        refused(described(tmp_path, whole[:length]))


@pytest.mark.parametrize(
    ("licence", "taken", "with_flag"),
    [("MIT", True, True), ("Apache-2.0", True, True), ("LGPL-3.0-only", True, True), ("AGPL-3.0-only", False, True),
     ("agpl-3.0", False, True), ("GPL-3.0-or-later", False, True), ("GPLv3", False, True),
     ("MIT OR AGPL-3.0-only", True, True), ("MIT AND AGPL-3.0-only", False, True), ("CC-BY-NC-4.0", False, False),
     ("unknown", False, False),
     ("for academic research only", False, False), ("NONE", False, False)],
)  # fmt: skip
def test_licences(licence, taken, with_flag):
    for copyleft, wanted in ((False, taken), (True, with_flag)):
        try:
            checks.licence(licence, copyleft, "x")
            assert wanted
        except Problem:
            assert not wanted


def test_the_licence_that_the_file_itself_records_counts_too(tmp_path):
    place = described(tmp_path, net({"out": rows(PERSON)}, says={"license": "AGPL-3.0 License"}))
    assert "refused by default" in refused(place)
    assert models.load(place, copyleft=True)


@pytest.mark.parametrize(
    "output", ["embedding", "face_boxes", "reid_feature", "plate_number", "identity_code"]
)
def test_outputs_that_say_who_somebody_is_are_refused(tmp_path, output):
    assert "is refused" in refused(described(tmp_path, net({output: rows(PERSON)})))


def test_an_output_without_a_name_of_its_own_is_not_refused(tmp_path):
    assert models.load(described(tmp_path, net({"Identity_1:0": rows(PERSON)})))


def test_a_refused_class_is_found_in_the_manifest_and_in_the_file(tmp_path):
    content = net({"out": rows(PERSON)})
    assert "is refused" in refused(described(tmp_path, content, names=["person", "car", "human face"]))
    hidden = net({"out": rows(PERSON)}, says={"names": "{0: 'person', 1: 'car', 2: 'licence_plate'}"})
    assert "is refused" in refused(described(tmp_path, hidden))
    assert "is refused" in refused(described(tmp_path, net({"out": rows(PERSON)}, graph="arcface_r50")))


def test_an_embedding_is_refused_whatever_it_is_called(tmp_path):
    outputs = {"out": rows(PERSON), "extra": np.zeros((1, 512), np.float32)}
    assert "embedding" in refused(described(tmp_path, net(outputs)))
    alone = net({"out": np.zeros((1, 256), np.float32)})
    assert "embedding" in refused(described(tmp_path, alone, head="classify"))


def test_a_head_that_does_not_fit_says_what_it_reads_and_what_came(tmp_path):
    said = refused(described(tmp_path, net({"out": rows(PERSON)}), head="yolox"))
    assert "[1, 84, 8]" in said and "[1, 1, 6]" in said


@pytest.mark.parametrize("strides", ["x", [0], [-8], None, [[8]], 8])
def test_options_that_make_no_sense_are_said_to(tmp_path, strides):
    content = net({"out": np.zeros((1, 84, 8), np.float32)})
    refused(described(tmp_path, content, head="yolox", options={"strides": strides}))


def test_the_golden_picture_must_be_answered(tmp_path):
    content = net({"out": rows(PERSON)})

    def golden(**expect):
        return {"picture": "grey", "expect": [{"name": "person", "score": 0.9, **expect}]}

    assert models.load(described(tmp_path, content, golden=golden(box=[0.25, 0.25, 0.5, 0.75])))
    assert "person" in refused(described(tmp_path, content, golden=golden(box=[0.0, 0.0, 0.2, 0.2])))
    assert "0.90 ≠ 0.50" in refused(described(tmp_path, content, golden=golden(score=0.5)))
    more = net({"out": rows(PERSON, (0, 0, 8, 8, 0.8, 2))})
    assert "+ kite" in refused(described(tmp_path, more, golden=golden()))
    assert "is not there" in refused(described(tmp_path, content, golden=golden() | {"picture": "gone.png"}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"sha256": None}, "sha256 missing"), ({"head": "yolo9000"}, "is none of"), ({"colour": "rgb"}, "unknown: colour"),
     ({"classes": {"kite": "drone"}}, "outside the vocabulary"), ({"classes": {"horse": "animal"}}, "not in names"),
     ({"names": ["a", "a"]}, "twice"), ({"score": 1.5}, "not within 0-1"), ({"score": "high"}, "not a number"),
     ({"file": "../../x.onnx"}, "plain file name"), ({"names": "imagenet"}, "no list of names"),
     ({"input": {"width": 64, "height": 0}}, "height must be"),
     ({"input": {"width": 64, "height": 64, "std": [0, 1, 1]}}, "zero"), ({"options": [1]}, "table"),
     ({"options": {"stride": 8}}, "unknown: stride"),
     ({"input": {"width": 64, "height": 64, "mean": [1]}}, "3 numbers"), ({"scores": {"bus": 0.5}}, "no class maps"),
     ({"golden": {"picture": "grey"}}, "expect or total"), ({"sha256": "abc"}, "64 hexadecimal")],
)  # fmt: skip
def test_a_wrong_manifest_names_the_place_and_the_reason(tmp_path, changes, said):
    message = refused(described(tmp_path, net({"out": rows(PERSON)}), **changes))
    assert said in message and "net.yaml" in message


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(manifest.Manifest.__slots__), inner, max_size=9)
        ),
        max_leaves=20,
    )
)
def test_no_content_breaks_the_reading_of_manifests(content):
    with pytest.raises(Problem):
        manifest.parse(content)


def test_density_is_the_same_in_tiles_and_in_the_whole(tmp_path):
    heat = np.full((1, 1, 8, 8), 0.5, np.float32)
    place = described(
        tmp_path, net({"out": heat}), head="density", names=["person"], classes={"person": "person"},
        golden={"picture": "grey", "total": 32},
    )  # fmt: skip
    model = models.load(place)
    assert model.look(frame()).heat.sum() == pytest.approx(32)
    # Each of four equal parts has 32 people: the same people again where the parts overlap are counted once.
    parts = (Box(0, 0, 0.5, 0.5), Box(0.5, 0, 1, 0.5), Box(0, 0.5, 0.5, 1), Box(0.5, 0.5, 1, 1))
    assert model.look(frame(), parts).heat.sum() == pytest.approx(128, rel=0.02)
    twice = model.look(frame(), (parts[0], parts[0])).heat
    assert twice.sum() == pytest.approx(32, rel=0.02) and twice[8:].sum() == 0


def test_letterboxed_planes_lose_their_padding(tmp_path):
    heat = np.zeros((1, 1, 8, 8), np.float32)
    heat[0, 0, :4] = 1.0  # a picture twice as wide as high fills the upper half
    heat[0, 0, 4:] = 9.0
    size = {"width": 64, "height": 64, "resize": "letterbox"}
    place = described(
        tmp_path, net({"out": heat}), head="density", names=["person"], classes={"person": "person"}, input=size,
        golden={"picture": "grey", "total": 176},
    )  # fmt: skip
    assert models.load(place).look(frame(128, 64)).heat.sum() == pytest.approx(32)


def test_masks_points_and_votes_fill_their_own_fields(tmp_path):
    logits = np.full((1, 3, 4, 4), -9.0, np.float32)
    logits[0, 1, :, 2:] = 9.0
    logits[0, 2, :, :2] = 9.0
    names = {"names": ["sky", "water", "smoke"], "classes": {"water": "water", "smoke": "smoke"}}
    place = described(
        tmp_path, net({"out": logits}), head="segmask", golden={"picture": "grey", "total": 16}, **names
    )
    masks = models.load(place).look(frame()).masks
    assert set(masks) == {"water", "smoke"}
    assert masks["water"].tolist() == [[False, False, True, True]] * 4

    votes = net({"out": np.log(np.array([[0.2, 0.5, 0.3]], np.float32))})
    golden = {"picture": "grey", "expect": [{"name": "water", "score": 0.5}]}
    look = models.load(described(tmp_path, votes, head="classify", golden=golden, **names)).look(frame())
    assert look.votes == {"water": pytest.approx(0.5), "smoke": pytest.approx(0.3)} and look.masks is None

    places = {
        "pred_points": np.array([[[32, 16], [9, 9]]], np.float32),
        "pred_logits": np.array([[[0, 9], [9, 0]]], np.float32),
    }
    place = described(
        tmp_path, net(places), head="points", names=["person"], classes={"person": "person"},
        golden={"picture": "grey", "total": 1},
    )  # fmt: skip
    assert models.load(place).look(frame()).points == ((0.5, 0.25),)


def test_transformers_are_told_the_size(tmp_path):
    """A net with one input is no such net."""
    outputs = {
        "labels": np.zeros((1, 2), np.int64),
        "boxes": np.zeros((1, 2, 4), np.float32),
        "scores": np.zeros((1, 2), np.float32),
    }
    assert "2 input(s)" in refused(described(tmp_path, net(outputs), head="dfine"))


def test_another_size_of_input_is_noticed(tmp_path):
    content = net({"out": rows(PERSON)})
    for wrong in ({"width": 64, "height": 32}, {"width": 64, "height": 64, "colour": "grey"}):
        assert "net takes images [1, 3, 64, 64]" in refused(described(tmp_path, content, input=wrong))
    assert models.load(described(tmp_path, net({"out": rows(PERSON)}, (1, 3, 64, 64))))


def test_with_no_part_to_look_at_nothing_was_looked_at(tmp_path):
    model = models.load(described(tmp_path, net({"out": rows(PERSON)})))
    assert model.look(frame(), []).detections is None


def test_parts_are_put_back_where_they_belong(tmp_path):
    model = models.load(described(tmp_path, net({"out": rows(PERSON)})))
    (found,) = model.look(frame(), [Box(0.5, 0.5, 1.0, 1.0)]).detections
    assert found.box == Box(0.625, 0.625, 0.75, 0.875)


def test_a_lower_score_may_be_asked_for(tmp_path):
    weak = (40, 16, 60, 48, 0.2, 0)
    model = models.load(described(tmp_path, net({"out": rows(PERSON, weak)})))
    assert len(model.look(frame()).detections) == 1
    assert len(model.look(frame(), least=0.15).detections) == 2


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.floats(-0.5, 1.5),
    st.floats(-0.5, 1.5),
    st.floats(0, 2),
    st.floats(0, 2),
)
def test_no_picture_and_no_region_breaks_it(tmp_path_factory, width, height, left, top, wide, high):
    model = _cached(tmp_path_factory)
    region = Box(left, top, left + wide, top + high)
    found = model.look(frame(width, height), [region]).detections
    for one in found:
        assert 0 <= one.box.left <= one.box.right <= 1 and 0 <= one.box.top <= one.box.bottom <= 1


_kept: list = []


def _cached(tmp_path_factory):
    if not _kept:
        _kept.append(models.load(described(tmp_path_factory.mktemp("net"), net({"out": rows(PERSON)}))))
    return _kept[0]


def test_numbers_that_are_none_are_left_out(tmp_path):
    nan, inf = float("nan"), float("inf")
    broken = [(nan, 0, 9, 9, 0.9, 0), (0, 0, inf, 9, 0.9, 0), (0, 0, 9, 9, nan, 0), (9, 9, 1, 1, 0.9, 0)]
    model = models.load(described(tmp_path, net({"out": rows(PERSON, *broken)})))
    assert len(model.look(frame()).detections) == 1


def test_tiles_cover_the_picture_and_overlap():
    parts = regions.tiles()
    assert len(parts) == 4
    assert sorted({round(part.left, 3) for part in parts}) == [0.0, round(4 / 9, 3)]
    assert max(part.right for part in parts) == max(part.bottom for part in parts) == 1.0


def test_what_a_tile_cut_off_is_not_seen_twice():
    left, right = Box(0, 0, 0.55, 1), Box(0.45, 0, 1, 1)
    whole = Detection("person", Box(0.30, 0.2, 0.54, 0.8), 0.6)
    half = Detection(
        "person", Box(0.451, 0.2, 0.54, 0.8), 0.9
    )  # the same, cut by the left edge of the right part
    other = Detection("person", Box(0.80, 0.2, 0.90, 0.8), 0.5)
    merged = regions.merge([(left, [whole]), (right, [half, other])], 0.5)
    assert merged == (whole, other)


def test_kinds_do_not_suppress_one_another():
    box = Box(0.1, 0.1, 0.5, 0.5)
    found = [Detection("person", box, 0.9), Detection("bicycle", box, 0.8), Detection("person", box, 0.7)]
    assert [one.score for one in regions.merge([(regions.WHOLE, found)], 0.5)] == [0.9, 0.8]


def test_fetch_puts_nothing_in_place_but_the_file_described(tmp_path):
    content = net({"out": rows(PERSON)})
    place, folder = described(tmp_path, content), tmp_path / "weights"
    (tmp_path / "wrong.bin").write_bytes(content + b"x")
    for source in (tmp_path / "wrong.bin", tmp_path / "gone.bin", "http://localhost/x.onnx", "ftp://x/y"):
        with pytest.raises(Problem):
            command.fetched(str(place), str(source), folder)
    assert not list(folder.glob("*")) if folder.exists() else True
    assert command.fetched(str(place), str(tmp_path / "net.onnx"), folder).read_bytes() == content
    assert [path.name for path in folder.iterdir()] == ["net.onnx"]


def test_list_and_check_say_what_is_there(tmp_path, capsys):
    import argparse

    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())

    def run(*args):
        return command.run(parser.parse_args(["models", "--folder", str(tmp_path), *args]))

    assert run("list") == 0
    assert "– yolox-nano" in capsys.readouterr().out
    assert run("check") == 1
    described(tmp_path, net({"out": rows(PERSON)}))
    assert run("check") == 0
    assert "✓ test-net: car, person" in capsys.readouterr().out
    described(tmp_path, net({"out": rows(PERSON)}), licence="AGPL-3.0-only")
    assert run("check") == 1


def test_shipped_manifests_read_and_name_no_host():
    for place in manifest.known():
        known = manifest.read(place)
        assert "://" not in known.source and checks.licence(known.licence, False, "") is None
    assert {manifest.read(place).id for place in manifest.known()} >= {"yolox-nano", "fastestdet"}


def test_weights_folder_follows_the_environment(monkeypatch, tmp_path):
    assert loader.weights_folder() == tmp_path / "weights"
    monkeypatch.delenv("CHENGYUN_MODELS")
    monkeypatch.setenv("CHENGYUN_DATA_DIR", "/data")
    assert str(loader.weights_folder()) == "/data/models"
