"""A model that was loaded and checked: from a picture to what a look may say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chengyun_vision.frames import Box, Detection, Frame, Image, Look
from chengyun_vision.models import heads, regions
from chengyun_vision.models.heads.base import Boxes, Planes, Points, Spec, Votes
from chengyun_vision.models.manifest import Manifest
from chengyun_vision.models.prepare import Placement, crop, fitting, prepare
from chengyun_vision.models.session import Session

Answer = Boxes | Points | Planes | Votes


@dataclass(frozen=True, slots=True)
class Part:
    """What the net answered for one part of a picture. Planes are cut to the part, boxes and points are 0-1 of it."""

    region: Box
    answer: Answer


class Model:
    """Made by `load`, which checks it. `id`: of its manifest. `labels`: the kinds of the vocabulary that it can see.

    Holds nothing of any picture, so one serves all cameras of a process.
    """

    def __init__(self, manifest: Manifest, session: Session) -> None:
        self.manifest = manifest
        self.id = manifest.id
        self.labels = manifest.labels
        self._session = session
        self._head = heads.HEADS[manifest.head]
        self._kinds = [manifest.classes.get(name) for name in manifest.names]
        self._spec = Spec(
            manifest.input.width, manifest.input.height, len(manifest.names), manifest.least,
            {**self._head.options, **manifest.options},
        )  # fmt: skip

    @property
    def gives(self) -> str:
        """The field of a Look that it fills."""
        return self._head.gives

    def look(self, frame: Frame, regions: Sequence[Box] | None = None, *, least: float | None = None) -> Look:
        """What is in the picture, or in these parts of it (0-1 of the picture; None: all of it).

        The look has only the field that this model fills: `detections` (boxes in 0-1 of the whole picture, best first,
        merged over overlapping parts), `heat`, `points`, `masks` or `votes`. All others are None: not looked at. With no
        part at all nothing was looked at either. `least`: takes detections from this score on instead of the manifest's:
        masking would rather cover too much.
        """
        if regions is not None and not regions:
            return Look(frame.at)
        image = frame.bgr() if regions else self._whole(frame)
        parts = [self.see(image, region, least) for region in (regions or (WHOLE,))]
        if least is not None and self.gives == "detections":
            return Look(frame.at, detections=self._detections(parts, self._kinds, least))
        filled: dict[str, Any] = {self.gives: self._joined[self.gives](self, parts)}
        return replace(Look(frame.at), **filled)

    def _whole(self, frame: Frame) -> Image:
        size = fitting(frame.width, frame.height, self.manifest.input)
        return frame.bgr() if size is None else frame.small(*size)

    def tiles(self) -> tuple[Box, ...]:
        """2 x 2 parts that overlap by a fifth, for pictures in which things are small: four times the cost."""
        return regions.tiles()

    def see(self, image: Image, region: Box, least: float | None = None) -> Part:
        """The net's own answer, all its classes. Raises `Misfit` where the head cannot read it."""
        piece, region = crop(image, region)
        tensor, placed = prepare(piece, self.manifest.input)
        first = self._session.inputs[0]
        feeds: dict[str, Any] = {first.name: tensor.astype(first.dtype, copy=False)}
        if self._head.sizes:
            second = self._session.inputs[1]
            feeds[second.name] = np.array([[self._spec.width, self._spec.height]], second.dtype)
        spec = self._spec if least is None else replace(self._spec, least=least)
        answer = self._head.decode(self._session.run(feeds), spec)
        return Part(region, _within(answer, placed, spec))

    def named(self, part: Part) -> tuple[Detection, ...]:
        """Boxes with the net's own names, for the golden picture: merged, above the least score."""
        assert isinstance(part.answer, Boxes)
        return self._detections([part], list(self.manifest.names), self.manifest.score)

    def _seen(self, parts: Sequence[Part]) -> tuple[Detection, ...]:
        return self._detections(parts, self._kinds)

    def _detections(
        self, parts: Sequence[Part], labels: Sequence[str | None], least: float | None = None
    ) -> tuple[Detection, ...]:
        found: list[tuple[Box, list[Detection]]] = []
        for part in parts:
            boxes, some = part.answer, []
            assert isinstance(boxes, Boxes)
            for corners, score, index in zip(
                boxes.corners.tolist(), boxes.scores.tolist(), boxes.classes.tolist(), strict=True
            ):
                label = labels[index]
                if label is None or score < (self.manifest.taken_at(label) if least is None else least):
                    continue
                box = _placed(corners, part.region)
                if box.area > 0.0:
                    some.append(Detection(label, box, min(1.0, score)))
            found.append((part.region, some))
        merging = self._head.overlapping or len(parts) > 1
        return regions.merge(found, self.manifest.nms if merging else 1.0)

    def _heat(self, parts: Sequence[Part]) -> Any:
        """People per cell of one plane over the picture, at the fineness of the finest part."""
        planes = [(part.region, _planes(part)) for part in parts]
        whole = _size(planes)
        # A cell of the whole may be larger or smaller than one of its part: people go with the ground, not with cells.
        fair = [
            (region, plane * (plane.shape[1] * plane.shape[2] / (region.area * whole[0] * whole[1])))
            for region, plane in planes
        ]
        return regions.gather(fair, whole)[0]

    def _masks(self, parts: Sequence[Part]) -> Any:
        planes = [(part.region, _planes(part)) for part in parts]
        shares = regions.gather(planes, _size(planes))
        masks: dict[str, Any] = {}
        for plane, kind in zip(shares, self._kinds, strict=True):
            if kind is not None:
                mask = plane >= self.manifest.taken_at(kind)
                masks[kind] = masks[kind] | mask if kind in masks else mask
        return masks

    def _points(self, parts: Sequence[Part]) -> tuple[tuple[float, float], ...]:
        found: list[tuple[float, float]] = []
        for index, part in enumerate(parts):
            assert isinstance(part.answer, Points)
            for x, y in part.answer.places.tolist():
                place = _onto(x, y, part.region)
                # What lies in two parts was pointed at in the first.
                if not any(_holds(other.region, place) for other in parts[:index]):
                    found.append(place)
        return tuple(found)

    def _votes(self, parts: Sequence[Part]) -> dict[str, float]:
        votes: dict[str, float] = {}
        for part in parts:
            assert isinstance(part.answer, Votes)
            for score, kind in zip(part.answer.scores.tolist(), self._kinds, strict=True):
                if kind is not None:
                    votes[kind] = max(votes.get(kind, 0.0), score)
        return votes

    _joined: dict[str, Callable[[Model, Sequence[Part]], Any]] = {
        "detections": _seen, "heat": _heat, "masks": _masks, "points": _points, "votes": _votes,
    }  # fmt: skip


