"""What a posture policy, `posture.yaml`, may say: its fields and their bounds. `reading` says what is wrong with one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

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


class PositionTerms(_Part):
    """Whether those on duty may send where they are, and for how many minutes the latest place is then kept.

    The upper bound is suggested (建议值): for longer it would be a record of where somebody was.
    """

    allowed: bool | None = None
    keep_minutes: int | None = Field(default=None, ge=1, le=60)


class LayerRow(_Part):
    """One layer. Keys of thresholds are rule codes, of clocks and routes case kinds or `*`, of posts codes or patterns."""

    thresholds: dict[str, dict[LevelId, float | Bounds]] = {}
    clocks: dict[str, ClockTerms] = {}
    routes: dict[str, RouteTerms] = {}
    posts: dict[str, PostTerms] = {}
    patrol: PatrolTerms = PatrolTerms()
    positions: PositionTerms = PositionTerms()
    map: dict[str, str] = {}


class ModeRow(_Part):
    """`level`: whether a declaration of the mode must, may or must not carry a level."""

    name: tuple[str, str]
    level: Literal["none", "optional", "required"] = "none"
    policy: LayerRow = LayerRow()
    levels: dict[LevelId, LayerRow] = {}


class AreaModeRow(_Part):
    """What a part of the district states for one mode."""

    policy: LayerRow = LayerRow()
    levels: dict[LevelId, LayerRow] = {}


class CellRow(_Part):
    """Who may declare. `levels` left out: the mode without a level.

    `approval`: for how many minutes after a leader spoke the duty officer may declare on it; then it has lapsed.
    """

    mode: ModeId
    levels: list[LevelId] = []
    who: list[str] = Field(min_length=1)
    posts: list[str] = []
    echelon: str
    approval: Minutes


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
    """The whole document. Its text, with the comments that say where a figure comes from, is kept beside it."""

    modes: dict[ModeId, ModeRow]
    areas: dict[str, dict[ModeId, AreaModeRow]] = {}
    authority: list[CellRow]
    echelons: dict[str, EchelonRow]
    waits: Waits
    measures: dict[str, tuple[str, str]] = {}

    def body(self) -> dict[str, Any]:
        """Plain JSON data: what is stored, hashed and merged."""
        value: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return value
