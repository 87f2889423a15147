"""Reads of video, narrowed to what a viewer may see: an object outside their areas is not there.

Functions with a `user` show only that user's; the others answer the platform itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from chengyun.district.models import Asset
from chengyun.kernel import clock
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.people.models import Department
from chengyun.video import files, lawful, presets, retention
from chengyun.video.logic.events import OPEN
from chengyun.video.models import (
    Binding,
    BindingVersion,
    CameraTerms,
    Picture,
    Seat,
    TermsChange,
    VideoEvent,
    Viewing,
    Worker,
)

# Suggested value (建议值): how far back precision is counted where nothing is said.
PRECISION_DAYS = 90


def cameras(
    user: Any, *, area: str | None = None, bound: bool | None = None, worker: str | None = None
) -> QuerySet[Asset]:
    """Cameras a user may see, with what is on record and who analyses them. `area` is a code.

    Of the algorithms bound to each: `n_bindings` are on, `n_wanted` of these are not suppressed, and of these `n_able` lack
    nothing that their worker would need.
    """
    rows = Asset.objects.visible_to(user).filter(kind="camera", valid_to=None)
    if area is not None:
        rows = rows.filter(area__path__contains=f"/{area}/")
    if bound is not None:
        has = Q(pk__in=Binding.objects.filter(enabled=True).values("camera"))
        rows = rows.filter(has) if bound else rows.exclude(has)
    if worker is not None:
        rows = rows.filter(seat__worker__name=worker)
    on = Q(bindings__enabled=True)
    wanted = on & (Q(bindings__paused_until=None) | Q(bindings__paused_until__lte=clock.now()))
    found: QuerySet[Asset] = rows.select_related("area", "terms", "seat__worker").annotate(
        n_bindings=Count("bindings", filter=on),
        n_wanted=Count("bindings", filter=wanted),
        n_able=Count("bindings", filter=wanted & Q(bindings__problem="")),
    )
    return found


def camera(user: Any, code: str) -> Asset:
    """One of them. Raises `NotFound`, also for one that is there but out of sight."""
    found = cameras(user).filter(code=code).first() if code.isprintable() else None
    if found is None:
        raise NotFound("no_camera", T("没有该摄像机", "There is no such camera"), field="code")
    return found


def holder(asset: Asset) -> Worker | None:
    """The worker that analyses a camera now. It says nothing of who may know."""
    seat: Seat | None = getattr(asset, "seat", None)
    held = seat is not None and seat.until is not None and seat.until > clock.now()
    return seat.worker if seat is not None and held else None


def bindings(user: Any, *, camera: str | None = None, preset: str | None = None) -> QuerySet[Binding]:
    rows = Binding.objects.visible_to(user).select_related("camera__area", "current")
    if camera is not None:
        rows = rows.filter(camera__code=camera)
    if preset is not None:
        rows = rows.filter(preset=preset)
    return rows.prefetch_related("streams__stream")


def binding(user: Any, code: str) -> Binding:
    found = bindings(user).filter(code=code).first() if code.isprintable() else None
    if found is None:
        raise NotFound("no_binding", T("没有该绑定", "There is no such binding"), field="code")
    return found


def versions(user: Any, code: str) -> QuerySet[BindingVersion]:
    """What a binding said, the newest first."""
    return BindingVersion.objects.visible_to(user).filter(binding=binding(user, code)).order_by("-number")


def in_force(code: str, at: datetime) -> BindingVersion | None:
    """What a binding said at a moment; None before it was made."""
    rows = BindingVersion.objects.filter(binding__code=code, at__lte=at)
    return rows.order_by("-number").first()


def workers() -> QuerySet[Worker]:
    """All workers. They have no place; which of their cameras a person sees is the cameras' own."""
    return Worker.objects.order_by("name")


def events(
    user: Any,
    *,
    camera: str | None = None,
    binding: str | None = None,
    alert: int | None = None,
    open_only: bool = False,
) -> QuerySet[VideoEvent]:
    rows = VideoEvent.objects.visible_to(user).select_related("camera", "binding")
    if camera is not None:
        rows = rows.filter(camera__code=camera)
    if binding is not None:
        rows = rows.filter(binding__code=binding)
    if alert is not None:
        rows = rows.filter(alert=alert)
    if open_only:
        rows = rows.filter(state__in=OPEN)
    found: QuerySet[VideoEvent] = rows.prefetch_related("pictures")
    return found


