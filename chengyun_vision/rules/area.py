"""A share of a zone is smoke, water or debris."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np

from chengyun_vision.frames import Event, Look
from chengyun_vision.rules.base import OneSpell
from chengyun_vision.rules.params import COMMON, Flag, Number, Param
from chengyun_vision.rules.spec import Spec


class AreaFraction(OneSpell):
    """Holds while the classes cover `share` of the zone. Peak: the largest share.

    By the masks of a segmenting model. `boxes`: where there are none, by the boxes of a detector, which cover more than the
    thing itself.
    """

    kind = "area_fraction"
    wants: tuple[str, ...] = ("masks", "detections")
    params: ClassVar[Mapping[str, Param]] = {
        **COMMON,
        "share": Number(0.05, 0.0001, 1),
        "boxes": Flag(False),
        "hold_on": Number(10.0, 0, 86_400),
        "hold_off": Number(30.0, 0, 86_400),
    }

    def __init__(self, spec: Spec, new_id: Callable[[], str]) -> None:
        super().__init__(spec, new_id)
        if not spec.flag("boxes"):
            self.wants = ("masks",)

    def _see(self, look: Look) -> list[Event]:
        share = self._share(look)
        if share is None:
            return []
        return self._step(look.at, share >= self.spec.number("share"), share)

    def _share(self, look: Look) -> float | None:
        if look.masks is not None:
            masks = [mask for label, mask in look.masks.items() if label in self.spec.classes]
            if not masks:
                return 0.0
            if (
                len({mask.shape for mask in masks}) > 1
            ):  # of two models: the larger part is the least that is covered
                return max(self.spec.zone.share_covered(mask) for mask in masks)
            return self.spec.zone.share_covered(np.logical_or.reduce(masks))
        if look.detections is None:
            return None
        # By classes, score and size only: smoke has no foot that stands in a zone.
        return self.spec.zone.share_under(
            thing.box
            for thing in look.detections
            if thing.label in self.spec.classes
            and thing.score >= self.spec.number("min_score")
            and self._large(thing.box)
        )
