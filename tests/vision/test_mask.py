"""Masking: what was a head is gone for good, whatever goes wrong. On real clips: test_masking.py."""

import hashlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun_vision.evidence import policy
from chengyun_vision.evidence.cover import Cover, Region, burn, coarsen, faceless, of_person
from chengyun_vision.evidence.faces import FILE, find_faces
from chengyun_vision.evidence.mask import Masked, Masker, Settings, masked_jpeg
from chengyun_vision.frames import Box, Detection, Look
from chengyun_vision.problem import Problem
from tests.vision.pictures import frame

STANDING = Detection("person", Box(0.4, 0.2, 0.5, 0.8), 0.9)


def noise(width=640, height=480, seed=1):
    """Something fine everywhere: wherever it is gone something was done to the picture."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def decoded(picture: Masked):
    return cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)


def part(image, box: Box):
    height, width = image.shape[:2]
    left, top = max(0, int(box.left * width)), max(0, int(box.top * height))
    return image[top : int(box.bottom * height), left : int(box.right * width)]


def fine(image, box: Box) -> float:
    """How much fine detail there is: mean difference of neighbours."""
    return float(np.abs(np.diff(part(image, box).astype(int), axis=1)).mean())


class Found:
    """A face detector that finds what it is told to, the more times the more boxes are given."""

    def __init__(self, *rounds):
        self.rounds = list(rounds)

    def find(self, _):
        return self.rounds.pop(0) if self.rounds else []


class Sees:
    def __init__(self, *detections):
        self.detections = detections

    def look(self, picture, regions=None, *, least=None):
        return Look(picture.at, detections=self.detections)


def test_the_head_is_covered_and_the_rest_is_not():
    picture = masked_jpeg(frame(noise()), [STANDING], faces=Found())
    assert picture.how == "heads" and picture.sha256 == hashlib.sha256(picture.jpeg).hexdigest()
    assert (picture.width, picture.height) == (640, 480)
    image, plain = decoded(picture), Box(0.6, 0.2, 0.9, 0.8)
    assert fine(image, Box(0.4, 0.2, 0.5, 0.36)) < 0.25 * fine(image, plain)
    assert fine(image, Box(0.4, 0.5, 0.5, 0.75)) > 0.8 * fine(image, plain)  # legs
    assert fine(image, plain) > 30


def test_the_raw_picture_is_left_as_it_was():
    raw = noise()
    before = raw.copy()
    masked_jpeg(
        frame(raw), [STANDING], faces=Found([Box(0.1, 0.1, 0.2, 0.2)]), privacy=[[(0, 0), (1, 0), (1, 1)]]
    )
    assert (raw == before).all()


@pytest.mark.parametrize("unsure", ["coarse", "none"])
@pytest.mark.parametrize(
    ("things", "faces"),
    [(None, Found()), ([Detection("person", Box(0.4, 0.4, 0.44, 0.46), 0.9)], Found()),
     ([STANDING], Found([], *[[Box(0.1, 0.1, 0.2, 0.2)]] * 9))],
    ids=["no person detector looked", "a small box that may be a near head", "a face that is still found"],
)  # fmt: skip
def test_when_unsure_the_whole_picture_is_coarse_or_none_is_stored(things, faces, unsure):
    picture = masked_jpeg(
        frame(noise()), things, faces=Found(*faces.rounds), settings=Settings(unsure=unsure, quality=95)
    )
    if unsure == "none":
        assert picture is None
        return
    assert picture.how == "whole"
    image = decoded(picture)
    # 24 cells over the width: what is left of the picture are some hundreds of colours.
    assert fine(image, Box(0, 0, 1, 1)) < 3
    small = cv2.resize(image, (24, 18), interpolation=cv2.INTER_AREA)
    again = cv2.resize(small, (640, 480), interpolation=cv2.INTER_NEAREST)
    assert np.abs(again.astype(int) - image).mean() < 6


def test_who_is_too_small_to_have_a_face_is_covered_from_head_to_foot():
    small = Detection("person", Box(0.4, 0.4, 0.43, 0.48), 0.9)
    picture = masked_jpeg(frame(noise()), [small], faces=Found())
    assert picture.how == "heads"
    assert fine(decoded(picture), small.box) < 0.4 * fine(decoded(picture), Box(0.6, 0.2, 0.9, 0.8))
    # Whoever does not trust that may have the whole picture coarse, as it is for a box that may be part of somebody near.
    assert (
        masked_jpeg(frame(noise()), [small], faces=Found(), settings=Settings(small="unsure")).how == "whole"
    )
    for near in (Box(0.4, 0.4, 0.46, 0.48), Box(0.4, 0.93, 0.42, 1.0)):
        assert masked_jpeg(frame(noise()), [Detection("person", near, 0.9)], faces=Found()).how == "whole"


@settings(max_examples=200, deadline=None)
@given(st.floats(20, 2000), st.floats(0.05, 1), st.floats(0.22, 0.6))
def test_a_box_that_is_said_to_hold_no_face_holds_none_of_12_pixels(tall, shown, across):
    """Whoever is so tall, of whom so much is seen from the head down, so broad (shares of the height; shoulders are 0.22 and
    more): a face is a fourteenth of the height across."""
    height, width = shown * tall, across * tall
    box = Box(0.0, 0.1, width / 4000, 0.1 + height / 4000)
    if faceless(box, 4000, 4000, Cover()):
        assert tall / 14 < 12


def test_a_face_is_covered_though_the_second_look_sees_nothing():
    face = Box(0.7, 0.7, 0.8, 0.8)
    image = decoded(masked_jpeg(frame(noise()), [], faces=Found([face], [])))
    assert fine(image, face) < 0.25 * fine(image, Box(0.1, 0.1, 0.3, 0.9))


def test_a_face_that_is_found_after_masking_is_covered_then():
    late = Box(0.7, 0.7, 0.8, 0.8)
    picture = masked_jpeg(frame(noise()), [STANDING], faces=Found([], [late], []))
    image = decoded(picture)
    assert picture.how == "heads" and fine(image, late) < 0.25 * fine(image, Box(0.1, 0.1, 0.3, 0.9))


def test_privacy_zones_come_first():
    """The face detector never sees what lies in one, and nothing of it is in the picture."""
    zone = [(0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0)]

    class Looking:
        def find(self, image):
            assert not part(image, Box(0, 0, 0.3, 1)).any()
            return []

    for things in (None, [STANDING]):
        picture = masked_jpeg(frame(noise()), things, faces=Looking(), privacy=[zone])
        assert decoded(picture)[:, :180].max() < 40


@pytest.mark.parametrize("zone", [[], [(0, 0), (1, 1)], [(0, 0), (1, 1), (float("nan"), 0)], [(0, 0, 0)] * 3])
def test_a_zone_that_is_none_stores_nothing(zone):
    with pytest.raises(ValueError):
        masked_jpeg(frame(noise()), [STANDING], privacy=[zone])


def test_who_is_missed_for_a_moment_stays_covered_where_they_were():
    masker = Masker(Found())
    masker.note(1.0, [STANDING], 640, 480)
    head = Box(0.41, 0.2, 0.49, 0.36)
    soon, late = (decoded(masker.masked_jpeg(frame(noise(), at), [])) for at in (2.0, 5.0))
    assert fine(soon, head) < 0.3 * fine(late, head)


def test_who_is_seen_again_is_not_covered_where_they_were():
    masker = Masker(Found())
    for step in range(5):
        moved = 0.03 * step
        person = Detection("person", Box(0.1 + moved, 0.2, 0.2 + moved, 0.8), 0.9)
        image = decoded(masker.masked_jpeg(frame(noise(), 1 + 0.2 * step), [person]))
    assert len(masker._held) == 1
    assert fine(image, Box(0.1, 0.2, 0.2, 0.35)) > 0.8 * fine(image, Box(0.6, 0.2, 0.9, 0.8))


def test_who_is_seen_several_times_over_is_held_once_they_are_seen_again():
    """Closer looks give boxes of one person that differ a little: those within what is covered anew are held no longer."""
    masker = Masker(Found())
    wide = Detection("person", Box(0.38, 0.18, 0.52, 0.82), 0.5)
    for step in range(4):
        masker.note(1.0 + 0.25 * step, [wide, *([STANDING] * (step == 0))], 640, 480)
    assert len(masker._held) == 1
    # Who stands beside is not within it, and stays covered.
    beside = Detection("person", Box(0.5, 0.2, 0.6, 0.8), 0.9)
    masker.note(2.0, [wide, beside], 640, 480)
    masker.note(2.25, [wide], 640, 480)
    assert len(masker._held) == 2


def test_a_clock_that_jumps_back_holds_nothing_for_ever():
    masker = Masker(Found())
    masker.note(1000.0, [STANDING], 640, 480)
    masker.note(1.0, [], 640, 480)
    assert not masker._held


def test_the_masker_looks_for_people_itself_where_it_can():
    unseen = Detection("person", Box(0.7, 0.2, 0.8, 0.8), 0.2)
    picture = masked_jpeg(frame(noise()), None, faces=Found(), people=Sees(unseen))
    assert picture.how == "heads"
    image = decoded(picture)
    assert fine(image, Box(0.7, 0.2, 0.8, 0.36)) < 0.3 * fine(image, Box(0.1, 0.2, 0.5, 0.8))


def test_plates_are_covered_and_the_vehicle_is_still_one():
    car = Detection("car", Box(0.2, 0.4, 0.6, 0.8), 0.9)
    image = decoded(masked_jpeg(frame(noise()), [car], faces=Found()))
    assert fine(image, Box(0.2, 0.6, 0.6, 0.8)) < 0.3 * fine(image, Box(0.2, 0.41, 0.6, 0.54))


def test_one_who_rides_is_covered_above_the_cycle():
    cycle = Detection("bicycle", Box(0.4, 0.5, 0.5, 0.7), 0.9)
    image = decoded(masked_jpeg(frame(noise()), [cycle], faces=Found()))
    assert fine(image, Box(0.4, 0.34, 0.5, 0.5)) < 0.3 * fine(image, Box(0.6, 0.2, 0.9, 0.8))


def test_large_pictures_are_made_smaller_first():
    picture = masked_jpeg(frame(np.zeros((2160, 3840, 3), np.uint8)), [], faces=Found())
    assert (picture.width, picture.height) == (1280, 720)


@settings(max_examples=150, deadline=None)
@given(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.02, 0.6), st.floats(0.02, 1), st.booleans())
def test_the_head_of_every_person_lies_in_what_is_covered(left, top, wide, high, wary):
    """A head is in the upper part of a standing person's box, or anywhere in one of another shape."""
    box = Box(left, top, min(1, left + wide), min(1, top + high))
    region = of_person(box, 640, 480, Cover(), wary=wary)
    assert region.box.left <= box.left and region.box.right >= box.right and region.box.top <= box.top
    tall, across = (box.bottom - box.top) * 480, (box.right - box.left) * 640
    share = (region.box.bottom - box.top) / (box.bottom - box.top)
    assert share >= 0.32 - 1e-9
    if tall < 1.2 * across or tall < 40:
        assert share >= 1
    elif tall < 1.8 * across or wary:
        assert share >= 0.6 - 1e-9


