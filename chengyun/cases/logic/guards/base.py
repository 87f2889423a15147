"""What may stand in the way of a verb. Each guard looks at facts and either lets pass (None) or says why not and what to do.

`needs` names the groups of facts a guard reads, so that an action fetches no more than its verb's guards ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

FIX, EVIDENCE, SENSORS, EXTENSION, CO, SUPERVISION, HOLDER, SUSPENSION, CLOCK, MERGED = (
    "fix",
    "evidence",
    "sensors",
    "extension",
    "co",
    "supervision",
    "holder",
    "suspension",
    "clock",
    "merged",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, and what to do instead; both in two languages."""

    code: str
    reason: str
    hint: str
    field: str | None = None


@dataclass(slots=True)
class Facts:
    """What a decision depends on. Defaults are those of a case about which nothing is known yet."""

    now: datetime
    actor: str = ""
    organisation: str | None = None
    is_system: bool = False
    permitted: bool = True
    holds: bool = False
    co_holds: bool = False
    urgent: bool = False
    public: bool = False
    checked: bool = False
    filed: bool = False
    has_condition: bool = False
    filing_checks: tuple[str, ...] = ()
    described: bool = False
    placed: bool = False
    independent: bool = False
    resume_state: str | None = None
    reason: str = ""
    ok: bool | None = None
    post: str | None = None
    until: datetime | None = None
    into: int | None = None
    returns: int = 0
    max_returns: int = 2
    final_owner: bool = False
    has_handler: bool = False
    fixers: frozenset[str] = frozenset()
    fixer_organisations: frozenset[str] = frozenset()
    evidence: frozenset[str] = frozenset()
    evidence_needed: tuple[str, ...] = ()
    sensors: Mapping[int, str] = field(default_factory=dict)
    second_signers: frozenset[str] = frozenset()
    extensions: int = 0
    extensions_allowed: int = 2
    extension_open: bool = False
    extension_by: frozenset[str] = frozenset()
    extension_reviewed: bool = False
    due_at: datetime | None = None
    suspensions: int = 0
    suspension_open: bool = False
    suspension_by: frozenset[str] = frozenset()
    open_co: int = 0
    supervised: bool = False
    reported_by_person: bool = False
    called_back: bool = False
    main_open: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    code: str
    check: Callable[[Facts], Refusal | None]
    needs: frozenset[str]


GUARDS: dict[str, Guard] = {}


def guard(
    code: str, *needs: str
) -> Callable[[Callable[[Facts], Refusal | None]], Callable[[Facts], Refusal | None]]:
    def register(check: Callable[[Facts], Refusal | None]) -> Callable[[Facts], Refusal | None]:
        GUARDS[code] = Guard(code, check, frozenset(needs))
        return check

    return register
