"""A leader's spoken word: noted by the duty officer, countersigned by the leader within a set time."""

from __future__ import annotations

from datetime import datetime, timedelta

from chengyun.district.models import Area
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people import queries as people
from chengyun.people.models import Post
from chengyun.posture import queries
from chengyun.posture.actions import common
from chengyun.posture.logic import Step
from chengyun.posture.models import Approval, Declaration, Proposal

# Without a policy there is no authority either, so nothing can be approved; this only keeps the arithmetic whole.
_COUNTERSIGN_MINUTES = 60


def spoken(
    *,
    actor: Actor,
    area: Area,
    mode: str,
    level: int | None,
    purpose: str,
    leader_post: Post | str,
    spoken_at: datetime | None,
    not_before: datetime,
    proposal: Proposal | None = None,
    declaration: Declaration | None = None,
    cause: int | None = None,
) -> Approval:
    """Note a spoken decision and start the clock for its countersignature. For the verbs of this package only."""
    actor.require("posture.record", area.path)
    common.require_person(actor)
    leader = common.leader(leader_post, area, mode, level)
    if actor.post == leader.code:
        raise Conflict(
            "decide_yourself",
            T("您就是该领导，请直接决定", "You are that leader: decide it directly"),
            hint=T("口头批准由他人记录。", "A spoken approval is recorded by somebody else."),
        )
    if spoken_at is None:
        raise Invalid(
            "time_missing", T("请填写口头决定的时间", "Say when the leader spoke"), field="spoken_at"
        )
    moment = common.past(spoken_at, "spoken_at", not_before=not_before)
    holder = people.accountable(leader.id, moment).staff
    if holder is not None and holder.ref == actor.ref:
        raise Conflict(
            "same_person", T("记录人与批准人不能是同一人", "Who approves and who records are two people")
        )
    expires = _usable_until(mode, level, moment) if purpose == Approval.Purpose.DECLARE else None
    now = clock.now()
    row = Approval.objects.create(
        area=area,
        purpose=purpose,
        proposal=proposal,
        declaration=declaration,
        leader_post=leader,
        leader_ref=holder.ref if holder else "",
        spoken_at=moment,
        recorded_at=now,
        recorded_by=actor.ref,
        recorded_post=actor.post or "",
        expires_at=expires,
        due_at=now + _sign_within(),
    )
    entry = journal.record(
        "posture.approved",
        subject=f"approval:{row.pk}",
        area=area.path,
        actor=actor,
        payload={
            "approval": row.pk,
            "purpose": purpose,
            "mode": mode,
            "level": level,
            "proposal": proposal.pk if proposal else None,
            "declaration": declaration.pk if declaration else None,
            "leader": leader.code,
            "spoken_at": moment.isoformat(),
            "due_at": row.due_at.isoformat(),
            "expires_at": expires.isoformat() if expires else None,
        },
        cause=cause
        or (proposal.latest_entry if proposal else None)
        or (declaration.entry if declaration else None),
    )
    row.entry = entry.id
    row.save(update_fields=["entry"])
    timers.arm("posture.countersign", due_at=row.due_at, subject=f"approval:{row.pk}", cause=entry.id)
    if expires is not None and proposal is not None:
        timers.arm("posture.approval", due_at=expires, subject=f"proposal:{proposal.pk}", cause=entry.id)
    common.tell(
        [leader],
        subject=f"approval:{row.pk}",
        kind="posture.countersign",
        area=area,
        mode=mode,
        level=level,
        cause=entry.id,
    )
    return row


def _sign_within() -> timedelta:
    return timedelta(minutes=int(queries.policy().get("waits", {}).get("countersign", _COUNTERSIGN_MINUTES)))


def _usable_until(mode: str, level: int | None, spoken_at: datetime) -> datetime:
    """What a leader said holds for the minutes that the authority table gives it. `Invalid` when they are over already."""
    until = spoken_at + timedelta(minutes=common.cell_of(mode, level).approval)
    if until <= clock.now():
        raise Invalid(
            "spoken_too_long_ago",
            T("该口头批准已过有效时间", "What the leader said then no longer holds"),
            field="spoken_at",
            hint=T("请重新请示。", "Ask the leader again."),
        )
    return until


def record_approval(
    *,
    actor: Actor,
    proposal_id: int,
    leader_post: Post | str,
    spoken_at: datetime,
    cause: int | None = None,
) -> Approval:
    """The duty officer notes that a leader approved a proposal by word of mouth, and when."""
    with write():
        row = common.proposal(proposal_id)
        state = common.step(row, Step.APPROVE)
        approval = spoken(
            actor=actor,
            area=row.area,
            mode=row.mode,
            level=row.level,
            purpose="declare",
            leader_post=leader_post,
            spoken_at=spoken_at,
            not_before=row.proposed_at,
            proposal=row,
            cause=cause,
        )
        row.state = state
        row.save(update_fields=["state"])
        return approval


