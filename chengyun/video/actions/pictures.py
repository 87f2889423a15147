"""Masked pictures: taken in, kept, removed at the end of their time. There is no way in for a picture that is not masked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from chengyun.alerts.models import Alert
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Conflict, Invalid, TooLarge
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import write
from chengyun.video import files, lawful, needs
from chengyun.video.actions.cameras import camera as find
from chengyun.video.actions.events import AHEAD, OLD
from chengyun.video.logic import jpeg, keeping
from chengyun.video.models import MASKED_HOW, CameraTerms, Picture, VideoEvent

PLATFORM = system("video")
RETENTION = "video.retention"
# Suggested values (建议值).
CEILING_DAYS = 90
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Facts:
    """What a worker states of a picture. `masked`: how ("heads" or "whole"); `heads`: head regions covered; `zones`: of the
    camera's privacy zones; `models`: manifests of the models that found the persons."""

    id: str
    camera: str
    at: datetime
    sha256: str
    masked: str
    heads: int
    zones: int
    width: int
    height: int
    models: Sequence[str] = ()
    event: str = ""


def store(*, worker: str, facts: Facts, content: bytes) -> tuple[Picture, bool]:
    """Keep a masked picture; returns it and whether it is new. The same again changes nothing.

    Refused without its masking facts, with notes in it, of another hash or size than stated, or of a camera that may not be
    there. `Conflict`: the id belongs to another picture.
    """
    _check(facts, content)
    with write():
        asset = find(facts.camera)
        lawful.require(asset)
        now = clock.now()
        if facts.at.tzinfo is None or not now - OLD <= facts.at <= now + AHEAD:
            raise Invalid("bad_time", T("拍摄时间过旧或在未来", "Too old, or in the future"), field="at")
        row = Picture.objects.filter(ref=facts.id).first()
        if row is not None:
            if (row.sha256, row.camera_id) != (facts.sha256, asset.pk):
                raise Conflict(
                    "id_taken", T("编号已属于另一图片", "This id belongs to another picture"), field="id"
                )
            return row, False
        terms = CameraTerms.objects.filter(camera=asset).first()
        floor = timedelta(days=lawful.floor_days(asset))
        ceiling = timedelta(days=terms.ceiling_days if terms else CEILING_DAYS)
        event = VideoEvent.objects.filter(ref=facts.event, camera=asset).first() if facts.event else None
        row = Picture(
            ref=facts.id,
            camera=asset,
            event=event,
            event_ref=facts.event,
            at=facts.at,
            arrived_at=now,
            sha256=facts.sha256,
            size=len(content),
            width=facts.width,
            height=facts.height,
            how=facts.masked,
            heads=facts.heads,
            zones=facts.zones,
            models_used=list(facts.models)[:20],
            worker=worker,
            keep_until=now + floor,
            delete_by=now + max(floor, ceiling),
        )
        # The file first and flushed: a row without its file would be a promise nobody can keep.
        _keep(facts.sha256, content)
        row.save(force_insert=True)
        journal.record(
            "camera.picture",
            subject=f"picture:{row.ref}"[:80],
            area=asset.area.path,
            actor=PLATFORM,
            payload={
                "picture": row.ref,
                "camera": asset.code,
                "event": facts.event or None,
                "sha256": row.sha256,
                "size": row.size,
                "how": row.how,
                "heads": row.heads,
                "zones": row.zones,
                "models": row.models_used,
            },
            cause=event.entry if event else None,
        )
        if not Timer.objects.filter(kind=RETENTION).exists():
            arm(now + timedelta(hours=24))
        return row, True


def _check(facts: Facts, content: bytes) -> None:
    if facts.masked not in dict(MASKED_HOW):
        raise Invalid(
            "not_masked",
            T("须说明遮挡方式：未遮挡的图片一律不予接收", "Say how it was masked: no other picture is taken"),
            field="masked",
            hint="heads, whole",
        )
    if len(content) > jpeg.MAX_BYTES:
        raise TooLarge(
            "file_too_large",
            T(f"图片超过 {jpeg.MAX_BYTES // 1024} KB", f"Larger than {jpeg.MAX_BYTES // 1024} KB"),
            field="body",
        )
    if sha256(content).hexdigest() != facts.sha256:
        raise Invalid("bad_hash", T("哈希不符", "The hash is of something else"), field="sha256")
    try:
        size = jpeg.size_of(content)
    except jpeg.NotAPicture as error:
        raise Invalid("not_a_picture", T(error.zh, error.en), field="body") from error
    if size != (facts.width, facts.height):
        raise Invalid(
            "bad_size", T("尺寸不符", f"The picture has {size[0]} x {size[1]} pixels"), field="width"
        )


def _keep(digest: str, content: bytes) -> None:
    path = files.path_of(digest)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    with open(partial, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.chmod(partial, 0o600)
    os.replace(partial, path)


def arm(at: datetime, after: int = 0) -> None:
    timers.arm(RETENTION, due_at=at, subject="video", payload={"after": after}, priority=250)


def forget_old(after: int = 0) -> int:
    """Remove the files of pictures whose time is over, from the one `after` which was looked at last; their rows stay as the
    record that they were there. Timer only."""
    with write():
        now = clock.now()
        due = list(
            Picture.objects.select_for_update(of=("self",))
            .filter(keep_until__lte=now, erased_at=None, pk__gt=after)
            .select_related("event")
            .order_by("pk")[:AT_ONCE]
        )
        alerts = {row.event.alert_id for row in due if row.event and row.event.alert_id}
        held = needs.held(alerts)
        waiting = set(Alert.objects.filter(pk__in=alerts, closed_at=None).values_list("pk", flat=True)) | set(
            Alert.objects.filter(pk__in=alerts, verdict=None).values_list("pk", flat=True)
        )
        gone = []
        for row in due:
            alert = row.event.alert_id if row.event else None
            if not keeping.stays(
                now, floor=row.keep_until, ceiling=row.delete_by, waiting=alert in waiting, held=alert in held
            ):
                gone.append(row)
        for row in gone:
            row.erased_at = now
            row.save(update_fields=["erased_at"])
            # Before the commit: should it fail, the row is still due, and nothing is left that nobody knows of.
            if not Picture.objects.filter(sha256=row.sha256, erased_at=None).exists():
                files.path_of(row.sha256).unlink(missing_ok=True)
        if gone:
            journal.record(
                "camera.pictures_erased",
                subject="video",
                actor=PLATFORM,
                payload={"count": len(gone), "held": len(due) - len(gone)},
            )
        if len(due) == AT_ONCE:
            arm(now + timedelta(seconds=5), due[-1].pk)
        else:
            arm(now + timedelta(hours=24))
        return len(gone)
