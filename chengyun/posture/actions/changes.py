"""Lowering, ending, extending what is in force: by authority over it, or on a leader's recorded word."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.people.models import Post
from chengyun.posture import logic, queries
from chengyun.posture.actions import common
from chengyun.posture.actions.approvals import spoken
from chengyun.posture.actions.declarations import arm_end, close, make
from chengyun.posture.actions.told import tell_change
from chengyun.posture.models import Approval, Declaration


def _standing(declaration_id: int) -> Declaration:
    rows = Declaration.objects.select_for_update(of=("self",)).select_related("area")
    row = rows.filter(pk=declaration_id).first()
    if row is None:
        raise NotFound("no_declaration", T("没有这条宣布记录", "There is no such declaration"))
    if row.ended_at is not None:
        raise Conflict("not_in_force", T("该模式已不在执行", "It is not in force any more"))
    return row


def _may_change(
    actor: Actor,
    row: Declaration,
    permission: str,
    purpose: str,
    leader_post: Post | str | None,
    spoken_at: datetime | None,
    cause: int | None,
) -> Approval | None:
    """Authority over what is in force now, or a leader's word for it."""
    if leader_post is not None:
        return spoken(
            actor=actor,
            area=row.area,
            mode=row.mode,
            level=row.level,
            purpose=purpose,
            leader_post=leader_post,
            spoken_at=spoken_at,
            not_before=row.since,
            declaration=row,
            cause=cause,
        )
    if not (
        actor.may(permission, row.area.path) and common.has_authority(actor, row.area, row.mode, row.level)
    ):
        raise common.refuse(row.area, row.mode, row.level)
    return None


def downgrade(
    *,
    actor: Actor,
    declaration_id: int,
    level: int | None,
    reason: str,
    leader_post: Post | str | None = None,
    spoken_at: datetime | None = None,
    cause: int | None = None,
) -> Declaration:
    """Lower the level. The lower level is a new declaration that follows the old one, with its matter and measures."""
    with write():
        common.require_person(actor)
        row = _standing(declaration_id)
        common.check_level(row.mode, level)
        if not logic.higher(row.level, level):
            raise Invalid(
                "not_lower",
                T("新级别须低于当前级别", "The new level has to be lower than the present one"),
                field="level",
                hint=T("升级请重新宣布。", "To raise it, declare again."),
            )
        words = common.text(reason, "reason")
        approval = _may_change(actor, row, "posture.downgrade", "downgrade", leader_post, spoken_at, cause)
        before = queries.effective_at(row.area.path)
        old_level = row.level
        close(actor, row, Declaration.End.LOWERED, words)
        expected = max(row.expected_end, clock.now())
        made = make(
            actor,
            row.area,
            row.mode,
            level,
            row.incident,
            row.matter,
            row.measures,
            expected,
            row.proposal,
            row,
        )
        common.put_in_force()
        payload = {
            **_change(actor, row, made.level, approval, words),
            "declaration": made.pk,
            "follows": row.pk,
        }
        payload["from_level"] = old_level
        entry = journal.record(
            "posture.downgraded",
            subject=f"declaration:{made.pk}",
            area=row.area.path,
            actor=actor,
            payload=payload,
            cause=cause or (approval.entry if approval else row.entry),
        )
        made.entry = entry.id
        made.save(update_fields=["entry"])
        common.put_in_force()
        arm_end(made, entry.id)
        tell_change("posture.downgraded", made, before, entry.id)
        return made


def end(
    *,
    actor: Actor,
    declaration_id: int,
    reason: str,
    leader_post: Post | str | None = None,
    spoken_at: datetime | None = None,
    cause: int | None = None,
) -> Declaration:
    """End a mode; what was in force beneath it shows again."""
    with write():
        common.require_person(actor)
        row = _standing(declaration_id)
        words = common.text(reason, "reason")
        approval = _may_change(actor, row, "posture.end", "end", leader_post, spoken_at, cause)
        before = queries.effective_at(row.area.path)
        close(actor, row, Declaration.End.ENDED, words)
        common.put_in_force()
        entry = journal.record(
            "posture.ended",
            subject=f"declaration:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={**_change(actor, row, row.level, approval, words), "declaration": row.pk},
            cause=cause or (approval.entry if approval else row.entry),
        )
        tell_change("posture.ended", row, before, entry.id)
        return row


def _change(
    actor: Actor, row: Declaration, level: int | None, approval: Approval | None, reason: str
) -> dict[str, Any]:
    now = queries.current_at(row.area.path)
    return {
        "mode": row.mode,
        "level": level,
        "approval": approval.pk if approval else None,
        "by": actor.ref,
        "post": actor.post,
        "reason": seal_text(reason)[1],
        "incident": row.incident,
        "mode_now": now.mode,
        "level_now": now.level,
    }


def extend(
    *, actor: Actor, declaration_id: int, expected_end: datetime, cause: int | None = None
) -> Declaration:
    """Move the expected end of what is in force; needs the authority that declaring it needs."""
    with write():
        common.require_person(actor)
        row = _standing(declaration_id)
        if not common.has_authority(actor, row.area, row.mode, row.level):
            raise common.refuse(row.area, row.mode, row.level)
        common.future(expected_end, "expected_end")
        if row.expected_end == expected_end:
            return row
        row.expected_end = expected_end
        row.save(update_fields=["expected_end"])
        entry = journal.record(
            "posture.extended",
            subject=f"declaration:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={
                "declaration": row.pk,
                "mode": row.mode,
                "level": row.level,
                "expected_end": expected_end.isoformat(),
            },
            cause=cause or row.entry,
        )
        arm_end(row, entry.id)
        return row


def alarm_overrun(*, actor: Actor, declaration_id: int, cause: int | None = None) -> None:
    """The expected end has come: say so. Nothing ends by itself, because ending is a decision too."""
    with write():
        row = Declaration.objects.select_related("area").get(pk=declaration_id)
        if row.ended_at is not None:
            return
        entry = journal.record(
            "posture.overrun",
            subject=f"declaration:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={
                "declaration": row.pk,
                "mode": row.mode,
                "level": row.level,
                "expected_end": row.expected_end.isoformat(),
            },
            cause=cause or row.entry,
        )
        told = common.centre(row.area)
        told += list(Post.objects.filter(code=row.by_post).select_related("area"))
        common.tell(
            told,
            subject=f"declaration:{row.pk}",
            kind="posture.overrun",
            area=row.area,
            mode=row.mode,
            level=row.level,
            cause=entry.id,
        )
