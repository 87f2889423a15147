"""Cameras: who analyses them, what is on record, what they find, and how precisely."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from chengyun.kernel import clock
from chengyun.kernel.http import actor_of, command, page
from chengyun.video import actions, precision, queries
from chengyun.video.api import shown
from chengyun.video.api.door import may_read, router
from chengyun.video.api.schemas import (
    CameraDetailOut,
    CameraPage,
    CameraTermsIn,
    PrecisionTable,
    TermsChangeOut,
    VideoEventPage,
    VideoWorkerOut,
)
from chengyun.video.models import Binding


def _measured(rows: list[Any]) -> dict[int, precision.Measured]:
    """Asset id -> what was judged of all its algorithms together."""
    bound = dict(Binding.objects.filter(camera__in=[row.pk for row in rows]).values_list("pk", "camera"))
    found: dict[int, list[precision.Measured]] = {}
    for pk, one in precision.of_bindings(bound, queries.since_of(None)).items():
        found.setdefault(bound[pk], []).append(one)
    return {camera: precision.together(parts) for camera, parts in found.items()}


@router.get("/cameras", response=CameraPage, summary="Cameras, who analyses them and how precisely")
def list_cameras(
    request: HttpRequest,
    area: str | None = None,
    bound: bool | None = None,
    worker: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    may_read(request)
    found = queries.cameras(request.user, area=area, bound=bound, worker=worker)
    rows, after = page(found, cursor, limit, key="code")
    judged = _measured(rows)
    return {"items": [shown.camera(row, judged.get(row.pk)) for row in rows], "next": after}


@router.get("/cameras/{code}", response=CameraDetailOut, summary="One camera with what is on record")
def get_camera(request: HttpRequest, code: str) -> dict[str, Any]:
    may_read(request)
    row = queries.camera(request.user, code)
    return shown.camera_detail(row, _measured([row]).get(row.pk))


@router.post("/cameras/{code}/terms", response=CameraDetailOut, summary="Put on record what a camera is for")
@command
def describe_camera(request: HttpRequest, code: str, body: CameraTermsIn) -> dict[str, Any]:
    queries.camera(request.user, code)
    values = body.model_dump(exclude_unset=True, exclude={"reason"})
    values = {k: v for k, v in values.items() if v is not None or k in _CLEARED}
    if "privacy" in values:
        values["privacy"] = [[list(point) for point in zone] for zone in values["privacy"]]
    if "retention_days" in values:
        values["retention_days"] = str(values["retention_days"])
    actions.describe(actor=actor_of(request), code=code, reason=body.reason, **values)
    row = queries.camera(request.user, code)
    return CameraDetailOut(**shown.camera_detail(row, _measured([row]).get(row.pk))).model_dump(mode="json")


@router.get(
    "/cameras/{code}/terms",
    response=list[TermsChangeOut],
    summary="What was changed in its record, newest first",
)
def list_terms_changes(request: HttpRequest, code: str) -> list[dict[str, Any]]:
    may_read(request)
    queries.camera(request.user, code)
    plain = ("id", "at", "by", "post", "changed", "reason")
    return [
        {name: getattr(row, name) for name in plain}
        for row in queries.changes(request.user, camera=code)[:50]
    ]


# What may be taken back by sending null.
_CLEARED = {"purposes", "sign_on", "started_on", "filed_on"}


@router.get("/workers", response=list[VideoWorkerOut], summary="The processes that analyse cameras")
def list_workers(request: HttpRequest) -> list[dict[str, Any]]:
    may_read(request)
    now = clock.now()
    seen = queries.cameras(request.user).filter(seat__until__gt=now)
    held: dict[int, int] = {}
    for worker in seen.order_by().values_list("seat__worker", flat=True):
        held[worker] = held.get(worker, 0) + 1
    return [
        {
            "name": row.name,
            "alive": row.until > now,
            "cores": row.cores,
            "cameras": held.get(row.pk, 0),
            "room": row.room,
            "load": row.load,
            "version": row.version,
            "models": row.models_ready,
            "started_at": row.started_at,
            "seen_at": row.seen_at,
            "until": row.until,
        }
        for row in queries.workers()
    ]


@router.get("/events", response=VideoEventPage, summary="What algorithms found, newest first")
def list_video_events(
    request: HttpRequest,
    camera: str | None = None,
    binding: str | None = None,
    alert: int | None = None,
    open: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    may_read(request)
    found = queries.events(request.user, camera=camera, binding=binding, alert=alert, open_only=open)
    rows, after = page(found, cursor, limit)
    return {"items": [shown.event(row) for row in rows], "next": after}


@router.get("/precision", response=PrecisionTable, summary="Precision by algorithm and camera, from verdicts")
def precision_table(
    request: HttpRequest, camera: str | None = None, preset: str | None = None, days: int = 90
) -> dict[str, Any]:
    may_read(request)
    since: datetime = queries.since_of(max(1, min(days, 3660)))
    rows = list(queries.bindings(request.user, camera=camera, preset=preset).order_by("code"))
    found = precision.of_bindings([row.pk for row in rows], since)
    return {
        "since": since,
        "items": [
            shown.measured(found.get(row.pk))
            | shown.names(row.preset)
            | {
                "binding": row.code,
                "camera": row.camera.code,
                "camera_zh": row.camera.name_zh,
                "camera_en": row.camera.name_en,
                "cannot_run": bool(row.problem),
                "enabled": row.enabled,
                "paused_until": row.paused_until,
                "created_at": row.created_at,
            }
            for row in rows
        ],
    }
