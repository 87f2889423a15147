"""The chain behind a thing, and the journal, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from chengyun.kernel import journal
from chengyun.kernel.http import actor_of, page
from chengyun.kernel.i18n import both
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.moments import past
from chengyun.live.api.door import router
from chengyun.live.overview import overview, people_present
from chengyun.live.shapes import ChainOut, JournalPage, OverviewOut, PeopleOut
from chengyun.live.story import tell_twice
from chengyun.live.why import explain


@router.get(
    "/overview",
    response=OverviewOut,
    summary="People present, mode, open alerts and cases, clocks: one look",
)
def get_overview(request: HttpRequest) -> dict[str, Any]:
    return overview(request.user)


@router.get(
    "/people-present",
    response=PeopleOut,
    summary="People present against their limit, with coverage and age; `at` for how it stood then",
)
def get_people_present(request: HttpRequest, at: datetime | None = None) -> dict[str, Any]:
    return people_present(request.user, past(actor_of(request), at))


@router.get(
    "/why/{kind}/{identity}",
    response=ChainOut,
    summary="The chain that led here, back to the signal; `at` for how far it had come",
)
def get_why(request: HttpRequest, kind: str, identity: str, at: datetime | None = None) -> dict[str, Any]:
    steps = explain(kind, identity, request.user, until=past(actor_of(request), at))
    words = tell_twice([step.entry for step in steps])
    return {
        "steps": [
            step.as_dict() | {"text_zh": zh, "text_en": en}
            for step, (zh, en) in zip(steps, words, strict=True)
        ]
    }


@router.get(
    "/journal",
    response=JournalPage,
    summary="The journal, newest first, within the viewer's areas and classes",
)
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
    words = tell_twice(entries)
    return {
        "items": [_entry(entry, *said) for entry, said in zip(entries, words, strict=True)],
        "next": following,
    }


def _entry(entry: JournalEntry, zh: str, en: str) -> dict[str, Any]:
    known = journal.kinds.get(entry.kind)
    label_zh, label_en = both(known.label) if known else (entry.kind, entry.kind)
    return {
        "id": entry.id,
        "at": entry.at,
        "kind": entry.kind,
        "label_zh": label_zh,
        "label_en": label_en,
        "text_zh": zh,
        "text_en": en,
        "subject": entry.subject,
        "area": entry.area,
        "actor": entry.actor,
        "payload": entry.payload,
        "cause": entry.cause_id,
    }
