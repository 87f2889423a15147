"""What a rule may say. A rule is data: YAML in the district's ``rules/`` folder or the admin's editor, parsed here.

``parse(body)`` returns a ``RuleSpec`` or raises ``RuleRefused`` with one line per fault, naming the field and what to write.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from chengyun.alerts.logic.durations import parse_ms
from chengyun.alerts.logic.ladder import Ladder, Rung

Ms = Annotated[int, BeforeValidator(parse_ms)]
Level = Annotated[int, Field(ge=1, le=4)]
When = Literal["threshold", "rate", "count", "k_of_n", "total", "absence", "external"]
Grouping = Literal["root", "grid2", "grid3", "area", "upstream"]

# Suggested values: how long a reading counts as fresh where the rule does not say.
FRESH_PERIODS = 3
FRESH_MIN_MS = 30_000
ALWAYS_FRESH_MS = 2**52


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(Strict):
    zh: str = Field(min_length=1, max_length=120)
    en: str = Field(min_length=1, max_length=120)


class Select(Strict):
    """Which datastreams are judged: all conditions that are given must hold."""

    quantity: str | None = None
    streams: tuple[str, ...] = ()
    source: str | None = None
    asset_kinds: tuple[str, ...] = ()
    area: str | None = None

    @model_validator(mode="after")
    def _something(self) -> Select:
        if not (self.quantity or self.streams or self.source or self.asset_kinds or self.area):
            raise ValueError(
                "select nothing means select everything; name a quantity, streams, source, asset_kinds or area"
            )
        return self


class Over(Strict):
    """What a total or k of n is taken over: one ``area``, or ``each`` area of a kind that holds selected datastreams."""

    area: str | None = None
    each: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Over:
        if bool(self.area) == bool(self.each):
            raise ValueError("give either area (a code) or each (a kind of area)")
        return self


class Threshold(Strict):
    """One level: ``set`` raises it, ``clear`` lowers it again (default: set, moved by the hysteresis)."""

    set: float
    clear: float | None = None
    for_ms: Ms | None = Field(None, alias="for")
    keep_ms: Ms | None = Field(None, alias="keep")


class Proposal(Strict):
    """Which mode and level the rule proposes; a named person decides. ``area``: for which area (default: the alert's)."""

    mode: Literal["normal", "holiday", "major_event", "emergency"]
    level: Level | None = None
    area: str | None = None
    at_level: Level = 1


class CaseKind(Strict):
    """Which kind of case follows. ``judged``: only after a person judged the alert true."""

    kind: str
    condition: str | None = None
    judged: bool = True


class Inhibit(Strict):
    """While an alert of this rule is open, alerts that match are suppressed by it.

    ``scope``: ``everywhere``, ``area`` (in or below the alert's area), ``downstream`` (assets fed by the alert's asset).
    Alerts of level ``spare`` and more severe are never hidden (default: levels 1 and 2 stay; 0 hides every level).
    """

    labels: dict[str, str] = Field(default_factory=dict)
    rules: tuple[str, ...] = ()
    scope: Literal["everywhere", "area", "downstream"] = "area"
    spare: Annotated[int, Field(ge=0, le=4)] = 2


class RuleSpec(Strict):
    """One rule. Durations are milliseconds once parsed; levels run from 1 (most severe) to 4."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,59}$")
    name: Names
    when: When
    select: Select | None = None
    over: Over | None = None
    direction: Literal["above", "below"] = "above"
    levels: dict[Level, Threshold] = Field(min_length=1)
    hysteresis: str | float = 0
    for_ms: Ms = Field(0, alias="for")
    keep_ms: Ms = Field(0, alias="keep")
    window_ms: Ms | None = Field(None, alias="window")
    value: float | None = None
    fresh_ms: Ms | None = Field(None, alias="fresh")
    per: Literal["area_m2", "capacity", "spaces"] | None = None
    camera: bool = False
    cause: str = Field("", max_length=60)
    incident_at: Grouping = "area"
    ends: Literal["condition", "judgement"] = "condition"
    labels: dict[str, str] = Field(default_factory=dict)
    inhibits: tuple[Inhibit, ...] = ()
    proposes: Proposal | None = None
    case: CaseKind | None = None
    klass: Literal["open", "sensitive"] = "open"
    suggested: bool = True
    basis: str = ""

    @field_validator("levels", mode="before")
    @classmethod
    def _short_levels(cls, value: Any) -> Any:
        """``1: 50000`` is short for ``1: {set: 50000}``; a list names levels that have no threshold (external rules)."""
        if isinstance(value, list | tuple):
            return {level: {"set": 0} for level in value}
        if isinstance(value, Mapping):
            return {k: v if isinstance(v, Mapping) else {"set": v} for k, v in value.items()}
        return value

    @model_validator(mode="after")
    def _coherent(self) -> RuleSpec:
        need_select = self.when != "external"
        if need_select and self.select is None:
            raise ValueError(
                f"a {self.when} rule must say which datastreams it judges: select: {{quantity: ...}}"
            )
        if not need_select and self.select is not None:
            raise ValueError("an external rule is raised by its source; remove select")
        if self.when in ("total", "k_of_n") and self.over is None:
            raise ValueError(
                f"a {self.when} rule must say over what: over: {{area: CODE}} or over: {{each: KIND}}"
            )
        if self.when not in ("total", "k_of_n") and self.over is not None:
            raise ValueError("over belongs to total and k_of_n rules")
        if self.when in ("rate", "count") and not self.window_ms:
            raise ValueError(f"a {self.when} rule needs a window, such as window: 5m")
        if self.when in ("count", "k_of_n") and self.value is None:
            raise ValueError(f"a {self.when} rule needs a value that a reading must reach to be counted")
        if self.when in ("absence", "external") and (self.for_ms or self.keep_ms):
            raise ValueError(f"a {self.when} rule has no for or keep")
        if self.per and self.when not in ("threshold", "total"):
            raise ValueError(f"per: {self.per} belongs to threshold and total rules")
        if self.camera and self.case and not self.case.judged:
            raise ValueError("no case from a camera without a person's judgement: case.judged must be true")
        if self.when == "external" and self.ends == "condition" and self.camera:
            raise ValueError("an external camera alert has no condition that ends; write ends: judgement")
        if self.when != "external":
            self.ladder()
        return self

    def ladder(self, override: Mapping[str, Any] | None = None) -> Ladder:
        """The thresholds in force; ``override`` is the posture's: ``{"1": 45000}``, ``{"1": {"set":, "clear":}}`` or
        ``{"raise":, "clear":}`` for a rule of one level. Raises ValueError when they do not fit together."""
        override = {str(k): v for k, v in (override or {}).items()}
        # Of k of n the direction is the members'; more members are always worse.
        below = self.direction == "below" and self.when != "k_of_n"
        rungs: list[Rung] = []
        for level in sorted(self.levels):
            t = self.levels[level]
            put, clear = t.set, t.clear
            given = override.get(str(level))
            if given is None and len(self.levels) == 1 and "raise" in override:
                given = {"set": override["raise"], "clear": override.get("clear")}
            if isinstance(given, Mapping):
                put = put if given.get("set") is None else float(given["set"])
                clear = given.get("clear")
            elif given is not None:
                # Another threshold keeps the distance that the rule gave its own clear.
                put, clear = float(given), None if clear is None else float(given) + (clear - put)
            if clear is None:
                margin = self._margin(put)
                clear = put + margin if below else put - margin
            rungs.append(
                Rung(
                    level,
                    put,
                    float(clear),
                    self.for_ms if t.for_ms is None else t.for_ms,
                    self.keep_ms if t.keep_ms is None else t.keep_ms,
                )
            )
        return Ladder(tuple(rungs), below)

    def fresh(self, every_ms: int, late_ms: int) -> int:
        """How long (ms) a reading of a datastream with this period and lateness counts as the present.

        A period of 0 means that the device sends on change: what it said last holds until it says otherwise.
        """
        if self.fresh_ms is not None:
            return self.fresh_ms
        if every_ms == 0:
            return ALWAYS_FRESH_MS
        return max(FRESH_MIN_MS, FRESH_PERIODS * every_ms + late_ms)

    def _margin(self, put: float) -> float:
        if isinstance(self.hysteresis, str):
            text = self.hysteresis.strip()
            if not text.endswith("%"):
                raise ValueError('hysteresis is a number in the rule\'s unit, or a share such as "5%"')
            try:
                margin = abs(put) * float(text[:-1]) / 100
            except ValueError as error:
                raise ValueError(f"hysteresis {text!r} is no share; write for example 5%") from error
        else:
            margin = float(self.hysteresis)
        if margin < 0 or not math.isfinite(margin):
            raise ValueError("hysteresis cannot be negative")
        return margin


class RuleRefused(ValueError):
    """Why a rule is not valid: ``faults`` are (field, reason)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{field}: {reason}" for field, reason in faults))


def parse(body: Any) -> RuleSpec:
    """A rule from plain data. Raises RuleRefused."""
    if not isinstance(body, Mapping):
        raise RuleRefused([("-", "a rule is a mapping of fields")])
    body = dict(body)
    if body.get("when") == "absence" and isinstance(body.get("levels"), Mapping):
        body["levels"] = {k: _duration_level(v) for k, v in body["levels"].items()}
    try:
        return RuleSpec.model_validate(body)
    except ValidationError as error:
        raise RuleRefused(
            [
                (
                    ".".join(str(part) for part in item["loc"]) or "-",
                    item["msg"].removeprefix("Value error, "),
                )
                for item in error.errors(include_url=False, include_context=False, include_input=False)
            ]
        ) from error


def plain(value: Any) -> Any:
    """The same data with text for keys, as JSON has it: YAML reads ``1: 50000`` with a number for a key."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def _duration_level(value: Any) -> Any:
    """An absence level is a duration of silence; its thresholds are kept in milliseconds."""
    try:
        return {"set": parse_ms(value)}
    except ValueError:
        return value