WHOLE = regions.WHOLE


def _within(answer: Answer, placed: Placement, spec: Spec) -> Answer:
    """The answer in 0-1 of the part that the net looked at, without its padding and without numbers that are none."""
    if isinstance(answer, Boxes):
        sound = np.isfinite(answer.corners).all(axis=1)
        return Boxes(placed.shares(answer.corners[sound]), answer.scores[sound], answer.classes[sound])
    if isinstance(answer, Points):
        sound = np.isfinite(answer.places).all(axis=1)
        return Points(placed.shares(answer.places[sound]), answer.scores[sound])
    if isinstance(answer, Planes):
        values = np.nan_to_num(answer.values, posinf=0.0, neginf=0.0)
        down, across = values.shape[1] / spec.height, values.shape[2] / spec.width
        top, left = round(placed.top * down), round(placed.left * across)
        bottom = max(top + 1, round((placed.top + placed.height) * down))
        right = max(left + 1, round((placed.left + placed.width) * across))
        return Planes(values[:, top:bottom, left:right])
    return Votes(np.nan_to_num(answer.scores))


def _planes(part: Part) -> Any:
    assert isinstance(part.answer, Planes)
    return part.answer.values


def _size(planes: Sequence[tuple[Box, Any]]) -> tuple[int, int]:
    high = max(round(plane.shape[1] / (region.bottom - region.top)) for region, plane in planes)
    wide = max(round(plane.shape[2] / (region.right - region.left)) for region, plane in planes)
    return min(high, 2048), min(wide, 2048)


def _onto(x: float, y: float, region: Box) -> tuple[float, float]:
    return (
        region.left + x * (region.right - region.left),
        region.top + y * (region.bottom - region.top),
    )


def _placed(corners: Sequence[float], region: Box) -> Box:
    (left, top), (right, bottom) = (_onto(corners[at], corners[at + 1], region) for at in (0, 2))
    return Box(left, top, right, bottom)


def _holds(box: Box, place: tuple[float, float]) -> bool:
    return box.left <= place[0] < box.right and box.top <= place[1] < box.bottom