@settings(max_examples=80, deadline=None)
@given(
    st.floats(-0.5, 1.2), st.floats(-0.5, 1.2), st.floats(0, 1.5), st.floats(0, 1.5), st.floats(0, 0.5),
    st.integers(1, 90), st.integers(1, 90),
)  # fmt: skip
def test_covering_takes_any_region_and_leaves_few_colours(left, top, wide, high, cell, width, height):
    image = noise(width, height)
    region = Region(Box(left, top, left + wide, top + high), cell)
    before = image.copy()
    coarsen(image, region, 8)
    assert image.shape == before.shape
    changed = (image != before).any(axis=2)
    if changed.any():
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        assert rows[0] >= np.floor(top * height) and rows[-1] <= np.ceil((top + high) * height)
        assert columns[0] >= np.floor(left * width) and columns[-1] <= np.ceil((left + wide) * width)
        covered = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        most = (len(rows) // 8 + 1) * (len(columns) // 8 + 1)
        assert len(np.unique(covered.reshape(-1, 3), axis=0)) <= most


def test_what_is_covered_cannot_be_told_apart_again():
    """Two faces that differ in everything fine, and in their means by less than a step, become the same picture."""
    one, other = np.full((480, 640, 3), 120, np.uint8), np.full((480, 640, 3), 120, np.uint8)
    pattern = np.random.default_rng(3).integers(-100, 100, (40, 40, 3))
    patch = np.clip(120 + pattern - pattern.mean(axis=(0, 1)), 0, 255).astype(np.uint8)
    other[100:140, 256:296] = np.clip(np.roll(patch, 7, axis=0)[::-1].astype(int) + 2, 0, 255)
    one[100:140, 256:296] = patch
    for image in (one, other):
        coarsen(image, Region(Box(256 / 640, 100 / 480, 296 / 640, 140 / 480), 40 / 480), 8)
    assert (one == other).all()


def test_burning_covers_the_edge_too():
    image = noise(100, 100)
    burn(image, [[(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]])
    assert not image[20:81, 20:81].any() and image[:18].any()


def test_other_weights_for_faces_are_refused(tmp_path):
    assert find_faces(tmp_path) is None
    (tmp_path / FILE).write_bytes(b"something else")
    with pytest.raises(Problem):
        find_faces(tmp_path)


# what is kept, and how long


def test_what_a_rule_keeps():
    assert not any(policy.wanted("none", state, 0) for state in ("new", "update", "end"))
    assert [policy.wanted("new", state, 0) for state in ("new", "update", "end")] == [True, False, False]
    assert [policy.wanted("new_and_end", state, 1) for state in ("new", "update", "end")] == [
        True,
        False,
        True,
    ]
    assert policy.wanted("sequence", "update", 7) and not policy.wanted("sequence", "update", 8)
    assert policy.wanted("sequence", "end", 8)


def test_how_long_it_is_kept():
    listed, other = policy.retention("listed_public"), policy.retention("other_public")
    assert (listed.days(), listed.days(3), listed.days(400)) == (30, 30, 30)
    assert (other.days(), other.days(0), other.days(400)) == (7, 0, 30)
    with pytest.raises(Problem):
        policy.retention("unclassed")


@pytest.mark.parametrize(
    "text", ["", "classes: [1]", "classes: {a: {floor: 9, default: 7, ceiling: 30}}", "classes: {a: 1}", ":"]
)
def test_a_retention_table_that_is_none_is_refused(tmp_path, text):
    file = tmp_path / "retention.yaml"
    file.write_text(text)
    with pytest.raises(Problem):
        policy.classes(file)
