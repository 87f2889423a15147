"""The eight, by name."""

from __future__ import annotations

from collections.abc import Mapping

from chengyun_vision.rules.area import AreaFraction
from chengyun_vision.rules.base import Rule
from chengyun_vision.rules.crossing import LineCrossing
from chengyun_vision.rules.density import Density
from chengyun_vision.rules.dwell import Dwell
from chengyun_vision.rules.health import CameraHealth
from chengyun_vision.rules.left import LeftObject
from chengyun_vision.rules.occupancy import Occupancy
from chengyun_vision.rules.vote import LabelVote

PRIMITIVES: Mapping[str, type[Rule]] = {
    rule.kind: rule
    for rule in (Occupancy, Density, LineCrossing, Dwell, LeftObject, AreaFraction, LabelVote, CameraHealth)
}
