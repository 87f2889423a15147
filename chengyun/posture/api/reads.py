"""HTTP, reading: what is in force, what would change, what is to be decided."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from chengyun.kernel.http import page
from chengyun.posture import queries
from chengyun.posture.actions.common import check_level
from chengyun.posture.api.door import router
from chengyun.posture.api.shapes import (
    ModeId,
    Page,
    PostureOut,
    PreviewOut,
    WhyOut,
    approval_out,
    area_of,
    declaration_out,
    proposal_out,
    response_out,
    warning_out,
)
from chengyun.posture.logic.policy import SECTIONS


def _page(rows: Any, out: Any, cursor: str | None, limit: int) -> dict[str, Any]:
    found, following = page(rows, cursor, limit)
    return {"items": [out(row) for row in found], "next": following}


@router.get("/current", response=PostureOut)
def current(request: HttpRequest, area: str) -> dict[str, Any]:
    """Mode and level that rule an area now."""
    row = area_of(request, area)
    found = queries.current(row)
    return {
        "area": row.code,
        "mode": found.mode,
        "level": found.level,
        "since": found.since,
        "entry": found.entry_id,
        "by": found.by,
        "declaration": found.declaration,
        "highest_inside": found.inside,
    }


@router.get("/effective")
def effective(request: HttpRequest, area: str) -> dict[str, Any]:
    """The policy in force for an area, and the layer that each value comes from."""
    row = area_of(request, area)
    found = queries.effective(row)
    sections = {name: found.section(name) for name in SECTIONS}
    return {"area": row.code, "mode": found.mode, "level": found.level, **sections, "sources": found.sources}


@router.get("/why", response=WhyOut)
def why(request: HttpRequest, area: str, key: str) -> dict[str, Any]:
    """Why a value is what it is here: every layer that states it, weakest first, and the one that applies.

    `key` is a value or a group of them, as `/effective` names them in `sources`: `thresholds.crowd-core-total`.
    """
    row = area_of(request, area)
    number, stated = queries.explain(row, key)
    return {"area": row.code, "key": key, "policy": number, "stated": stated}


@router.get("/preview", response=PreviewOut)
def preview(request: HttpRequest, area: str, mode: ModeId, level: int | None = None) -> dict[str, Any]:
    """What declaring this would change, who would be called, and who may declare it; before anybody does."""
    row = area_of(request, area)
    check_level(mode, level)
    found = queries.preview(row, mode, level)
    cell = found.cell
    return {
        "changes": found.changes,
        "parts": found.parts,
        "man": [post.code for post in found.man],
        "release": [post.code for post in found.release],
        "who": sorted(cell.posts or cell.who) if cell else [],
        "echelon": cell.echelon if cell else None,
    }


@router.get("/authority")
def authority(request: HttpRequest) -> dict[str, Any]:
    """Who may declare what, the echelons, and the measures that have a code."""
    body = queries.policy()
    return {name: body.get(name) for name in ("authority", "echelons", "measures", "waits")}


@router.get("/proposals", response=Page)
def proposals(request: HttpRequest, open: bool = True, cursor: str | None = None, limit: int = 50) -> Any:
    return _page(queries.proposals(request.user, open_only=open), proposal_out, cursor, limit)


@router.get("/declarations", response=Page)
def declarations(
    request: HttpRequest, in_force: bool = True, cursor: str | None = None, limit: int = 50
) -> Any:
    return _page(queries.declarations(request.user, in_force=in_force), declaration_out, cursor, limit)


@router.get("/approvals", response=Page)
def approvals(request: HttpRequest, open: bool = True, cursor: str | None = None, limit: int = 50) -> Any:
    return _page(queries.approvals(request.user, open_only=open), approval_out, cursor, limit)


@router.get("/warnings", response=Page)
def warnings(request: HttpRequest, open: bool = True, cursor: str | None = None, limit: int = 50) -> Any:
    return _page(queries.warnings(request.user, open_only=open), warning_out, cursor, limit)


@router.get("/responses", response=Page)
def responses(request: HttpRequest, cursor: str | None = None, limit: int = 50) -> Any:
    return _page(queries.responses(request.user), response_out, cursor, limit)
