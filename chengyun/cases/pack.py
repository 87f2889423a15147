"""Reads catalogue.yaml, routing.yaml and calendar.yaml of a district folder. Validates only; actions load them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from chengyun.cases.logic import definition
from chengyun.cases.logic.catalogue import out_of_scope
from chengyun.cases.logic.evidence import KINDS as EVIDENCE_KINDS
from chengyun.cases.logic.guards import FILING_CHECKS
from chengyun.cases.logic.worktime import Limit
from chengyun.kernel.canonical import digest
from chengyun.kernel.packs import Pack

CATALOGUE, ROUTING, CALENDAR = "catalogue.yaml", "routing.yaml", "calendar.yaml"
WORKFLOWS = Path(__file__).with_name("workflows")

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


@dataclass(frozen=True, slots=True)
class CasesData:
    """All of it; `digest` tells one state of the files from another."""

    catalogue: CatalogueModel
    routing: RoutingModel
    calendar: CalendarModel
    workflows: dict[str, dict[str, Any]]
    digest: str


@cache
def shipped_workflows() -> dict[str, dict[str, Any]]:
    """The workflows that come with the package. Raises WorkflowFault for a faulty one."""
    found = {}
    for path in sorted(WORKFLOWS.glob("*.yaml")):
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[definition.parse(body, file=path.name).code] = body
    return found


def read(pack: Pack) -> CasesData | None:
    """None where the folder has no catalogue."""
    catalogue = pack.yaml(CATALOGUE, CatalogueModel)
    routing = pack.yaml(ROUTING, RoutingModel) or RoutingModel()
    calendar = pack.yaml(CALENDAR, CalendarModel) or CalendarModel()
    flows = dict(shipped_workflows())
    for name in pack.names("workflows/*.yaml"):
        flow = _workflow(pack, name)
        if flow is not None:
            flows[flow[0]] = flow[1]
    if catalogue is None:
        return None
    _check_kinds(pack, catalogue, flows)
    _check_routing(pack, catalogue, routing)
    content = [m.model_dump(mode="json") for m in (catalogue, routing, calendar)]
    return CasesData(catalogue, routing, calendar, flows, digest(content))


def _workflow(pack: Pack, name: str) -> tuple[str, dict[str, Any]] | None:
    try:
        body = yaml.safe_load(pack.text(name) or "")
        return definition.parse(body, file=name).code, body
    except definition.WorkflowFault as error:
        for line in str(error).splitlines():
            file, place, reason = (*line.split(": ", 2), "")[:3]
            pack.problem(file, place, place.split(" ")[0], reason)
    except (yaml.YAMLError, AttributeError, TypeError, KeyError, ValueError) as error:
        pack.problem(name, "-", "-", f"is not a workflow: {type(error).__name__}")
    return None


def _check_kinds(pack: Pack, catalogue: CatalogueModel, flows: dict[str, dict[str, Any]]) -> None:
    seen: set[str] = set()
    for kind in catalogue.kinds:
        if kind.code in seen:
            pack.problem(CATALOGUE, kind.code, "code", "is there twice")
        seen.add(kind.code)
        word = out_of_scope(kind.code, *kind.name)
        if word:
            pack.problem(
                CATALOGUE,
                kind.code,
                "name",
                f"{word!r} is out of scope: cases govern places, things and safety",
            )
        if kind.workflow not in flows:
            pack.problem(
                CATALOGUE, kind.code, "workflow", f"{kind.workflow} is not one of {', '.join(flows)}"
            )
        if kind.policy and kind.policy not in catalogue.policies:
            pack.problem(CATALOGUE, kind.code, "policy", f"{kind.policy} is not under policies")
        codes = [condition.code for condition in kind.conditions]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            pack.problem(CATALOGUE, kind.code, "conditions", f"{code} is there twice")
        for condition in kind.conditions:
            word = out_of_scope(condition.code, *condition.filing)
            if word:
                pack.problem(
                    CATALOGUE, f"{kind.code}/{condition.code}", "filing", f"{word!r} is out of scope"
                )
    clocks = {name for body in flows.values() for name in body.get("clocks", {})}
    for name in catalogue.stage_limits:
        if name not in clocks:
            pack.problem(
                CATALOGUE,
                "stage_limits",
                name,
                f"no workflow has this clock; known: {', '.join(sorted(clocks))}",
            )
    areas = _codes(pack, "areas")
    for rule in catalogue.policy_rules:
        if rule.policy not in catalogue.policies:
            pack.problem(CATALOGUE, "policy_rules", "policy", f"{rule.policy} is not under policies")
        for code in rule.areas:
            if areas and code not in areas:
                pack.problem(CATALOGUE, "policy_rules", "areas", f"there is no area {code}")
    if catalogue.repair_kind and catalogue.repair_kind not in seen:
        pack.problem(CATALOGUE, "-", "repair_kind", f"{catalogue.repair_kind} is not a kind")


def _check_routing(pack: Pack, catalogue: CatalogueModel, routing: RoutingModel) -> None:
    kinds = {kind.code for kind in catalogue.kinds} | {"*"}
    known = {name: _codes(pack, name) for name in ("department", "post", "areas")}
    for section in ("designated", "fallback"):
        for number, row in enumerate(getattr(routing, section)):
            where = f"{section}[{number}]"
            if len(row.target()) != 1:
                pack.problem(ROUTING, where, "post", "needs exactly one of post, department, post_kind")
            for code in row.kinds:
                if code not in kinds:
                    pack.problem(ROUTING, where, "kinds", f"there is no kind {code} in {CATALOGUE}")
            for name, value in (("department", row.department), ("post", row.post), ("areas", row.area)):
                if value and known[name] and value not in known[name]:
                    pack.problem(ROUTING, where, name, f"there is no {value}")
    for code in routing.first_asked:
        if code not in kinds:
            pack.problem(ROUTING, "first_asked", "-", f"there is no kind {code} in {CATALOGUE}")


def _codes(pack: Pack, what: str) -> set[str]:
    """Codes that other domains' files define; empty where a file is missing or faulty (its own domain says so)."""
    try:
        if what == "department":
            rows = yaml.safe_load(pack.text("organisations.yaml") or "{}") or {}
            return {str(row["code"]) for row in rows.get("departments", [])}
        if what == "post":
            return {
                row["code"]
                for row in csv.DictReader(io.StringIO(pack.text("posts.csv") or ""))
                if row.get("code")
            }
        features = orjson.loads(pack.text("areas.geojson") or "{}").get("features", [])
        return {feature["properties"]["code"] for feature in features}
    except (yaml.YAMLError, orjson.JSONDecodeError, csv.Error, KeyError, TypeError, AttributeError):
        return set()
