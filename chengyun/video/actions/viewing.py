"""调用登记: nobody looks through a camera, or at a picture of one, without a reason on record."""

from __future__ import annotations

from datetime import datetime, timedelta

from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, NotAllowed
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.video import needs
from chengyun.video.actions.cameras import camera as find
from chengyun.video.models import Picture, Viewing

VIEW, PLAY = "camera.view", "camera.play"
# Suggested values (建议值): so long a live view lasts before it is asked for again, and a picture may be fetched.
LIVE_FOR, PICTURE_FOR = timedelta(minutes=10), timedelta(minutes=5)
SPAN_MAX = timedelta(hours=24)
STATED = "stated"
_SHORTEST = 4


def view_live(
    *, actor: Actor, code: str, kind: str, ref: str = "", text: str = "", cause: int | None = None
) -> Viewing:
    """Look at a camera now. The reason is inherited: an incident, an alert, a task, the running shift; or stated."""
    return _view(actor, code, "live", VIEW, kind, ref, text, cause, for_=LIVE_FOR)


def play(
    *,
    actor: Actor,
    code: str,
    since: datetime,
    until: datetime,
    text: str,
    download: bool = False,
    cause: int | None = None,
) -> Viewing:
    """Look at what a camera recorded, or take it away: only for a stated reason."""
    now = clock.now()
    if since.tzinfo is None or until.tzinfo is None or not since < until <= now + timedelta(minutes=1):
        raise Invalid("bad_span", T("时段无效", "This is no span of time that has passed"), field="until")
    if until - since > SPAN_MAX:
        raise Invalid("bad_span", T("一次最多 24 小时", "At most 24 hours at once"), field="until")
    what = "download" if download else "playback"
    return _view(actor, code, what, PLAY, STATED, "", text, cause, span=(since, until))


def view_picture(
    *, actor: Actor, picture: Picture, kind: str, ref: str = "", text: str = "", cause: int | None = None
) -> Viewing:
    """Look at a masked picture."""
    return _view(
        actor,
        picture.camera.code,
        "picture",
        VIEW,
        kind,
        ref,
        text,
        cause,
        for_=PICTURE_FOR,
        picture=picture.ref,
    )


def take_picture(*, actor: Actor, picture: Picture, text: str, cause: int | None = None) -> Viewing:
    """Take a masked picture away: only for a stated reason."""
    code = picture.camera.code
    return _view(
        actor, code, "download", PLAY, STATED, "", text, cause, for_=PICTURE_FOR, picture=picture.ref
    )


def _view(
    actor: Actor,
    code: str,
    what: str,
    permission: str,
    kind: str,
    ref: str,
    text: str,
    cause: int | None,
    *,
    for_: timedelta | None = None,
    span: tuple[datetime, datetime] | None = None,
    picture: str = "",
) -> Viewing:
    with write():
        asset = find(code)
        actor.require(permission, asset.area.path)
        if actor.is_system:
            raise NotAllowed("person_needed", T("须由人员调用", "Only a person looks through a camera"))
        text = " ".join(text.split())
        _reason(actor, kind, ref, text, asset.area.path)
        now = clock.now()
        since, until = span or (now, now + (for_ or LIVE_FOR))
        row = Viewing.objects.create(
            at=now,
            by=actor.ref,
            post=actor.post or "",
            camera=asset,
            what=what,
            picture=picture,
            since=since,
            until=until,
            reason_kind=kind,
            reason_ref=ref,
            reason=text,
        )
        journal.record(
            "camera.viewed",
            subject=f"camera:{code}",
            area=asset.area.path,
            actor=actor,
            payload={
                "viewing": row.pk,
                "camera": code,
                "what": what,
                "since": since.isoformat(),
                "until": until.isoformat(),
                "reason_kind": kind,
                "reason_ref": ref,
                "reason_digest": seal_text(text)[1] if text else None,
                "post": actor.post,
                "picture": picture or None,
            },
            cause=cause,
        )
        return row


def _reason(actor: Actor, kind: str, ref: str, text: str, path: str) -> None:
    if kind == STATED:
        if not _SHORTEST <= len(text) <= 200:
            raise Invalid(
                "reason_needed",
                T("请说明事由（4 至 200 字）", "State the reason (4 to 200 characters)"),
                field="reason",
            )
        return
    if kind not in needs.reasons():
        raise Invalid(
            "bad_reason",
            T("事由类别无效", "There is no such kind of reason"),
            field="kind",
            hint=", ".join((STATED, *needs.reasons())),
        )
    if len(ref) > 40 or len(text) > 200 or not needs.stands(kind, actor.user, ref, path):
        raise Invalid(
            "no_reason",
            T(
                "此事由不存在、已结束，或不在您的范围内",
                "There is no such reason, it is over, or not for you",
            ),
            field="ref",
            hint=T(
                "请选择进行中的事件、任务或班次，或说明事由。", "Name what is open now, or state the reason."
            ),
        )