def past_events(before: datetime) -> QuerySet[VideoEvent]:
    """Events that ended before then and that nothing open refers to, as far as this domain knows: higher ones are asked."""
    pictured = Picture.objects.filter(event=OuterRef("pk"), erased_at=None)
    calm = Q(alert=None) | (
        Q(alert__closed_at__isnull=False) & (Q(alert__incident=None) | Q(alert__incident__state="closed"))
    )
    rows = VideoEvent.objects.filter(arrived_at__lte=before, said_at__lte=before)
    return rows.exclude(state__in=OPEN).filter(calm).exclude(Exists(pictured))


def pictures(
    user: Any, *, camera: str | None = None, event: str | None = None, alert: int | None = None
) -> QuerySet[Picture]:
    """Pictures that are still there."""
    rows = Picture.objects.visible_to(user).filter(erased_at=None).select_related("camera", "event")
    if camera is not None:
        rows = rows.filter(camera__code=camera)
    if event is not None:
        rows = rows.filter(event_ref=event)
    if alert is not None:
        rows = rows.filter(event__alert=alert)
    return rows


def picture(user: Any, ref: str) -> Picture:
    found = pictures(user).filter(ref=ref).first() if ref.isprintable() else None
    if found is None:
        raise NotFound("no_picture", T("没有该图片", "There is no such picture"), field="ref")
    return found


def picture_file(user: Any, ref: str) -> tuple[Picture, Path]:
    """Where a picture lies. Whoever hands it out has looked whether there is a reason on record."""
    row = picture(user, ref)
    path = files.path_of(row.sha256)
    if not path.is_file():
        raise NotFound(
            "file_missing",
            T("图片文件不在存储中", "The file is not in the store"),
            hint=T("请联系管理员。", "Tell an administrator."),
        )
    return row, path


def viewings(user: Any, *, camera: str | None = None) -> QuerySet[Viewing]:
    """调用登记, for auditors: whoever lists it has been asked for `camera.audit`."""
    rows = Viewing.objects.visible_to(user).select_related("camera")
    return rows.filter(camera__code=camera) if camera is not None else rows


def changes(user: Any, *, camera: str) -> QuerySet[TermsChange]:
    """What was changed in the record of a camera, the newest first."""
    return TermsChange.objects.visible_to(user).filter(camera__code=camera).order_by("-pk")


def since_of(days: int | None) -> datetime:
    return clock.now() - timedelta(days=days or PRECISION_DAYS)


def owner_names() -> dict[str, tuple[str, str]]:
    """Code of a department -> its names; an owner that is none stands as it was written."""
    return {code: (zh, en) for code, zh, en in Department.objects.values_list("code", "name_zh", "name_en")}


def faults() -> Iterator[str]:
    """Promises that are broken now, one sentence each."""
    yield from _unlawful(Binding.objects.filter(enabled=True).select_related("camera"))
    missing = Picture.objects.filter(erased_at=None).values_list("ref", "sha256")
    for ref, digest in missing.order_by("-pk")[:200]:
        if not files.path_of(digest).is_file():
            yield f"picture {ref} has no file"
    overdue = Picture.objects.filter(erased_at=None, delete_by__lt=clock.now() - timedelta(days=2))
    overdue = overdue.filter(Q(event=None) | Q(event__alert=None))
    if n := overdue.count():
        yield f"{n} pictures are kept beyond their time and no alert stands behind them"
    late = clock.now() - timedelta(days=retention.events().days + 2)
    if n := past_events(late).filter(alert=None).count():
        yield f"{n} events are kept beyond their time and nothing refers to them"


def _unlawful(rows: Iterable[Binding]) -> Iterator[str]:
    terms = {t.camera_id: t for t in CameraTerms.objects.all()}
    for row in rows:
        preset = presets.shipped().get(row.preset)
        if preset is None:
            continue
        for said in lawful.may_bind(preset, row.camera, terms.get(row.camera_id)):
            yield f"binding {row.code} is on: {said.en}"


def seats() -> QuerySet[Seat]:
    return Seat.objects.select_related("camera", "worker")
