"""The shapes of catalogue.yaml, routing.yaml and calendar.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chengyun.cases.logic.evidence import KINDS as EVIDENCE_KINDS
from chengyun.cases.logic.guards import FILING_CHECKS
from chengyun.cases.logic.worktime import Limit

Names = tuple[str, str]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LimitModel(Strict):
    amount: float = Field(gt=0, le=400)
    unit: Literal["minute", "urgent_hour", "urgent_day", "natural_day", "work_hour", "work_day"]

    def limit(self) -> Limit:
        return Limit(self.amount, self.unit)


def _limit(value: Any) -> Any:
    """`[2, urgent_hour]` as well as the long form."""
    if isinstance(value, list) and len(value) == 2:
        return {"amount": value[0], "unit": value[1]}
    return value


class ConditionModel(Strict):
    code: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    filing: Names
    closing: Names
    limit: LimitModel
    filing_checks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    _read = field_validator("limit", mode="before")(_limit)

    @field_validator("filing_checks")
    @classmethod
    def _known_checks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _known(value, FILING_CHECKS, "filing check")

    @field_validator("evidence")
    @classmethod
    def _known_evidence(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _known(value, EVIDENCE_KINDS, "evidence kind")


def _known(value: tuple[str, ...], known: Iterable[str], what: str) -> tuple[str, ...]:
    for name in value:
        if name not in known:
            raise ValueError(f"{name!r} is not a {what}; known: {', '.join(known)}")
    return value


class KindModel(Strict):
    code: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: Names
    scheme_code: str = Field(default="", max_length=20)
    klass: Literal["open", "sensitive"] = "open"
    urgent: bool = False
    independent: bool = False
    policy: str = ""
    workflow: str = "standard"
    conditions: tuple[ConditionModel, ...] = Field(min_length=1)


class PolicyModel(Strict):
    """A named clock policy. `starts_on` says from when its clocks run; `notice_within` how long they wait for the notice."""

    starts_on: Literal["dispatch", "leader_notice"] = "dispatch"
    notice_within: LimitModel = LimitModel(amount=1, unit="minute")
    clocks: dict[str, LimitModel] = Field(min_length=1)

    _read = field_validator("notice_within", mode="before")(_limit)

    @field_validator("notice_within")
    @classmethod
    def _continuous(cls, value: LimitModel) -> LimitModel:
        if value.limit().working:
            raise ValueError("a notice is waited for in minutes, urgent hours or days")
        return value

    @field_validator("clocks", mode="before")
    @classmethod
    def _clocks(cls, value: Any) -> Any:
        return {name: _limit(limit) for name, limit in (value or {}).items()}


class PolicyRule(Strict):
    policy: str
    kinds: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()


class CatalogueModel(Strict):
    version: str = Field(max_length=40)
    valid_from: date
    scheme: str = ""
    kinds: tuple[KindModel, ...] = Field(min_length=1)
    policies: dict[str, PolicyModel] = Field(default_factory=dict)
    policy_rules: tuple[PolicyRule, ...] = ()
    stage_limits: dict[str, LimitModel] = Field(default_factory=dict)
    warn_left: float = Field(default=0.25, ge=0, lt=1)
    rungs: tuple[float, ...] = (0.0, 0.5, 1.0)
    extensions: int = Field(default=2, ge=0, le=2)
    repair_kind: str = ""

    @field_validator("stage_limits", mode="before")
    @classmethod
    def _stages(cls, value: Any) -> Any:
        return {k: _limit(v) for k, v in (value or {}).items()}

    @field_validator("rungs")
    @classmethod
    def _rungs(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or value[0] != 0 or list(value) != sorted(set(value)):
            raise ValueError("rungs start with 0 (the breach) and rise, as shares of the limit")
        return value


class RouteModel(Strict):
    """Exactly one of post, department, post_kind; `kinds` says for what ("*" for all), `area` where."""

    kinds: tuple[str, ...] = ("*",)
    area: str | None = None
    post: str | None = None
    department: str | None = None
    post_kind: str | None = None

    def target(self) -> list[str]:
        return [name for name in ("post", "department", "post_kind") if getattr(self, name)]


class RoutingModel(Strict):
    first_asked: tuple[str, ...] = ()
    designated: tuple[RouteModel, ...] = ()
    fallback: tuple[RouteModel, ...] = ()
    max_returns: int = Field(default=2, ge=1, le=9)


class CalendarModel(Strict):
    zone: str = "Asia/Shanghai"
    windows: tuple[tuple[str, str], ...] = (("08:00", "12:00"), ("14:00", "18:00"))
    days: dict[date, bool] = Field(default_factory=dict)

    @field_validator("windows")
    @classmethod
    def _windows(cls, value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        last = 0
        for opens, closes in value:
            begin, end = minutes(opens), minutes(closes)
            if not last <= begin < end <= 1440:
                raise ValueError(f"windows follow one another within a day; {opens}-{closes} does not")
            last = end
        if not value:
            raise ValueError("at least one working window is needed")
        return value


def minutes(text: str) -> int:
    """Minutes of the day of "HH:MM". Raises ValueError."""
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)
