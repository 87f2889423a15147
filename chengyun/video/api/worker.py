"""The doors for camera workers, by the token of the source `vision`. Readings go to /api/signals/observations."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query

from chengyun.kernel import clock
from chengyun.kernel.errors import TooLarge
from chengyun.kernel.i18n import T
from chengyun.video import actions
from chengyun.video.actions.events import Said
from chengyun.video.actions.leases import Ask, Stat
from chengyun.video.actions.pictures import Facts
from chengyun.video.api.door import WorkerKey, router
from chengyun.video.api.schemas import (
    LeaseIn,
    LeaseOut,
    PictureIn,
    PictureStored,
    VideoWordsIn,
    VideoWordsTaken,
)
from chengyun.video.logic import jpeg, leasing


@router.post(
    "/workers/{name}/lease",
    auth=WorkerKey(),
    response=LeaseOut,
    exclude_none=True,
    summary="A heartbeat: which cameras this worker holds from now on",
)
def lease_cameras(
    request: HttpRequest, body: LeaseIn, name: str = Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")
) -> dict[str, Any]:
    """Renews what the worker holds, gives it what is free, takes back what it may no longer look through. `leaving` gives
    all of it back. 409: another process of this name is alive."""
    ask = Ask(
        **body.model_dump(exclude={"stats"}),
        stats=[Stat(**stat.model_dump()) for stat in body.stats],
    )
    found = actions.lease(name=name, ask=ask)
    return {
        "worker": name,
        "now": clock.now(),
        "until": found.until,
        "lease_s": leasing.LEASE_S,
        "renew_s": leasing.BEAT_S,
        "rate": max(1.0, clock.rate()),
        "key": found.worker.key,
        "cameras": found.cameras,
        "dropped": found.dropped,
    }


@router.post("/events", auth=WorkerKey(), response=VideoWordsTaken, summary="Say what algorithms found")
def send_video_events(request: HttpRequest, body: VideoWordsIn) -> dict[str, Any]:
    """Words about events (new, update, end), in any order, as often as it takes: by id and state they count once. 200 means
    stored, but for what `problems` names."""
    words = [
        Said(
            id=w.id,
            rule=w.rule,
            state=w.state,
            kind=w.kind,
            at=w.at,
            start=w.start,
            end=w.end,
            peak=w.peak,
            unseen_s=w.unseen,
            about=w.about,
            evidence=w.evidence,
        )
        for w in body.events
    ]
    done = actions.take(worker=body.worker, words=words)
    return {"taken": done.taken, "repeats": done.repeats, "problems": done.faults}


@router.post("/pictures", auth=WorkerKey(), response=PictureStored, summary="Store a masked picture")
def send_picture(request: HttpRequest, facts: PictureIn = Query()) -> dict[str, Any]:  # noqa: B008
    """The body is the JPEG, 2 MB at most; what was masked stands in the address, and without it nothing is taken. Sent again
    with the same id it is seen as the same."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > jpeg.MAX_BYTES:
        raise TooLarge(
            "file_too_large",
            T(f"图片超过 {jpeg.MAX_BYTES // 1024} KB", f"Larger than {jpeg.MAX_BYTES // 1024} KB"),
            field="body",
        )
    stated = facts.model_dump(exclude={"worker"}) | {"event": facts.event or ""}
    row, new = actions.store(worker=facts.worker, facts=Facts(**stated), content=request.body)
    return {"id": row.ref, "new": new, "keep_until": row.keep_until, "delete_by": row.delete_by}
