"""Whether a face is left in any picture that would be stored: the platform's own way from clip to evidence, with a picture
of every look kept, read back from the disk and searched."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from chengyun_vision.analyse import header, items
from chengyun_vision.evidence.faces import FILE, Faces
from chengyun_vision.frames import Box, Detection, Event, Frame, Image, Look
from chengyun_vision.geometry import WHOLE
from chengyun_vision.pipeline import Pipeline
from chengyun_vision.rules import preset
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.running import Keeps, Sees, Settings

# Pixels of the stored picture, across and down: smaller faces say nothing of whose they are.
LEAST = 12
# From here on a box of the face detector is a face: below it takes folded hands and strands of hair for one too.
SCORE = 0.6
# A head's part of a person's box, and by how much it must differ from what was there (mean of 0-255), unless it was as plain
# as a wall before.
HEAD, CHANGED, PLAIN = 0.16, 4.0, 20.0


@dataclass(slots=True)
class Judged:
    """Of one clip. `stored` pictures; `none`: looks of which nothing was stored. `faces`: (second, box) of what the judge
    takes for one; `heads` that were looked at, `same` (second, box) of those that look as before."""

    stored: int = 0
    none: int = 0
    heads: int = 0
    faces: list[tuple[float, Box]] = field(default_factory=list)
    same: list[tuple[float, Box]] = field(default_factory=list)


Judge = Callable[[Image], Sequence[Box]]


def judged(
    address: str,
    models: Sequence[Sees],
    keeper: Callable[[Path], Keeps],
    judge: Judge,
    *,
    fps: float = 2.0,
    show: Callable[[float, Image], None] = lambda at, image: None,
) -> Judged:
    """`keeper`: makes what stores pictures in a folder, as a worker or `analyse --evidence` does. `judge`: boxes of faces in
    a stored picture, 0-1 of it. `show` is given each picture as it was stored."""
    found = Judged()
    with tempfile.TemporaryDirectory(prefix="chengyun-vision-masking-") as scratch:
        keeps = _Reads(keeper(Path(scratch)), Path(scratch), judge, show, found)
        spec = replace(preset.spec_of(preset.named("occupancy"), where="masking"), zone=WHOLE)
        pipeline = Pipeline(
            _Each([spec], str),
            models=models,
            settings=Settings(fps=fps, mode="full", gated=False),
            keep=keeps,
        )
        clip = header(address)
        for item in items(clip, address):
            pipeline.feed(item)
        pipeline.finish()
    return found


def with_faces(weights: Path) -> Judge:
    """The face detector of the masking on the whole of what was stored, at its own size and enlarged to twice that."""
    faces = Faces((weights / FILE).read_bytes(), score=SCORE)
    return lambda image: faces.find(image, [image.shape[1], 2 * image.shape[1]])


class _Each(Ruleset):
    """Says at each look that something has begun, so that a picture of it is kept."""

    def step(self, look: Look) -> list[Event]:
        super().step(look)
        if not look.width:
            return []
        spec = self.rules[0].spec
        return [Event(f"{look.at:.3f}", spec.code, spec.primitive, spec.place, "new", look.at, None, 1.0)]


class _Reads:
    """Hands everything on to what stores pictures, and looks at what it stored."""

    def __init__(
        self, keeper: Keeps, folder: Path, judge: Judge, show: Callable[[float, Image], None], found: Judged
    ) -> None:
        self._keeper, self._folder, self._judge, self._show = keeper, folder, judge, show
        self._found = found

    def note(self, look: Look) -> None:
        self._keeper.note(look)

    def keep(self, event: Event, frame: Frame, look: Look) -> tuple[str, ...]:
        kept = self._keeper.keep(event, frame, look)
        self._found.none += not kept
        for name in kept:
            image = cv2.imread(str(self._folder / name), cv2.IMREAD_COLOR)
            assert image is not None, f"{name} was said to be stored"
            stored = np.asarray(image, np.uint8)
            self._show(frame.at, stored)
            self._read(frame, look, stored)
            (self._folder / name).unlink()
        return kept

    def _read(self, frame: Frame, look: Look, stored: Image) -> None:
        found = self._found
        found.stored += 1
        height, width = stored.shape[:2]
        for box in self._judge(stored):
            if min((box.right - box.left) * width, (box.bottom - box.top) * height) >= LEAST:
                found.faces.append((frame.at, box))
        raw = frame.bgr()
        if raw.shape != stored.shape:
            raw = np.asarray(cv2.resize(raw, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        for head in _heads(look.detections or ()):
            found.heads += 1
            before, after = _part(raw, head), _part(stored, head)
            if before.size and before.std() > PLAIN and np.abs(before - after).mean() <= CHANGED:
                found.same.append((frame.at, head))


def _heads(things: Sequence[Detection]) -> Iterator[Box]:
    for thing in things:
        if thing.label == "person":
            box = thing.box
            yield Box(box.left, box.top, box.right, box.top + HEAD * (box.bottom - box.top))


def _part(image: Image, box: Box) -> Any:
    height, width = image.shape[:2]
    left, top = max(0, int(box.left * width)), max(0, int(box.top * height))
    right, bottom = int(np.ceil(box.right * width)), int(np.ceil(box.bottom * height))
    return image[top : max(top + 1, bottom), left : max(left + 1, right)].astype(np.int16)