def countersign(*, actor: Actor, approval_id: int, agrees: bool = True, cause: int | None = None) -> Approval:
    """The leader confirms what was noted of him, or denies it. Late signing is taken and stays marked as late.

    A denial takes nothing back by itself, because what was declared has had its effects: the centre is told, and whoever
    has the authority ends it or lets it stand. A proposal that was not yet declared cannot be declared on it any more.
    """
    with write():
        row = (
            Approval.objects.select_for_update(of=("self",))
            .select_related("area", "leader_post", "proposal", "declaration")
            .filter(pk=approval_id)
            .first()
        )
        if row is None:
            raise NotFound("no_approval", T("没有这条批准记录", "There is no such approval"))
        actor.require("posture.countersign", row.area.path)
        common.require_person(actor)
        if actor.post != row.leader_post.code:
            raise NotAllowed(
                "not_that_leader",
                T("只有被记录的领导可以补签", "Only the leader on record can countersign"),
                hint=T(
                    f"应由岗位 {row.leader_post.code} 补签。", f"It is for the post {row.leader_post.code}."
                ),
            )
        if actor.ref == row.recorded_by:
            raise NotAllowed("same_person", T("记录人不能补签", "Who recorded it cannot countersign it"))
        wanted = Approval.State.SIGNED if agrees else Approval.State.DENIED
        if row.state != Approval.State.OPEN:
            if row.state == wanted:
                return row
            raise Conflict("settled", T("该批准已有结论", "This approval has been settled already"))
        row.state, row.settled_at, row.settled_by = wanted, clock.now(), actor.ref
        row.save(update_fields=["state", "settled_at", "settled_by"])
        timers.cancel("posture.countersign", subject=f"approval:{row.pk}")
        payload: dict[str, object] = {
            "approval": row.pk,
            "leader": row.leader_post.code,
            "purpose": row.purpose,
        }
        if agrees:
            payload["late"] = row.overdue_at is not None or row.settled_at > row.due_at
        entry = journal.record(
            "posture.countersigned" if agrees else "posture.denied",
            subject=f"approval:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload=payload,
            cause=cause or row.entry,
        )
        if not agrees:
            _after_denial(row, entry.id)
        return row


def _what(row: Approval) -> tuple[str, int | None]:
    subject = row.declaration or row.proposal
    if subject is None:
        raise Invalid("no_subject", T("批准未关联事项", "The approval is about nothing"))
    return subject.mode, subject.level


def _ask_again(proposal: Proposal, leader: Post) -> None:
    """What was approved no longer is: the proposal goes back to the leader."""
    proposal.state = common.step(proposal, Step.LAPSE)
    proposal.asked_post = leader
    proposal.save(update_fields=["state", "asked_post"])
    timers.cancel("posture.approval", subject=f"proposal:{proposal.pk}")


def _after_denial(row: Approval, entry: int) -> None:
    if row.proposal is not None and row.proposal.state == "approved" and row.expired_at is None:
        _ask_again(row.proposal, row.leader_post)
    mode, level = _what(row)
    common.tell(
        [*common.centre(row.area), *people.chain(people.duty_officer(row.area))],
        subject=f"approval:{row.pk}",
        kind="posture.denied",
        area=row.area,
        mode=mode,
        level=level,
        cause=entry,
    )


def expire_approval(*, actor: Actor, proposal_id: int, cause: int | None = None) -> None:
    """Nobody declared on a recorded approval in time: it holds no longer, and the duty officer is told to ask again.

    The leader may still sign it or deny it, but is not chased for the signature: nothing was done on it.
    """
    with write():
        proposal = common.proposal(proposal_id)
        rows = Approval.objects.select_for_update(of=("self",)).select_related("leader_post")
        row = (
            rows.filter(proposal=proposal, purpose="declare", expired_at=None).exclude(state="denied").first()
        )
        if proposal.state != "approved" or row is None:
            return
        now = clock.now()
        row.expired_at = now
        row.save(update_fields=["expired_at"])
        timers.cancel("posture.countersign", subject=f"approval:{row.pk}")
        _ask_again(proposal, row.leader_post)
        minutes = int((now - row.spoken_at).total_seconds() // 60)
        entry = journal.record(
            "posture.approval_expired",
            subject=f"approval:{row.pk}",
            area=proposal.area.path,
            actor=actor,
            payload={
                "approval": row.pk,
                "proposal": proposal.pk,
                "mode": proposal.mode,
                "level": proposal.level,
                "leader": row.leader_post.code,
                "minutes": minutes,
            },
            cause=cause or row.entry,
        )
        common.tell(
            [people.duty_officer(proposal.area), *Post.objects.filter(code=row.recorded_post)],
            subject=f"proposal:{proposal.pk}",
            kind="posture.approval_expired",
            area=proposal.area,
            mode=proposal.mode,
            level=proposal.level,
            cause=entry.id,
            post=row.leader_post.code,
            minutes=minutes,
        )


def alarm_countersign(*, actor: Actor, approval_id: int, cause: int | None = None) -> None:
    """The set time has passed unsigned: tell the leader, the centre, and each time one post more above the leader.

    It alarms again after the same time until the leader has signed or denied: what was done on a leader's word must not
    stay without that leader's hand.
    """
    with write():
        row = Approval.objects.select_related("area", "leader_post", "proposal", "declaration").get(
            pk=approval_id
        )
        if row.state != Approval.State.OPEN or row.expired_at is not None:
            return
        now = clock.now()
        row.overdue_at, row.alarms = row.overdue_at or now, row.alarms + 1
        row.save(update_fields=["overdue_at", "alarms"])
        entry = journal.record(
            "posture.countersign_overdue",
            subject=f"approval:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={
                "approval": row.pk,
                "leader": row.leader_post.code,
                "purpose": row.purpose,
                "alarms": row.alarms,
            },
            cause=cause or row.entry,
        )
        mode, level = _what(row)
        common.tell(
            [row.leader_post, *people.chain(row.leader_post)[: row.alarms], *common.centre(row.area)],
            subject=f"approval:{row.pk}",
            kind="posture.countersign_overdue",
            area=row.area,
            mode=mode,
            level=level,
            cause=entry.id,
            post=row.leader_post.code,
        )
        timers.arm(
            "posture.countersign", due_at=now + _sign_within(), subject=f"approval:{row.pk}", cause=entry.id
        )
