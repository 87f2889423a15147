"""Which mode and level rule an area when several are in force at once.

A declaration covers its area and everything below it. The modes are ordered: emergency before major event before
holiday before normal. Level I is the highest. Nothing here is a matter of who came last: an emergency declared before
a holiday still rules while it lasts, and the holiday shows again when it ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

NORMAL = "normal"
# Weakest first, so that layers apply in this order and the index is the rank.
MODES: tuple[str, ...] = (NORMAL, "holiday", "major_event", "emergency")
LEVELS: tuple[int, ...] = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Standing:
    """One declaration in force: `area` is a path, `level` 1-4 or None, `incident` the reference it was declared for."""

    area: str
    mode: str
    level: int | None
    since: datetime
    declaration: int = 0
    entry: int | None = None
    incident: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The posture of one area; `ruling` is the declaration that decides it, None in plain normal mode."""

    mode: str
    level: int | None
    ruling: Standing | None


def higher(a: int | None, b: int | None) -> bool:
    """Whether level `a` is strictly higher (more serious) than `b`; no level is the lowest."""
    return a is not None and (b is None or a < b)


def _seriousness(standing: Standing) -> tuple[int, int, datetime, int]:
    level = standing.level if standing.level is not None else 5
    return (-MODES.index(standing.mode), level, standing.since, standing.declaration)


def covering(path: str, standings: Iterable[Standing]) -> list[Standing]:
    """Declarations whose area contains `path`, most serious first."""
    return sorted((s for s in standings if path.startswith(s.area)), key=_seriousness)


def resolve(path: str, standings: Iterable[Standing]) -> Resolved:
    """Mode by precedence, then the highest level open in that mode."""
    found = covering(path, standings)
    if not found:
        return Resolved(NORMAL, None, None)
    return Resolved(found[0].mode, found[0].level, found[0])


def highest_inside(path: str, standings: Sequence[Standing]) -> Standing | None:
    """The most serious levelled declaration that touches the area: on it, above it, or in a part of it.

    For overviews only. Policy follows `resolve`: whoever declares for one square must not re-bind the clocks of the
    whole district, which he has no authority over.
    """
    touching = [
        s for s in standings if s.level is not None and (path.startswith(s.area) or s.area.startswith(path))
    ]
    return min(touching, key=lambda s: (s.level or 5, *_seriousness(s)), default=None)
