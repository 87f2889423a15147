"""HTTP, reading: what is in force, what would change, what is to be decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest

from chengyun.kernel.http import actor_of, page
from chengyun.people.models import Post
from chengyun.posture import queries
from chengyun.posture.actions.common import check_level, has_authority, leaders
from chengyun.posture.api.door import router
from chengyun.posture.api.shapes import (
    ApprovalPage,
    AuthorityOut,
    DeclarationPage,
    EffectiveOut,
    ModeId,
    PostureOut,
    PreviewOut,
    ProposalPage,
    ResponsePage,
    WarningPage,
    WhyOut,
    approval_out,
    area_of,
    declaration_out,
    proposal_out,
    response_out,
    warning_out,
)
from chengyun.posture.logic.policy import SECTIONS, leaves_of


def _page(rows: Any, out: Any, cursor: str | None, limit: int) -> dict[str, Any]:
    found, following = page(rows, cursor, limit)
    return {"items": [out(row) for row in found], "next": following}


@router.get("/current", response=PostureOut)
def get_posture(request: HttpRequest, area: str) -> dict[str, Any]:
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


@router.get("/effective", response=EffectiveOut)
def get_effective(request: HttpRequest, area: str) -> dict[str, Any]:
    """The policy in force for an area, and the layer that each value comes from."""
    row = area_of(request, area)
    found = queries.effective(row)
    leaves = {key: value for name in SECTIONS for key, value in leaves_of(found.section(name), name).items()}
    return {
        "area": row.code,
        "mode": found.mode,
        "level": found.level,
        "values": [
            {
                "section": key.partition(".")[0],
                "key": key.partition(".")[2],
                "value": value,
                "source": found.sources.get(key, ""),
            }
            for key, value in sorted(leaves.items())
        ],
    }


@router.get("/why", response=WhyOut)
def get_posture_why(request: HttpRequest, area: str, key: str) -> dict[str, Any]:
    """Why a value is what it is here: every layer that states it, weakest first, and the one that applies.

    `key` is a value or a group of them, as `/effective` names them in `sources`: `thresholds.crowd-core-total`.
    """
    row = area_of(request, area)
    number, stated = queries.explain(row, key)
    return {"area": row.code, "key": key, "policy": number, "stated": stated}


@router.get("/preview", response=PreviewOut)
def preview_posture(
    request: HttpRequest, area: str, mode: ModeId, level: int | None = None
) -> dict[str, Any]:
    """What declaring this would change, who would be called, and who may declare it; before anybody does."""
    row = area_of(request, area)
    check_level(mode, level)
    found = queries.preview(row, mode, level)
    cell = found.cell
    return {
        "changes": found.changes,
        "parts": found.parts,
        "man": [_post(post) for post in found.man],
        "release": [_post(post) for post in found.release],
        "who": sorted(cell.posts or cell.who) if cell else [],
        "may": has_authority(actor_of(request), row, mode, level),
        "leaders": [_post(post) for post in leaders(row, mode, level)],
        "echelon": cell.echelon if cell else None,
    }


def _post(row: Post) -> dict[str, str]:
    return {"code": row.code, "name_zh": row.name_zh, "name_en": row.name_en}


@router.get("/authority", response=AuthorityOut)
def get_authority(request: HttpRequest) -> dict[str, Any]:
    """Who may declare what, the echelons, and the measures that have a code; nothing while no policy is loaded."""
    body = queries.policy()
    return {
        "modes": [
            {"mode": mode, "zh": row["name"][0], "en": row["name"][1], "level": row["level"]}
            for mode, row in body.get("modes", {}).items()
        ],
        "rows": [
            {
                "mode": row["mode"],
                "level": level,
                "who": row["who"],
                "posts": row["posts"],
                "echelon": row["echelon"],
                "approval_minutes": row["approval"],
            }
            for row in body.get("authority", [])
            for level in (row["levels"] or [None])
        ],
        "echelons": [
            {"code": code, "zh": row["name"][0], "en": row["name"][1], "post": row.get("post")}
            for code, row in body.get("echelons", {}).items()
        ],
        "measures": [
            {"code": code, "zh": names[0], "en": names[1]} for code, names in body.get("measures", {}).items()
        ],
        "waits": list(_waits(body.get("waits", {}))),
    }


def _waits(stated: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for what, value in stated.items():
        if isinstance(value, dict):
            yield from ({"what": what, "of": str(of), "minutes": minutes} for of, minutes in value.items())
        else:
            yield {"what": what, "of": None, "minutes": value}


@router.get("/proposals", response=ProposalPage)
def list_proposals(
    request: HttpRequest, open: bool = True, cursor: str | None = None, limit: int = 50
) -> Any:
    return _page(queries.proposals(request.user, open_only=open), proposal_out, cursor, limit)


@router.get("/declarations", response=DeclarationPage)
def list_declarations(
    request: HttpRequest, in_force: bool = True, cursor: str | None = None, limit: int = 50
) -> Any:
    return _page(queries.declarations(request.user, in_force=in_force), declaration_out, cursor, limit)


@router.get("/approvals", response=ApprovalPage)
def list_approvals(
    request: HttpRequest, open: bool = True, cursor: str | None = None, limit: int = 50
) -> Any:
    return _page(queries.approvals(request.user, open_only=open), approval_out, cursor, limit)


@router.get("/warnings", response=WarningPage)
def list_warnings(request: HttpRequest, open: bool = True, cursor: str | None = None, limit: int = 50) -> Any:
    return _page(queries.warnings(request.user, open_only=open), warning_out, cursor, limit)


@router.get("/responses", response=ResponsePage)
def list_responses(request: HttpRequest, cursor: str | None = None, limit: int = 50) -> Any:
    return _page(queries.responses(request.user), response_out, cursor, limit)
