"""The catalogue as plain values: kinds, the conditions they are filed under, and what clocks are started with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chengyun.cases.logic.routing import Table
from chengyun.cases.logic.worktime import Calendar, Limit

# Never a kind of case here (domain facts 1.4, mission "what is never built"): gatherings by their purpose, petitions,
# beliefs, people without a home. Crowds are counted for safety, whatever they came for.
OUT_OF_SCOPE = (
    "群发性", "群体性", "集体性", "群访", "上访", "信访", "集会", "游行", "示威", "聚众", "邪教",
    "流浪", "乞讨", "舆情", "重点人员",
    "petition", "cult", "vagran", "beggar", "begging", "homeless", "protest", "rally", "demonstration", "group incident",
    "group-incident", "mass incident", "assembly", "sect", "opinion", "watchlist",
)  # fmt: skip


def out_of_scope(*texts: str) -> str | None:
    """The word that puts a kind out of scope, or None."""
    for text in texts:
        # Hyphens and spaces say the same, and a short word must not be found inside a longer one ("sect" in "section").
        low = " " + text.lower().replace("-", " ").replace("_", " ") + " "
        for word in OUT_OF_SCOPE:
            plain = word.replace("-", " ")
            if (
                (f" {plain}" in low)
                if plain.isascii() and len(plain) > 4
                else (f" {plain} " in low if plain.isascii() else plain in low)
            ):
                return word
    return None


@dataclass(frozen=True, slots=True)
class ConditionSpec:
    code: str
    filing: tuple[str, str]
    closing: tuple[str, str]
    limit: Limit
    filing_checks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KindSpec:
    code: str
    name: tuple[str, str]
    conditions: Mapping[str, ConditionSpec]
    klass: str = "open"
    urgent: bool = False
    independent: bool = False
    policy: str = ""
    workflow: str = "standard"

    def condition(self, code: str) -> ConditionSpec | None:
        return self.conditions.get(code)

    @property
    def first(self) -> ConditionSpec:
        return next(iter(self.conditions.values()))


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """Named limits by clock code. They run from the dispatch, or from when the leader of the place was told of the case;
    that is waited for no longer than `notice_within`."""

    name: str = ""
    limits: Mapping[str, Limit] = field(default_factory=dict)
    starts_on: str = "dispatch"
    notice_within: Limit = field(default_factory=lambda: Limit(1, "minute"))


NO_POLICY = ClockPolicy()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One version. `policies` are named clock policies; `stage_limits` replace a workflow's own."""

    pk: int
    digest: str
    kinds: Mapping[str, KindSpec]
    routing: Table = field(default_factory=Table)
    calendar: Calendar = field(default_factory=Calendar)
    policies: Mapping[str, ClockPolicy] = field(default_factory=dict)
    policy_rules: tuple[Mapping[str, Any], ...] = ()
    stage_limits: Mapping[str, Limit] = field(default_factory=dict)
    warn_left: float = 0.25
    rungs: tuple[float, ...] = (0.0, 0.5, 1.0)
    extensions: int = 2
    repair_kind: str = ""

    def may_have_policy(self, kind: KindSpec, area_path: str) -> bool:
        """Whether a case of this kind at this place can have a named clock policy, whoever gets it."""
        return bool(kind.policy) or any(
            _speaks_of(rule, kind.code, area_path, None) for rule in self.policy_rules
        )

    def policy_for(self, kind: KindSpec, area_path: str, post: str) -> ClockPolicy:
        """The named clock policy of a case: by its kind, else by the first rule that fits kind, place or unit."""
        if kind.policy:
            return self.policies.get(kind.policy, NO_POLICY)
        for rule in self.policy_rules:
            if _speaks_of(rule, kind.code, area_path, post):
                return self.policies.get(str(rule["policy"]), NO_POLICY)
        return NO_POLICY


def _speaks_of(rule: Mapping[str, Any], kind: str, area_path: str, post: str | None) -> bool:
    """Whether a rule fits; a post of None fits any."""
    kinds, areas, posts = rule.get("kinds") or (), rule.get("area_paths") or (), rule.get("posts") or ()
    if not (kinds or areas or posts):
        return False
    return (
        (not kinds or kind in kinds)
        and (not areas or any(area_path.startswith(path) for path in areas))
        and (not posts or post is None or post in posts)
    )


def resolve_condition(kind: KindSpec, code: str | None) -> ConditionSpec | None:
    """The condition a report names; a kind with one condition needs no choice."""
    if code:
        return kind.condition(code)
    return kind.first if len(kind.conditions) == 1 else None


def walk(catalogue: Catalogue) -> Iterator[tuple[KindSpec, ConditionSpec]]:
    for kind in catalogue.kinds.values():
        for condition in kind.conditions.values():
            yield kind, condition
