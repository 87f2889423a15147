"""HTTP, reading: what is in force, what would change, what is to be decided."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from chengyun.kernel.http import page
from chengyun.posture import queries
from chengyun.posture.api.door import router
from chengyun.posture.api.shapes import (
    DifferenceOut,
    ModeId,
    Page,
    PostureOut,
    approval_out,
    area_of,
    declaration_out,
    proposal_out,
    response_out,
    warning_out,
)


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
    sections = {
        name: found.section(name) for name in ("thresholds", "clocks", "routes", "posts", "patrol", "map")
    }
    return {"area": row.code, "mode": found.mode, "level": found.level, **sections, "sources": found.sources}


@router.get("/preview", response=list[DifferenceOut])
def preview(request: HttpRequest, area: str, mode: ModeId, level: int | None = None) -> list[Any]:
    """What declaring this would change, before anybody declares it."""
    return list(queries.preview(area_of(request, area), mode, level))


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
