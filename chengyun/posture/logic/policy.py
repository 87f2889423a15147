"""What a posture changes, as layers of plain data, and the difference that declaring another would make.

Layers are applied weakest first: normal, then each mode in force by precedence, and within a mode the levels from IV
up to the one in force. So level I includes what II, III and IV state, unless it states otherwise, and an emergency
keeps the holiday's posts while it overrides the holiday's thresholds. Each leaf remembers the layer it came from.

A part of the district (a grid, a ring) may have layers of its own. For the same mode and level they come after the
district's, the most specific last; between modes the mode still decides, so that what a square states for every day
does not hold against an emergency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from chengyun.posture.logic.precedence import MODES, NORMAL, Resolved, Standing, covering, higher, resolve

# What a layer may speak of. Rules read thresholds, cases read clocks and routes, people read posts, patrols and positions.
SECTIONS: tuple[str, ...] = ("thresholds", "clocks", "routes", "posts", "patrol", "positions", "map")

Body = Mapping[str, Mapping[str, Any]]


Bodies = Mapping[tuple[str, int | None], Body]


@dataclass(frozen=True, slots=True)
class AreaLayers:
    """What one part of the district states for itself. `covers` are the paths it stands for: its own, and for a ring
    those of the grids in it. `rank` orders parts that cover the same place: the more specific, the higher."""

    code: str
    covers: tuple[str, ...]
    rank: tuple[int, ...]
    bodies: Bodies

    def over(self, path: str) -> bool:
        return path.startswith(self.covers)


@dataclass(frozen=True, slots=True)
class Layers:
    """The policy of a district: (mode, level or None) -> section -> entries; and the parts that differ."""

    bodies: Bodies
    digest: str = ""
    areas: tuple[AreaLayers, ...] = ()


@dataclass(frozen=True, slots=True)
class Overrides:
    """The policy in force for one area. Maps are flat: `thresholds["crowd-total"]["1"]`, `posts["FP-*"]["manned"]`."""

    mode: str
    level: int | None
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    clocks: Mapping[str, Any] = field(default_factory=dict)
    routes: Mapping[str, Any] = field(default_factory=dict)
    posts: Mapping[str, Any] = field(default_factory=dict)
    patrol: Mapping[str, Any] = field(default_factory=dict)
    positions: Mapping[str, Any] = field(default_factory=dict)
    map: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    policy: str = ""

    def section(self, name: str) -> Mapping[str, Any]:
        result: Mapping[str, Any] = getattr(self, name)
        return result

    def manned(self, post: str) -> bool:
        """Whether the policy wants this post manned. An exact code beats a pattern, a later pattern an earlier one."""
        exact = self.posts.get(post)
        if exact is not None:
            return bool(exact.get("manned", True))
        wanted = False
        for pattern, terms in self.posts.items():
            if fnmatchcase(post, pattern):
                wanted = bool(terms.get("manned", True))
        return wanted

    def clock(self, *kinds: str) -> Mapping[str, Any]:
        """Clock terms for the first of `kinds` that has any, else those of `*`, else none."""
        for kind in (*kinds, "*"):
            if kind in self.clocks:
                terms: Mapping[str, Any] = self.clocks[kind]
                return terms
        return {}


@dataclass(frozen=True, slots=True)
class Difference:
    """One leaf that would change: `key` such as "thresholds.crowd-total.1"; None means not stated."""

    key: str
    before: Any
    after: Any
    source: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What one layer says on a leaf. `area` is "" for the district's own layer; `declaration` is what brought the mode
    into force (None: normal); `applies`: no stronger layer says otherwise."""

    key: str
    value: Any
    source: str
    mode: str
    level: int | None
    area: str
    declaration: int | None
    applies: bool


def _names(path: str, standings: Iterable[Standing]) -> list[tuple[str, int | None]]:
    """Layers that apply to the area, weakest first."""
    levels: dict[str, int | None] = {NORMAL: None}
    for standing in covering(path, standings):
        best = levels.get(standing.mode)
        levels[standing.mode] = standing.level if higher(standing.level, best) else best
    names: list[tuple[str, int | None]] = []
    for mode in MODES:
        if mode not in levels:
            continue
        names.append((mode, None))
        top = levels[mode]
        if top is not None:
            names.extend((mode, level) for level in range(4, top - 1, -1))
    return names


