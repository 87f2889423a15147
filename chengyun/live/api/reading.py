"""The chain behind a thing, and the journal, over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from chengyun.kernel.http import actor_of, page
from chengyun.kernel.models import JournalEntry
from chengyun.live.api.door import router
from chengyun.live.overview import overview
from chengyun.live.why import explain


@router.get("/overview", summary="People present, mode, open alerts and cases, clocks: one look")
def get_overview(request: HttpRequest) -> dict[str, Any]:
    return overview(request.user)


@router.get("/why/{kind}/{identity}", summary="The chain that led here, back to the signal")
def get_why(request: HttpRequest, kind: str, identity: str) -> dict[str, Any]:
    return {"steps": [step.as_dict() for step in explain(kind, identity, request.user)]}


@router.get("/journal", summary="The journal, newest first, within the viewer's areas and classes")
def get_journal(
    request: HttpRequest,
    kind: str | None = None,
    subject: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    actor_of(request).require("journal.read")
    rows = JournalEntry.objects.visible_to(request.user)
    if kind:
        rows = rows.filter(kind=kind)
    if subject:
        rows = rows.filter(subject=subject)
    entries, following = page(rows, cursor, limit)
    return {
        "items": [
            {
                "id": entry.id,
                "at": entry.at,
                "kind": entry.kind,
                "subject": entry.subject,
                "area": entry.area,
                "actor": entry.actor,
                "payload": entry.payload,
                "cause": entry.cause_id,
            }
            for entry in entries
        ],
        "next": following,
    }
