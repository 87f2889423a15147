"""Reading posture: what is in force where, what it changes, what is still to be decided.

Everything in force (policy and declarations) is read once per version and kept; the version is a digest of the content
itself, so that a rolled-back change or another database can never be mistaken for it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from chengyun.district.models import Area
from chengyun.kernel import clock, sql
from chengyun.kernel.canonical import digest
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.posture import logic
from chengyun.posture.logic import Cell, Difference, Layers, Overrides, Standing, Table
from chengyun.posture.models import (
    Approval,
    Declaration,
    DeclaredResponse,
    OfficialWarning,
    Policy,
    Proposal,
)

_KEPT = 16


@dataclass(frozen=True, slots=True)
class Posture:
    """What rules an area. `level` is the highest open in the ruling mode; `inside` the highest in any part of the area.

    In plain normal mode since, entry_id, by and declaration are None.
    """

    mode: str
    level: int | None
    since: datetime | None = None
    entry_id: int | None = None
    by: str | None = None
    declaration: int | None = None
    inside: int | None = None


@dataclass(slots=True)
class _State:
    layers: Layers
    table: Table
    body: Mapping[str, Any]
    standings: tuple[Standing, ...]
    by: Mapping[int, str]
    effective: dict[str, Overrides] = field(default_factory=dict)


_states: OrderedDict[str, _State] = OrderedDict()


def version() -> str:
    """The digest of everything in force; a change of it is when caches elsewhere have to look again."""
    return str(sql.scalar("SELECT digest FROM posture_inforce WHERE id = 1") or "")


def compute_version() -> str:
    """The digest as it follows from the tables; `actions` stores it."""
    rows = [
        [
            row.pk,
            row.area.path,
            row.mode,
            row.level,
            row.since.isoformat(),
            row.entry,
            row.incident,
            row.by_post or row.by_ref,
        ]
        for row in _rows()
    ]
    policy = Policy.objects.filter(active=True).values_list("digest", flat=True).first() or ""
    return digest([policy, rows])


def _rows() -> QuerySet[Declaration]:
    return Declaration.objects.filter(ended_at=None).select_related("area").order_by("id")


def _standing(row: Declaration) -> Standing:
    return Standing(row.area.path, row.mode, row.level, row.since, row.pk, row.entry, row.incident)


def _state() -> _State:
    key = version()
    state = _states.get(key)
    if state is None:
        rows = list(_rows())
        policy = Policy.objects.filter(active=True).first()
        body = policy.body if policy else {}
        state = _State(
            layers_of(body, policy.digest if policy else ""),
            table_of(body),
            body,
            tuple(_standing(row) for row in rows),
            {row.pk: row.by_post or row.by_ref for row in rows},
        )
        _states[key] = state
        while len(_states) > _KEPT:
            _states.popitem(last=False)
    return state


def layers_of(body: Mapping[str, Any], policy: str = "") -> Layers:
    """The layers of a stored policy."""
    bodies: dict[tuple[str, int | None], Any] = {}
    for mode, row in body.get("modes", {}).items():
        bodies[mode, None] = row["policy"]
        for level, layer in row["levels"].items():
            bodies[mode, int(level)] = layer
    return Layers(bodies, policy)


def table_of(body: Mapping[str, Any]) -> Table:
    """The authority table of a stored policy."""
    cells: dict[tuple[str, int | None], Cell] = {}
    for row in body.get("authority", []):
        for level in row["levels"] or [None]:
            cells[row["mode"], level] = Cell(frozenset(row["who"]), row["echelon"], frozenset(row["posts"]))
    return Table(cells)


def policy() -> Mapping[str, Any]:
    """The body of the active policy; empty while none is loaded (then nobody may declare anything)."""
    return _state().body


def authority() -> Table:
    return _state().table


def current_at(path: str) -> Posture:
    """The posture of an area path."""
    state = _state()
    found = logic.resolve(path, state.standings)
    inside = logic.highest_inside(path, state.standings)
    highest = inside.level if inside else None
    if found.ruling is None:
        return Posture(found.mode, None, inside=highest)
    ruling = found.ruling
    by = state.by.get(ruling.declaration)
    return Posture(found.mode, found.level, ruling.since, ruling.entry, by, ruling.declaration, highest)


def current(area: Area) -> Posture:
    """The posture of an area: mode by precedence, then the highest level open in it."""
    return current_at(area.path)


def effective_at(path: str) -> Overrides:
    """The policy in force at an area path. The result is shared: do not change it."""
    state = _state()
    found = state.effective.get(path)
    if found is None:
        found = state.effective[path] = logic.effective(state.layers, path, state.standings)
    return found


def effective(area: Area) -> Overrides:
    """The policy in force for an area: thresholds, clocks, routes, posts, patrol, map."""
    return effective_at(area.path)


def preview(area: Area, mode: str, level: int | None, incident: str = "") -> list[Difference]:
    """What declaring (mode, level) for the area would change there now."""
    state = _state()
    like = Standing(area.path, mode, level, clock.now(), declaration=2**62, incident=incident)
    return logic.preview(state.layers, area.path, state.standings, mode, level, like)


# What is open, narrowed by what the reader may see.


def proposals(user: Any, *, open_only: bool = False) -> QuerySet[Proposal]:
    rows: QuerySet[Proposal] = Proposal.objects.visible_to(user)
    if open_only:
        rows = rows.filter(state__in=logic.OPEN)
    return rows.select_related("area", "asked_post").order_by("-id")


def declarations(user: Any, *, in_force: bool = False) -> QuerySet[Declaration]:
    rows: QuerySet[Declaration] = Declaration.objects.visible_to(user)
    if in_force:
        rows = rows.filter(ended_at=None)
    return rows.select_related("area").order_by("-id")


def approvals(user: Any, *, open_only: bool = False) -> QuerySet[Approval]:
    rows: QuerySet[Approval] = Approval.objects.visible_to(user)
    if open_only:
        rows = rows.filter(state=Approval.State.OPEN)
    return rows.select_related("area", "leader_post").order_by("-id")


def warnings(user: Any, *, open_only: bool = False) -> QuerySet[OfficialWarning]:
    rows: QuerySet[OfficialWarning] = OfficialWarning.objects.visible_to(user)
    if open_only:
        rows = rows.filter(state=OfficialWarning.State.OPEN)
    return rows.select_related("area").order_by("-id")


def responses(user: Any) -> QuerySet[DeclaredResponse]:
    rows: QuerySet[DeclaredResponse] = DeclaredResponse.objects.visible_to(user)
    return rows.select_related("area").order_by("-id")


def to_hand_over(area: Area) -> list[dict[str, Any]]:
    """What the next shift takes over: modes in force, open proposals, unsigned approvals, undecided warnings.

    Of the area itself, what lies above it (which rules it too) and its parts.
    """

    def near(path: str) -> bool:
        return path.startswith(area.path) or area.path.startswith(path)

    items: list[dict[str, Any]] = []
    for row in _rows():
        if near(row.area.path):
            items.append(
                {"what": "in_force", "declaration": row.pk, **_brief(row), "expected_end": row.expected_end}
            )
    for proposal in Proposal.objects.filter(state__in=logic.OPEN).select_related("area").order_by("id"):
        if near(proposal.area.path):
            items.append(
                {"what": "proposal", "proposal": proposal.pk, **_brief(proposal), "state": proposal.state}
            )
    for approval in (
        Approval.objects.filter(state="open").select_related("area", "leader_post").order_by("id")
    ):
        if near(approval.area.path):
            items.append(
                {
                    "what": "unsigned",
                    "approval": approval.pk,
                    "area": approval.area.code,
                    "leader": approval.leader_post.code,
                    "due": approval.due_at,
                }
            )
    for warning in OfficialWarning.objects.filter(state="open").select_related("area").order_by("id"):
        if near(warning.area.path):
            items.append(
                {
                    "what": "undecided_warning",
                    "warning": warning.pk,
                    "area": warning.area.code,
                    "kind": warning.kind,
                    "colour": warning.colour,
                }
            )
    return items


def _brief(row: Declaration | Proposal) -> dict[str, Any]:
    return {"area": row.area.code, "mode": row.mode, "level": row.level}


def faults() -> list[str]:
    """Broken promises of posture, one sentence each; empty when all is well. For `chengyun verify`."""
    found: list[str] = []
    if version() not in ("", compute_version()):
        found.append(
            "what caches take for in force differs from the declarations; declare or end one to renew it"
        )
    for row in _rows():
        entry = JournalEntry.objects.filter(pk=row.entry).first() if row.entry else None
        said = entry.payload if entry else {}
        if said.get("declaration") != row.pk or (said.get("mode"), said.get("level")) != (
            row.mode,
            row.level,
        ):
            found.append(f"declaration {row.pk} is in force without a journal entry that says so")
    armed = set(Timer.objects.filter(kind__startswith="posture.").values_list("kind", "subject"))
    for approval in Approval.objects.filter(state="open", overdue_at=None):
        if ("posture.countersign", f"approval:{approval.pk}") not in armed:
            found.append(f"approval {approval.pk} waits for a signature without a clock")
    repeats = int(policy().get("waits", {}).get("repeats", 0))
    for proposal in Proposal.objects.filter(state__in=logic.OPEN, alarms__lte=repeats):
        if ("posture.undecided", f"proposal:{proposal.pk}") not in armed and policy():
            found.append(f"proposal {proposal.pk} waits for a decision without a clock")
    return found
