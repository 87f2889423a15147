"""Masks a picture, then encodes it. There is no other way from a picture to a file.

    masker = Masker(find_faces(folder), model)        # one a camera; what was covered stays covered for a while
    masker.note(at, look.detections, width, height)   # for pictures that are not stored; cheap
    picture = masker.masked_jpeg(frame, look.detections, privacy=[polygon, ...])
    if picture is not None: store(picture.jpeg, picture.sha256)

Order: the camera's privacy zones, then the head's part of every person's box, every face and a margin about each, held over
the next pictures; then the face detector looks at the masked picture again. Who is too small to have a face in the picture
is covered from head to foot. When unsure (no person detector looked, a small box that may be part of somebody near, a face
that is still there) the whole picture is made coarse, or none is stored.

The raw picture is copied once, stays within these functions, and is not written anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import cv2
import numpy as np

from chengyun_vision.assign import pairs
from chengyun_vision.evidence.cover import (
    RIDDEN,
    VEHICLES,
    Cover,
    Polygon,
    Region,
    burn,
    coarsen,
    coarsen_all,
    faceless,
    of_face,
    of_person,
    of_rider,
    of_vehicle,
)
from chengyun_vision.frames import Box, Detection, Frame, Image, Look, Tracked
from chengyun_vision.geometry import covered
from chengyun_vision.models.regions import WHOLE, overlap_of, tiles

WITHIN = 0.9  # share of a held region
CLOSELY = (WHOLE, *tiles())  # small people are seen in the tiles, large ones in the whole


Seen = Detection | Tracked


class FindsFaces(Protocol):
    def find(self, image: Image) -> list[Box]: ...


class SeesPeople(Protocol):
    def look(
        self, frame: Frame, regions: Sequence[Box] | None = None, *, least: float | None = None
    ) -> Look: ...


@dataclass(frozen=True, slots=True)
class Masked:
    """A picture that may be stored. `how`: "heads" (only these were covered) or "whole" (all of it is coarse).

    `sha256`: of `jpeg`, hexadecimal. `width`, `height`: pixels.
    """

    at: float
    jpeg: bytes
    sha256: str
    how: Literal["heads", "whole"]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Settings:
    """All suggested (建议值).

    unsure: what becomes of a picture in which heads cannot be placed. small: whether every person under `Cover.least_px`
    makes a picture such a one ("unsure"), or only those whose box may hold a face of 12 pixels, while the others are covered
    from head to foot ("cover"). again: the score from which the masker's own look for people takes
    them. hold_s: how long a place stays covered after somebody was last seen there, growing by `drift` of its sides each
    second. widest: pixels; larger pictures are made smaller first. quality: of the JPEG, 1-100.
    """

    unsure: Literal["coarse", "none"] = "coarse"
    small: Literal["unsure", "cover"] = "cover"
    again: float = 0.15
    hold_s: float = 2.0
    drift: float = 0.3
    widest: int = 1280
    quality: int = 80
    cover: Cover = Cover()


class Masker:
    """One camera's masking.

    `faces`: None where the face detector's weights are not there; heads are then covered wider. `people`: a model that sees
    persons; it looks at every picture to be stored once more, closer, and takes what it is less sure of too.
    """

    def __init__(
        self,
        faces: FindsFaces | None = None,
        people: SeesPeople | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._faces, self._people, self._settings = faces, people, settings or Settings()
        self._held: list[tuple[float, Region]] = []

    def as_now(self) -> Masker:
        """One that knows what this one knows at this moment, and learns nothing more: for a picture that is masked later."""
        other = Masker(self._faces, self._people, self._settings)
        other._held = list(self._held)
        return other

    def note(self, at: float, things: Iterable[Seen] | None, width: int, height: int) -> None:
        """Remembers where heads are in a picture that is not stored. `width`, `height`: of the picture, pixels."""
        self._hold(at, self._heads(things or (), width, height))

    def masked_jpeg(
        self, frame: Frame, things: Iterable[Seen] | None, *, privacy: Sequence[Polygon] = ()
    ) -> Masked | None:
        """The picture, masked and encoded; None when nothing may be stored.

        `things`: what was found in this very picture; None when no person detector looked at it (then `people` must).
        `privacy`: the camera's privacy zones. Raises ValueError for a zone that is none.
        """
        image = self._copy(frame)
        burn(image, privacy)
        seen = None if things is None else list(things)
        sure = (seen is not None or self._people is not None) and not self._small(seen or (), frame)
        if sure:
            self._cover(image, frame.at, [*(seen or ()), *self._more(frame)])
            sure = not self._still_there(image)
        if not sure:
            if self._settings.unsure == "none":
                return None
            coarsen_all(image, self._settings.cover)
        return _encoded(image, frame.at, "heads" if sure else "whole", self._settings.quality)

    def _more(self, frame: Frame) -> tuple[Detection, ...]:
        if self._people is None:
            return ()
        return self._people.look(frame, CLOSELY, least=self._settings.again).detections or ()

    def _cover(self, image: Image, at: float, things: Sequence[Seen]) -> None:
        height, width = image.shape[:2]
        cover = self._settings.cover
        # Faces are looked for before anything is covered: a covered neighbour may hide half a face from the detector.
        faces = [of_face(box, cover) for box in (self._faces.find(image) if self._faces else ())]
        self._hold(at, [*self._heads(things, width, height), *faces])
        plates = [of_vehicle(thing.box, width, height, cover) for thing in things if thing.label in VEHICLES]
        held = [_grown(region, (at - seen) * self._settings.drift) for seen, region in self._held]
        for region in (*plates, *held):
            coarsen(image, region, cover.least_cell)

    def _hold(self, at: float, fresh: list[Region]) -> None:
        """Each region takes the place of one that was held near it: who is seen again is not covered where they were. What
        lies within a fresh region is held no longer either: somebody seen closely is seen several times over."""
        held = [(seen, region) for seen, region in self._held if 0 <= at - seen <= self._settings.hold_s]
        likeness = [
            [overlap_of(_grown(old, (at - seen) * self._settings.drift).box, new.box) for seen, old in held]
            for new in fresh
        ]
        again = {column for _, column in pairs(likeness, 0.05)}
        again |= {
            index
            for index, (_, old) in enumerate(held)
            if any(covered(old.box, new.box) >= WITHIN for new in fresh)
        }
        self._held = [one for index, one in enumerate(held) if index not in again or one[0] == at]
        self._held += [(at, region) for region in fresh]

    def _still_there(self, image: Image) -> bool:
        """Looks at the masked picture again, and covers what face it still finds. Whether one is left even then."""
        for _ in range(2):
            left = self._faces.find(image) if self._faces else []
            if not left:
                return False
            for box in left:
                coarsen(image, of_face(box, self._settings.cover), self._settings.cover.least_cell)
        return bool(self._faces and self._faces.find(image))

    def _heads(self, things: Iterable[Seen], width: int, height: int) -> list[Region]:
        cover, wary = self._settings.cover, self._faces is None
        regions = []
        for thing in things:
            if thing.label == "person":
                regions.append(of_person(thing.box, width, height, cover, wary=wary))
            elif thing.label in RIDDEN:
                regions.append(of_rider(thing.box, cover))
        return regions

    def _small(self, things: Iterable[Seen], frame: Frame) -> bool:
        """Whether somebody is too small to place a head, and near enough to have a face."""
        cover, width, height = self._settings.cover, frame.width, frame.height
        small = [
            thing.box
            for thing in things
            if thing.label == "person" and (thing.box.bottom - thing.box.top) * height < cover.least_px
        ]
        if self._settings.small == "cover":
            return not all(faceless(box, width, height, cover) for box in small)
        return bool(small)

    def _copy(self, frame: Frame) -> Image:
        image = frame.bgr()
        height, width = image.shape[:2]
        if width <= self._settings.widest:
            return image.copy()
        size = self._settings.widest, max(1, round(height * self._settings.widest / width))
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def masked_jpeg(
    frame: Frame,
    things: Iterable[Seen] | None,
    *,
    faces: FindsFaces | None = None,
    people: SeesPeople | None = None,
    privacy: Sequence[Polygon] = (),
    settings: Settings | None = None,
) -> Masked | None:
    """One masked picture, with nothing known of the pictures before it. See `Masker.masked_jpeg`."""
    return Masker(faces, people, settings).masked_jpeg(frame, things, privacy=privacy)


def _grown(region: Region, by: float) -> Region:
    side, up = (region.box.right - region.box.left) * by, (region.box.bottom - region.box.top) * by
    box = region.box
    return Region(Box(box.left - side, box.top - up, box.right + side, box.bottom + up), region.cell)


def _encoded(image: Image, at: float, how: Literal["heads", "whole"], quality: int) -> Masked | None:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        return None
    jpeg = data.tobytes()
    return Masked(at, jpeg, hashlib.sha256(jpeg).hexdigest(), how, image.shape[1], image.shape[0])
