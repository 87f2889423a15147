"""What becomes of a proposal short of declaring it: asked, declined, or left undecided, which alarms."""

from __future__ import annotations

from datetime import datetime, timedelta

from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.people import queries as people
from chengyun.people.models import Post
from chengyun.posture import logic, queries
from chengyun.posture.actions import common
from chengyun.posture.actions.approvals import spoken
from chengyun.posture.actions.proposals import minutes_to_decide
from chengyun.posture.logic import Step
from chengyun.posture.models import Approval, Proposal


def ask(*, actor: Actor, proposal_id: int, leader_post: Post | str, cause: int | None = None) -> Proposal:
    """The duty officer asks a leader with the authority to decide. Asking another leader later is allowed."""
    with write():
        row = common.proposal(proposal_id)
        actor.require("posture.ask", row.area.path)
        common.require_person(actor)
        state = common.step(row, Step.ASK)
        leader = common.leader(leader_post, row.area, row.mode, row.level)
        row.state, row.asked_post, row.asked_at = state, leader, clock.now()
        row.save(update_fields=["state", "asked_post", "asked_at"])
        entry = journal.record(
            "posture.asked",
            subject=f"proposal:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={"proposal": row.pk, "mode": row.mode, "level": row.level, "leader": leader.code},
            cause=cause or row.latest_entry,
        )
        row.latest_entry = entry.id
        row.save(update_fields=["latest_entry"])
        common.tell(
            [leader],
            subject=f"proposal:{row.pk}",
            kind="posture.asked",
            area=row.area,
            mode=row.mode,
            level=row.level,
            cause=entry.id,
        )
        return row


def decline(
    *,
    actor: Actor,
    proposal_id: int,
    reason: str,
    leader_post: Post | str | None = None,
    spoken_at: datetime | None = None,
    cause: int | None = None,
) -> Proposal:
    """Decide against a proposal: with the authority oneself, or noting a leader's spoken decision."""
    with write():
        row = common.proposal(proposal_id)
        common.require_person(actor)
        state = common.step(row, Step.DECLINE)
        words = common.text(reason, "reason")
        approval: Approval | None = None
        if leader_post is not None:
            approval = spoken(
                actor=actor,
                area=row.area,
                mode=row.mode,
                level=row.level,
                purpose="decline",
                leader_post=leader_post,
                spoken_at=spoken_at,
                not_before=row.proposed_at,
                proposal=row,
                cause=cause,
            )
        elif not may_decline(actor, row):
            raise common.refuse(row.area, row.mode, row.level)
        row.state, row.closed_at, row.closed_by, row.reason = state, clock.now(), actor.ref, words
        row.save(update_fields=["state", "closed_at", "closed_by", "reason"])
        common.disarm(row)
        journal.record(
            "posture.declined",
            subject=f"proposal:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={
                "proposal": row.pk,
                "mode": row.mode,
                "level": row.level,
                "approval": approval.pk if approval else None,
                "reason": seal_text(words)[1],
                "post": actor.post,
            },
            cause=cause or (approval.entry if approval else row.latest_entry),
        )
        return row


def may_decline(actor: Actor, row: Proposal) -> bool:
    """Deciding against needs the same authority as deciding for: a level I is not waved off by who could not declare it."""
    return actor.may("posture.decline", row.area.path) and common.has_authority(
        actor, row.area, row.mode, row.level
    )


def alarm_undecided(*, actor: Actor, proposal_id: int, cause: int | None = None) -> None:
    """Nobody decided in time: tell the centre and the leader asked, each time one post higher."""
    with write():
        row = common.proposal(proposal_id)
        if row.state not in logic.OPEN:
            return
        row.alarms += 1
        row.save(update_fields=["alarms"])
        minutes = int((clock.now() - row.proposed_at).total_seconds() // 60)
        entry = journal.record(
            "posture.undecided",
            subject=f"proposal:{row.pk}",
            area=row.area.path,
            actor=actor,
            payload={
                "proposal": row.pk,
                "mode": row.mode,
                "level": row.level,
                "minutes": minutes,
                "alarms": row.alarms,
            },
            cause=cause or row.entry,
        )
        officer = people.duty_officer(row.area)
        told = [*common.centre(row.area), *people.chain(officer)[: row.alarms]]
        if row.asked_post is not None:
            told.append(row.asked_post)
        common.tell(
            told,
            subject=f"proposal:{row.pk}",
            kind="posture.undecided",
            area=row.area,
            mode=row.mode,
            level=row.level,
            cause=entry.id,
            minutes=minutes,
        )
        wait = minutes_to_decide(row.level)
        if wait is not None and row.alarms <= int(queries.policy()["waits"]["repeats"]):
            due = clock.now() + timedelta(minutes=wait)
            timers.arm("posture.undecided", due_at=due, subject=f"proposal:{row.pk}", cause=entry.id)
