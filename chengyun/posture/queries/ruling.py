"""What is in force where, what it changes, and why a value is what it is.

Everything in force (policy and declarations) is read once per version and kept; the version is a digest of the content
itself, so that a rolled-back change or another database can never be mistaken for it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from chengyun.district import queries as district
from chengyun.district.models import Area
from chengyun.kernel import registry, sql
from chengyun.kernel.canonical import digest
from chengyun.posture import logic
from chengyun.posture.logic import AreaLayers, Cell, Layers, Overrides, Standing, Stated, Table
from chengyun.posture.models import Declaration, Policy

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
    number: int
    standings: tuple[Standing, ...]
    by: Mapping[int, str]
    effective: dict[str, Overrides] = field(default_factory=dict)


_states: OrderedDict[str, _State] = OrderedDict()


def version() -> str:
    """The digest of everything in force; a change of it is when caches elsewhere have to look again."""
    return registry.cached(("posture",), "version", _version)


def _version() -> str:
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
        for row in in_force()
    ]
    policy = active_policy()
    # A ring's ground may change while its policy does not.
    grounds = [[part.code, *part.covers] for part in _parts(policy.body)] if policy else []
    return digest([policy.number if policy else 0, policy.digest if policy else "", grounds, rows])


def active_policy() -> Policy | None:
    """The version in force."""
    return Policy.objects.filter(active=True).first()


def in_force() -> QuerySet[Declaration]:
    return Declaration.objects.filter(ended_at=None).select_related("area").order_by("id")


def _standing(row: Declaration) -> Standing:
    return Standing(row.area.path, row.mode, row.level, row.since, row.pk, row.entry, row.incident)


def _state() -> _State:
    key = version()
    state = _states.get(key)
    if state is None:
        rows = list(in_force())
        policy = active_policy()
        body = policy.body if policy else {}
        state = _State(
            layers_of(body, policy.digest if policy else ""),
            table_of(body),
            body,
            policy.number if policy else 0,
            tuple(_standing(row) for row in rows),
            {row.pk: row.by_post or row.by_ref for row in rows},
        )
        _states[key] = state
        while len(_states) > _KEPT:
            _states.popitem(last=False)
    return state


def layers_of(body: Mapping[str, Any], policy: str = "") -> Layers:
    """The layers of a stored policy."""
    return Layers(_bodies(body.get("modes", {})), policy, tuple(_parts(body)))


def _bodies(modes: Mapping[str, Any]) -> dict[tuple[str, int | None], Any]:
    bodies: dict[tuple[str, int | None], Any] = {}
    for mode, row in modes.items():
        bodies[mode, None] = row["policy"]
        for level, layer in row["levels"].items():
            bodies[mode, int(level)] = layer
    return bodies


def _parts(body: Mapping[str, Any]) -> list[AreaLayers]:
    """Parts of the district with layers of their own, in the order of their codes.

    A ring or a beat stands for the grids on its ground and ranks below every grid, the smaller one above the larger; of
    grids the deeper ranks higher. An area that has gone from the district states nothing.
    """
    found = []
    rows = {row.code: row for row in Area.objects.filter(code__in=list(body.get("areas", {})))}
    for code in sorted(rows):
        row, ground = rows[code], tuple(district.grounds(rows[code]))
        tree = ground == (row.path,)
        rank = (1, row.path.count("/")) if tree else (0, -len(ground))
        found.append(AreaLayers(code, (row.path, *ground), rank, _bodies(body["areas"][code])))
    return found


def table_of(body: Mapping[str, Any]) -> Table:
    """The authority table of a stored policy."""
    cells: dict[tuple[str, int | None], Cell] = {}
    for row in body.get("authority", []):
        for level in row["levels"] or [None]:
            cells[row["mode"], level] = Cell(
                frozenset(row["who"]), row["echelon"], frozenset(row["posts"]), row["approval"]
            )
    return Table(cells)


def policy() -> Mapping[str, Any]:
    """The body of the active policy; empty while none is loaded (then nobody may declare anything)."""
    return _state().body


def authority() -> Table:
    return _state().table


def current_at(path: str) -> Posture:
    """The posture of an area path."""
    state = _state()
    return _ruled(path, state.standings, state.by)


def posture_then(path: str, at: datetime) -> Posture:
    """The posture of an area path as it was at a moment."""
    begun = Declaration.objects.filter(since__lte=at).filter(Q(ended_at=None) | Q(ended_at__gt=at))
    rows = list(begun.select_related("area").order_by("id"))
    by = {row.pk: row.by_post or row.by_ref for row in rows}
    return _ruled(path, tuple(_standing(row) for row in rows), by)


def _ruled(path: str, standings: tuple[Standing, ...], declared_by: Mapping[int, str]) -> Posture:
    found = logic.resolve(path, standings)
    inside = logic.highest_inside(path, standings)
    highest = inside.level if inside else None
    if found.ruling is None:
        return Posture(found.mode, None, inside=highest)
    ruling = found.ruling
    by = declared_by.get(ruling.declaration)
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


def explain(area: Area, key: str) -> tuple[int, list[Stated]]:
    """Why a value is what it is at an area: (version of the policy, what each layer says on `key`, weakest first)."""
    state = _state()
    return state.number, logic.explain(state.layers, area.path, state.standings, key)


def standings() -> tuple[Standing, ...]:
    """Everything declared and in force."""
    return _state().standings


def layers() -> Layers:
    return _state().layers
