"""What is kept as evidence of an event, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from chengyun_vision.frames import State
from chengyun_vision.problem import Problem

FILE = Path(__file__).with_name("retention.yaml")

# A rule says one of these. `new`: one picture of the beginning; `new_and_end`: also one of the end; `sequence`: also one
# each time that the peak grew, a few in all. A picture is always a masked one.
Keep = Literal["none", "new", "new_and_end", "sequence"]
STATES: dict[Keep, frozenset[State]] = {
    "none": frozenset(),
    "new": frozenset({"new"}),
    "new_and_end": frozenset({"new", "end"}),
    "sequence": frozenset({"new", "update", "end"}),
}
MOST = 8  # pictures of one event's sequence before its end; suggested (建议值)


def wanted(keep: Keep, state: State, kept: int) -> bool:
    """Whether a picture belongs to this word of an event, of which `kept` were kept so far."""
    return state in STATES[keep] and (state == "end" or kept < MOST)


@dataclass(frozen=True, slots=True)
class Retention:
    """Days. `floor` <= `default` <= `ceiling`."""

    floor: int
    default: int
    ceiling: int

    def days(self, asked: int | None = None) -> int:
        """How long a picture is kept when a rule asks for so many days: never below the floor or above the ceiling."""
        return self.default if asked is None else min(self.ceiling, max(self.floor, asked))


@cache
def classes(file: Path = FILE) -> dict[str, Retention]:
    """All classes of cameras. Raises `Problem` for a file that does not say what it must."""
    try:
        rows = yaml.safe_load(file.read_text("utf-8"))["classes"]
        found = {
            str(code): Retention(int(row["floor"]), int(row["default"]), int(row["ceiling"]))
            for code, row in rows.items()
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Problem(
            "保存期限表不完整。", f"the retention table is not complete ({error}).", where=str(file)
        ) from error
    for code, kept in found.items():
        if not 0 <= kept.floor <= kept.default <= kept.ceiling:
            raise Problem(
                "须 0 ≤ floor ≤ default ≤ ceiling。",
                "must have 0 <= floor <= default <= ceiling.",
                where=f"{file}: {code}",
            )
    return found


def retention(camera_class: str, file: Path = FILE) -> Retention:
    """Of a class of cameras. Raises `Problem` for one that is not listed: what is not classed is not kept."""
    known = classes(file)
    if camera_class not in known:
        raise Problem(
            f"未知摄像机类别 {camera_class!r}，不保存证据。",
            f"class of camera {camera_class!r} is not known: no evidence is kept.",
            hint_zh=f"已知：{'、'.join(known)}。", hint_en=f"Known: {', '.join(known)}.",
        )  # fmt: skip
    return known[camera_class]
