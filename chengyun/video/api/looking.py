"""Looking through a camera and at its pictures: each time with a reason on record."""

from typing import Any
from urllib.parse import quote

from django.http import FileResponse, HttpRequest

from chengyun.kernel import clock
from chengyun.kernel.errors import Conflict, NotAllowed
from chengyun.kernel.http import actor_of, command, page
from chengyun.kernel.i18n import T
from chengyun.video import actions, queries, signing
from chengyun.video.actions.viewing import PLAY, VIEW
from chengyun.video.api import shown
from chengyun.video.api.door import may_read, router
from chengyun.video.api.schemas import (
    LiveOut,
    PicturePage,
    PictureViewOut,
    PlayIn,
    PlayOut,
    TakeIn,
    ViewIn,
    ViewingPage,
)
from chengyun.video.models import Picture, Viewing

AUDIT = "camera.audit"
_UNHELD = T(
    "没有分析进程持有它，也没有登记媒体服务地址。", "No worker holds it, and no media server is on record."
)
# A worker opens no stream that it could not analyse.
_BLIND = T(
    "所绑算法都不能运行，分析进程没有打开它；也没有登记媒体服务地址。",
    "None of its algorithms can run, so its worker has not opened it; and no media server is on record.",
)


@router.post("/cameras/{code}/live", response=LiveOut, summary="Look through a camera now, for a reason")
@command
def view_live(request: HttpRequest, code: str, body: ViewIn) -> dict[str, Any]:
    """The reason is an incident, an alert, a case or the shift one is on; or stated. What was looked at is on record."""
    asset = queries.camera(request.user, code)
    actor_of(request).require(VIEW, asset.area.path)
    terms, worker = shown.terms_of(asset), queries.holder(asset)
    able = bool(getattr(asset, "n_able", 0))
    if not (terms and terms.live) and not (worker and worker.address and able):
        raise Conflict(
            "no_picture",
            T("此摄像机目前没有实时画面", "There is no live picture of this camera now"),
            hint=_BLIND if worker and worker.address else _UNHELD,
        )
    row = actions.view_live(
        actor=actor_of(request), code=code, kind=body.kind, ref=body.ref, text=body.reason
    )
    url, form = "", "mjpeg"
    if terms and terms.live:
        url, form = terms.live.replace("{camera}", quote(code, safe="")), "media"
    elif worker is not None:
        url = signing.live_address(worker, code, row.until)
    return LiveOut(viewing=row.pk, url=url, form=form, until=row.until).model_dump(mode="json")  # type: ignore[arg-type]


@router.post("/cameras/{code}/play", response=PlayOut, summary="Look at what was recorded, or take it away")
@command
def play_recording(request: HttpRequest, code: str, body: PlayIn) -> dict[str, Any]:
    """Only for a stated reason. The recordings are the owner's; without an address on record they are asked for there."""
    asset = queries.camera(request.user, code)
    actor_of(request).require(PLAY, asset.area.path)
    terms = getattr(asset, "terms", None)
    if not (terms and terms.recordings):
        raise Conflict(
            "no_recordings",
            T("未登记录像地址", "No recorder is on record for this camera"),
            hint=T(
                "请向权属方调取，并注明时间与摄像机编码。",
                "Ask its owner, with the camera's code and the time.",
            ),
        )
    row = actions.play(
        actor=actor_of(request),
        code=code,
        since=body.since,
        until=body.until,
        text=body.reason,
        download=body.download,
    )
    url = terms.recordings
    for name, value in (("camera", code), ("from", row.since.isoformat()), ("to", row.until.isoformat())):
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return PlayOut(viewing=row.pk, url=url, until=clock.now() + actions.PICTURE_FOR).model_dump(mode="json")


@router.get("/pictures", response=PicturePage, summary="Masked pictures that are kept, newest first")
def list_pictures(
    request: HttpRequest,
    camera: str | None = None,
    event: str | None = None,
    alert: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    may_read(request)
    rows, after = page(queries.pictures(request.user, camera=camera, event=event, alert=alert), cursor, limit)
    return {"items": [shown.picture(row) for row in rows], "next": after}


@router.post(
    "/pictures/{ref}/view", response=PictureViewOut, summary="Look at a masked picture, for a reason"
)
@command
def view_picture(request: HttpRequest, ref: str, body: ViewIn) -> dict[str, Any]:
    row, _ = queries.picture_file(request.user, ref)
    actor = actor_of(request)
    seen = actions.view_picture(actor=actor, picture=row, kind=body.kind, ref=body.ref, text=body.reason)
    return _opened(request, ref, seen, "look")


@router.post(
    "/pictures/{ref}/download",
    response=PictureViewOut,
    summary="Take a masked picture away, for a stated reason",
)
@command
def take_picture(request: HttpRequest, ref: str, body: TakeIn) -> dict[str, Any]:
    row, _ = queries.picture_file(request.user, ref)
    seen = actions.take_picture(actor=actor_of(request), picture=row, text=body.reason)
    return _opened(request, ref, seen, "take")


def _opened(request: HttpRequest, ref: str, seen: Viewing, what: signing.Opens) -> dict[str, Any]:
    """Where the picture is for whoever has said why, and until when."""
    key = signing.picture_key(ref, int(request.user.pk or 0), seen.until, what)
    url = f"/api/video/pictures/{quote(ref, safe='')}/file?key={quote(key)}"
    return PictureViewOut(viewing=seen.pk, url=url, until=seen.until).model_dump(mode="json")


@router.get("/pictures/{ref}/file", summary="The picture itself, with the key that looking at it gave")
def get_picture_file(request: HttpRequest, ref: str, key: str = "") -> FileResponse:
    row, path = queries.picture_file(request.user, ref)
    what = signing.opens(key, ref, request.user.pk)
    actor_of(request).require(PLAY if what == "take" else VIEW, row.camera.area.path)
    if what is None:
        raise NotAllowed(
            "no_key",
            T("须先说明事由", "State a reason first"),
            hint=T("请先 POST .../view。", "POST .../view gives a key for a few minutes."),
        )
    answer = FileResponse(open(path, "rb"), content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = f'{"attachment" if what == "take" else "inline"}; filename="{_file(row)}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _file(row: Picture) -> str:
    """Camera and moment, so that whoever took it away can ask the owner for the original."""
    return f"{row.camera.code}-{row.at:%Y%m%dT%H%M%SZ}-masked.jpg"


@router.get("/viewings", response=ViewingPage, summary="Who looked, at what, when and why: for auditors")
def list_viewings(
    request: HttpRequest, camera: str | None = None, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    actor_of(request).require(AUDIT)
    rows, after = page(queries.viewings(request.user, camera=camera), cursor, limit)
    plain = (
        "id",
        "at",
        "by",
        "post",
        "what",
        "picture",
        "since",
        "until",
        "reason_kind",
        "reason_ref",
        "reason",
    )
    return {
        "items": [{name: getattr(row, name) for name in plain} | {"camera": row.camera.code} for row in rows],
        "next": after,
    }
