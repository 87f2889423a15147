"""From the text of a posture policy to the policy, or to what is wrong with it, by line and field.

The district folder and the admin's editor go through the same `parse`, so that neither takes what the other refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import yaml
from pydantic import ValidationError

from chengyun.posture import logic
from chengyun.posture.document import AreaModeRow, LayerRow, ModeRow, PostureData


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and where: the line (from 1), the place within the document, the field, the reason."""

    line: int
    place: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line} {self.place}: {self.field}: {self.reason}"


# Where in the document (keys and positions, the field last), and what is wrong there.
_Found = tuple[tuple[Any, ...], str]

# Suggested value: many times what a district can mean.
MAX_CHARACTERS = 400_000


def parse(
    text: str, *, posts: Collection[str] | None, areas: Collection[str] | None
) -> tuple[PostureData | None, list[Fault]]:
    """The policy that a text states, and its faults; without a policy there is at least one fault.

    `posts` and `areas` are the codes that exist; None: not known, so that what the text names is not looked up.
    """
    if len(text) > MAX_CHARACTERS:
        return None, [Fault(1, "-", "-", f"longer than {MAX_CHARACTERS} characters")]
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or type(error).__name__
        return None, [Fault(mark.line + 1 if mark else 1, "-", "-", f"is not YAML: {why}")]
    found = list(_twice(root, ()))
    data = None
    try:
        data = PostureData.model_validate(value)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False):
            found.append((item["loc"], f"{item['msg']} (got {_short(item.get('input'))})"))
    except RecursionError:
        found.append(((), "is nested too deeply"))
    if data is not None:
        found += [*_modes(data), *_positions(data), *_authority(data), *_named(data, posts, areas)]
    return data, [_fault(root, path, reason) for path, reason in found]


def _fault(root: yaml.Node | None, path: tuple[Any, ...], reason: str) -> Fault:
    place = ""
    for part in path[:-1]:
        place += f"[{part}]" if isinstance(part, int) and place == "authority" else f".{part}"
        place = place.removeprefix(".")
    return Fault(_line(root, path), place or "-", str(path[-1]) if path else "-", reason)


def _line(node: yaml.Node | None, path: tuple[Any, ...]) -> int:
    """The line of the deepest part of the path that the text has."""
    line = 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _twice(node: yaml.Node | None, path: tuple[Any, ...]) -> Iterator[_Found]:
    """Keys that stand twice: YAML would quietly take the last."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            below = (*path, str(key.value))
            if below in seen:
                yield below, f"stands twice; the second is in line {key.start_mark.line + 1}"
            seen.add(below)
            yield from _twice(value, below)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _modes(data: PostureData) -> Iterator[_Found]:
    for mode in logic.MODES:
        if mode not in data.modes:
            yield ("modes", mode), "the mode is missing; all four have to be described"
    for mode, row in data.modes.items():
        if row.levels and row.level == "none":
            yield ("modes", mode, "levels"), "the mode carries no level, so these would never apply"
    if "normal" in data.modes and data.modes["normal"].level != "none":
        yield ("modes", "normal", "level"), "normal mode has no level"
    if "emergency" in data.modes and data.modes["emergency"].level != "required":
        yield ("modes", "emergency", "level"), "an emergency always has a level: required"
    for code, modes in data.areas.items():
        for mode, part in modes.items():
            if part.levels and mode in data.modes and data.modes[mode].level == "none":
                yield (
                    ("areas", code, mode, "levels"),
                    "the mode carries no level, so these would never apply",
                )
    missing = "say after how many minutes nobody having decided alarms"
    steps: list[Any] = [*logic.LEVELS, "none"]
    for step in steps:
        if step not in data.waits.undecided:
            yield ("waits", "undecided", str(step)), missing
    for colour in ("red", "orange", "yellow", "blue"):
        if colour not in data.waits.warning:
            yield ("waits", "warning", colour), missing


def _positions(data: PostureData) -> Iterator[_Found]:
    """Where staff are is no matter of every day (国办函〔2026〕12号), and is never kept without an end."""
    for place, layer in _layers(data):
        mode = place[1] if place[0] == "modes" else place[2]
        if layer.positions.allowed and mode == "normal":
            yield (*place, "positions", "allowed"), "normal mode allows no positions of staff"
        if layer.positions.allowed and layer.positions.keep_minutes is None:
            yield (*place, "positions", "keep_minutes"), "say for how many minutes a position is kept"


def _authority(data: PostureData) -> Iterator[_Found]:
    seen: set[tuple[str, int | None]] = set()
    for number, row in enumerate(data.authority):
        if row.echelon not in data.echelons:
            yield ("authority", number, "echelon"), f"{row.echelon} is not among the echelons"
        listed: list[int | None] = [*row.levels] or [None]
        for level in listed:
            if (row.mode, level) in seen:
                yield (
                    ("authority", number, "mode"),
                    f"{row.mode} {level or 'without level'} stands in the table twice",
                )
            seen.add((row.mode, level))
    for mode, spec in data.modes.items():
        if mode == "normal":
            continue
        wanted: list[int | None] = [] if spec.level == "required" else [None]
        wanted += [] if spec.level == "none" else list(logic.LEVELS)
        for level in wanted:
            if (mode, level) not in seen:
                yield (
                    ("authority", mode),
                    f"nobody may declare {mode} {level or 'without level'}; add a row",
                )


def _layers(data: PostureData) -> Iterator[tuple[tuple[Any, ...], LayerRow]]:
    """Every layer with its place."""
    rows: list[tuple[tuple[Any, ...], ModeRow | AreaModeRow]] = [
        (("modes", mode), row) for mode, row in data.modes.items()
    ]
    rows += [
        (("areas", code, mode), part) for code, modes in data.areas.items() for mode, part in modes.items()
    ]
    for place, row in rows:
        yield (*place, "policy"), row.policy
        for level, layer in row.levels.items():
            yield (*place, "levels", level), layer


def _named(
    data: PostureData, posts: Collection[str] | None, areas: Collection[str] | None
) -> Iterator[_Found]:
    """What is named has to exist; a pattern of posts has to match at least one."""
    if areas is not None:
        for code in data.areas:
            if code not in areas:
                yield ("areas", code), f"there is no area {code}"
    if posts is None:
        return
    named: list[tuple[tuple[Any, ...], str]] = []
    for number, row in enumerate(data.authority):
        named += [(("authority", number, "posts"), code) for code in row.posts]
    named += [(("echelons", name, "post"), row.post) for name, row in data.echelons.items() if row.post]
    for place, layer in _layers(data):
        named += [((*place, "posts", code), code) for code in layer.posts]
        for kind, route in layer.routes.items():
            codes = [*([route.post] if route.post else []), *route.copy_to]
            named += [((*place, "routes", kind), code) for code in codes]
    for path, code in named:
        if not any(fnmatchcase(post, code) for post in posts):
            yield path, f"there is no post {code}"
