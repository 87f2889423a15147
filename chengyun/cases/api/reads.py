"""Cases: the list, one of them, and why a deadline is what it is."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from chengyun.cases import queries
from chengyun.cases.actions.moving import allowed
from chengyun.cases.actions.reporting import possible_duplicates
from chengyun.cases.api.door import router, seen, visible
from chengyun.cases.models import Clock
from chengyun.cases.queries import labels
from chengyun.cases.shapes import CaseDetail, CasePage, LikeOut, QueueId, WhyDueOut
from chengyun.district import queries as district
from chengyun.kernel.errors import NotFound
from chengyun.kernel.http import actor_of, page
from chengyun.kernel.i18n import T
from chengyun.kernel.moments import past


@router.get("", response=CasePage)
def list_cases(
    request: HttpRequest,
    open: bool | None = None,
    state: str | None = None,
    kind: str | None = None,
    area: str | None = None,
    post: str | None = None,
    overdue: bool | None = None,
    queue: QueueId | None = None,
    incident: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Any:
    """Cases, newest first. `area` narrows to an area and below, `post` to what a post answers for, `queue` to what waits for
    one thing to be done (`/api/live/queues` counts the same)."""
    rows = queries.cases(request.user)
    if open is not None:
        rows = rows.filter(is_open=open)
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    if area:
        rows = rows.filter(area__path__startswith=district.visible_area(request.user, area).path)
    if post:
        rows = rows.filter(accountable_post__code=post)
    if incident is not None:
        rows = rows.filter(incident=incident)
    if overdue is not None:
        broken = Clock.objects.exclude(breached_at=None).filter(exempt=False).values("case_id")
        rows = rows.filter(pk__in=broken) if overdue else rows.exclude(pk__in=broken)
    if queue is not None:
        rows = queries.in_queue(rows, queue)
    items, after = page(rows, cursor, limit)
    return {"items": [queries.summary(row) for row in items], "next": after}


@router.get("/like", response=list[LikeOut])
def list_cases_like(
    request: HttpRequest,
    kind: str,
    area: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    limit: int = 10,
) -> Any:
    """Open cases of a kind near a place, nearest first: so that a second report joins the case instead of making another."""
    return queries.like(request.user, kind, area=area, lon=lon, lat=lat, limit=max(1, min(limit, 50)))


@router.get("/clocks/{clock_id}/why", response=WhyDueOut)
def get_why_due(request: HttpRequest, clock_id: int, at: datetime | None = None) -> Any:
    """Why a deadline is what it is, stretch by stretch; with `at` (right `replay.run`), what it was then."""
    moment = past(actor_of(request), at)
    row = Clock.objects.filter(pk=clock_id, case_id__in=queries.cases(request.user).values("pk")).first()
    if row is None:
        raise NotFound("no_clock", T("没有该时钟", "There is no such clock"))
    found = queries.why_due(row, moment)
    zh, en = labels.clock_words(row)
    before, posture = found["before_posture"], row.policy
    return found | {
        "label_zh": zh,
        "label_en": en,
        "source": found["from"],
        "before_posture": None
        if before == [posture["amount"], posture["unit"]]
        else labels.limit(before[0], before[1]),
        "spans": [
            {"starts_at": span["from"], "ends_at": span["to"], "kind": span["kind"], "text": span["text"]}
            for span in found["spans"]
        ],
    }


@router.get("/{int:case_id}", response=CaseDetail)
def get_case(request: HttpRequest, case_id: int, at: datetime | None = None) -> Any:
    """All of a case, and every verb that leads on from here: open to this reader with what it takes, or why not and what to
    do. With `at` (right `replay.run`), the case as it stood then; 404 before it was reported."""
    actor = actor_of(request)
    moment = past(actor, at)
    case = seen(request, case_id)
    if moment is not None:
        return queries.detail_then(case, moment)
    return queries.detail(case) | {
        "verbs": allowed(case, actor),
        "possible_duplicates": visible(request, possible_duplicates(case)) if case.is_open else [],
    }
