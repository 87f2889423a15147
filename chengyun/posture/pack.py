"""Reads `posture.yaml` of a district folder: the authority table, the waits, and what each mode and level changes."""

from __future__ import annotations

import csv
import io
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chengyun.kernel.packs import Pack
from chengyun.posture import logic

FILE = "posture.yaml"

ModeId = Literal["normal", "holiday", "major_event", "emergency"]
LevelId = Annotated[int, Field(ge=1, le=4)]
Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Bounds(_Part):
    """A threshold for one level. A plain number instead keeps the distance at which the rule itself clears."""

    set: float | None = None
    clear: float | None = None


class ClockTerms(_Part):
    """What becomes of a case clock: `factor` of its own limit, or a fixed number of minutes."""

    factor: float | None = Field(default=None, gt=0, le=10)
    minutes: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one(self) -> ClockTerms:
        if (self.factor is None) == (self.minutes is None):
            raise ValueError("say either factor or minutes")
        return self


class RouteTerms(_Part):
    """Where cases of a kind go, and which posts are told beside."""

    post: str | None = None
    department: str | None = None
    copy_to: list[str] = Field(default=[], alias="copy")


class PostTerms(_Part):
    manned: bool = True
    shift: Literal["normal", "staggered"] | None = None


class PatrolTerms(_Part):
    every_minutes: int | None = Field(default=None, ge=1)


class LayerRow(_Part):
    """One layer. Keys of thresholds are rule codes, of clocks and routes case kinds or `*`, of posts codes or patterns."""

    thresholds: dict[str, dict[LevelId, float | Bounds]] = {}
    clocks: dict[str, ClockTerms] = {}
    routes: dict[str, RouteTerms] = {}
    posts: dict[str, PostTerms] = {}
    patrol: PatrolTerms = PatrolTerms()
    map: dict[str, str] = {}


class ModeRow(_Part):
    """`level`: whether a declaration of the mode must, may or must not carry a level."""

    name: tuple[str, str]
    level: Literal["none", "optional", "required"] = "none"
    policy: LayerRow = LayerRow()
    levels: dict[LevelId, LayerRow] = {}


class CellRow(_Part):
    """Who may declare. `levels` left out: the mode without a level."""

    mode: ModeId
    levels: list[LevelId] = []
    who: list[str] = Field(min_length=1)
    posts: list[str] = []
    echelon: str


class EchelonRow(_Part):
    """A rung of the command ladder; `post` is its desk here, if it has one."""

    name: tuple[str, str]
    post: str | None = None


class Waits(_Part):
    """How long a decision may take before somebody is alarmed. All in minutes."""

    undecided: dict[LevelId | Literal["none"], Minutes]
    repeats: int = Field(ge=0, le=20)
    countersign: Minutes
    warning: dict[Literal["red", "orange", "yellow", "blue"], Minutes]


class PostureData(_Part):
    modes: dict[ModeId, ModeRow]
    authority: list[CellRow]
    echelons: dict[str, EchelonRow]
    waits: Waits
    measures: dict[str, tuple[str, str]] = {}

    def body(self) -> dict[str, Any]:
        """Plain JSON data: what is stored, hashed and merged."""
        value: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return value


def read(pack: Pack) -> PostureData | None:
    """The district's posture policy, or None (with the problems in the pack)."""
    data = pack.yaml(FILE, PostureData, required=True)
    if data is None:
        return None
    _check_modes(pack, data)
    _check_authority(pack, data)
    _check_posts(pack, data)
    return data


def _check_modes(pack: Pack, data: PostureData) -> None:
    for mode in logic.MODES:
        if mode not in data.modes:
            pack.problem(FILE, "modes", mode, "the mode is missing; all four have to be described")
    for mode, row in data.modes.items():
        if row.levels and row.level == "none":
            pack.problem(
                FILE, f"modes.{mode}", "levels", "the mode carries no level, so these would never apply"
            )
    if "normal" in data.modes and data.modes["normal"].level != "none":
        pack.problem(FILE, "modes.normal", "level", "normal mode has no level")
    if "emergency" in data.modes and data.modes["emergency"].level != "required":
        pack.problem(FILE, "modes.emergency", "level", "an emergency always has a level: required")
    steps: list[Any] = [*logic.LEVELS, "none"]
    for step in steps:
        if step not in data.waits.undecided:
            pack.problem(
                FILE, "waits.undecided", str(step), "say after how many minutes nobody having decided alarms"
            )
    for colour in ("red", "orange", "yellow", "blue"):
        if colour not in data.waits.warning:
            pack.problem(
                FILE, "waits.warning", colour, "say after how many minutes nobody having decided alarms"
            )


def _check_authority(pack: Pack, data: PostureData) -> None:
    seen: set[tuple[str, int | None]] = set()
    for number, row in enumerate(data.authority):
        where = f"authority[{number}]"
        if row.echelon not in data.echelons:
            pack.problem(FILE, where, "echelon", f"{row.echelon} is not among the echelons")
        listed: list[int | None] = [*row.levels] or [None]
        for level in listed:
            if (row.mode, level) in seen:
                pack.problem(
                    FILE, where, "mode", f"{row.mode} {level or 'without level'} stands in the table twice"
                )
            seen.add((row.mode, level))
    for mode, spec in data.modes.items():
        if mode == "normal":
            continue
        wanted: list[int | None] = [] if spec.level == "required" else [None]
        wanted += [] if spec.level == "none" else list(logic.LEVELS)
        for level in wanted:
            if (mode, level) not in seen:
                pack.problem(
                    FILE,
                    "authority",
                    mode,
                    f"nobody may declare {mode} {level or 'without level'}; add a row",
                )


def _check_posts(pack: Pack, data: PostureData) -> None:
    """Posts that are named have to exist in posts.csv; a pattern has to match at least one."""
    text = pack.text("posts.csv")
    if text is None:
        return
    known = {row.get("code") or "" for row in csv.DictReader(io.StringIO(text, newline=""))}

    def check(where: str, field: str, code: str) -> None:
        if not any(fnmatchcase(post, code) for post in known):
            pack.problem(FILE, where, field, f"no post {code} in posts.csv")

    for number, row in enumerate(data.authority):
        for code in row.posts:
            check(f"authority[{number}]", "posts", code)
    for name, echelon in data.echelons.items():
        if echelon.post:
            check(f"echelons.{name}", "post", echelon.post)
    for mode, spec in data.modes.items():
        for name, layer in [
            ("policy", spec.policy),
            *((f"levels.{n}", row) for n, row in spec.levels.items()),
        ]:
            for code in layer.posts:
                check(f"modes.{mode}.{name}", "posts", code)
            for kind, route in layer.routes.items():
                for code in [*([route.post] if route.post else []), *route.copy_to]:
                    check(f"modes.{mode}.{name}", f"routes.{kind}", code)