def _merge(
    into: dict[str, Any], new: Mapping[str, Any], prefix: str, source: str, sources: dict[str, str]
) -> None:
    for key, value in new.items():
        dotted = f"{prefix}.{key}"
        if isinstance(value, Mapping):
            below = into.get(key)
            if not isinstance(below, dict):
                below = into[key] = {}
                sources.pop(dotted, None)
            _merge(below, value, dotted, source, sources)
        else:
            if isinstance(into.get(key), dict):
                for stale in [s for s in sources if s.startswith(dotted + ".")]:
                    del sources[stale]
            into[key] = value
            sources[dotted] = source


def layer_name(mode: str, level: int | None, area: str = "") -> str:
    """As it stands in `sources`: "emergency/1", or "emergency/1@ring-core" for what a part states."""
    return (mode if level is None else f"{mode}/{level}") + (f"@{area}" if area else "")


def _applied(
    layers: Layers, path: str, standings: Iterable[Standing]
) -> Iterator[tuple[str, int | None, str, Body]]:
    """(mode, level, area code or "", body) of every layer that speaks here, weakest first."""
    parts = sorted((part for part in layers.areas if part.over(path)), key=lambda part: part.rank)
    for mode, level in _names(path, standings):
        for area, bodies in (("", layers.bodies), *((part.code, part.bodies) for part in parts)):
            if (mode, level) in bodies:
                yield mode, level, area, bodies[mode, level]


def effective(layers: Layers, path: str, standings: Iterable[Standing]) -> Overrides:
    """The policy in force at an area path, given what is declared anywhere."""
    standings = list(standings)
    resolved: Resolved = resolve(path, standings)
    merged: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    sources: dict[str, str] = {}
    for mode, level, area, body in _applied(layers, path, standings):
        for section in SECTIONS:
            _merge(merged[section], body.get(section, {}), section, layer_name(mode, level, area), sources)
    return Overrides(resolved.mode, resolved.level, **merged, sources=sources, policy=layers.digest)


def explain(layers: Layers, path: str, standings: Iterable[Standing], key: str) -> list[Stated]:
    """Why a value is what it is at a place: all that is said on `key` or below it there, weakest layer first."""
    standings = list(standings)
    sources = effective(layers, path, standings).sources
    by: dict[str, int] = {}
    for standing in covering(path, standings):
        by.setdefault(standing.mode, standing.declaration)
    found = []
    for mode, level, area, body in _applied(layers, path, standings):
        source = layer_name(mode, level, area)
        for section in SECTIONS:
            for leaf, value in leaves_of(body.get(section, {}), section).items():
                if leaf == key or leaf.startswith(key + "."):
                    applies = sources.get(leaf) == source
                    found.append(Stated(leaf, value, source, mode, level, area, by.get(mode), applies))
    return found


def leaves_of(value: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Dotted key -> value of everything a section states."""
    found: dict[str, Any] = {}
    for key, below in value.items():
        if isinstance(below, Mapping):
            found.update(leaves_of(below, f"{prefix}.{key}"))
        else:
            found[f"{prefix}.{key}"] = below
    return found


def differences(before: Overrides, after: Overrides) -> list[Difference]:
    """Leaves that differ, in the order of their keys; mode and level come first."""
    found = [
        Difference(name, getattr(before, name), getattr(after, name), "")
        for name in ("mode", "level")
        if getattr(before, name) != getattr(after, name)
    ]
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for section in SECTIONS:
        old.update(leaves_of(before.section(section), section))
        new.update(leaves_of(after.section(section), section))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            source = after.sources.get(key) or before.sources.get(key, "")
            found.append(Difference(key, old.get(key), new.get(key), source))
    return found


def imagined(standings: Iterable[Standing], like: Standing) -> list[Standing]:
    """What would stand if `like` were declared: it takes the place of one for the same area, mode and incident."""
    same = (like.area, like.mode, like.incident)
    return [*(s for s in standings if (s.area, s.mode, s.incident) != same), like]


def preview(layers: Layers, path: str, standings: Iterable[Standing], like: Standing) -> list[Difference]:
    """What declaring `like` would change at a path, besides what is in force already. Policy does not look at its time."""
    standings = list(standings)
    return differences(effective(layers, path, standings), effective(layers, path, imagined(standings, like)))
