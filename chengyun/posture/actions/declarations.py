"""Declaring, lowering, ending, extending. Each is by a named person with the authority, or on a leader's recorded word.

declare    own authority (permission for the area, and the table's cell)         -> in force
           else a proposal with a recorded, undenied approval, by who may record -> in force
           else                                                                  -> refused, and says whom to ask
downgrade, end: authority over what is in force now, or a leader's recorded word
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chengyun.district.models import Area
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.posture import logic, queries
from chengyun.posture.actions import common
from chengyun.posture.actions.told import tell_change
from chengyun.posture.logic import Step
from chengyun.posture.models import Approval, Declaration, Proposal

MAX_MEASURES = 30


def declare(
    *,
    actor: Actor,
    matter: str,
    expected_end: datetime,
    measures: Sequence[str],
    proposal_id: int | None = None,
    area: Area | None = None,
    mode: str | None = None,
    level: int | None = None,
    incident: str = "",
    cause: int | None = None,
) -> Declaration:
    """Put a mode and level in force. States matter, level, expected end and measures, as the law asks of a response.

    Give `proposal_id`, or `area`, `mode` and `level`. `measures` are codes of posture.yaml or short texts, at least one.
    Raises `NotAllowed` (with whom to ask), `Invalid`, or `Conflict` where the same or a higher level is in force for the
    same incident.
    """
    with write():
        common.require_person(actor)
        row: Proposal | None = None
        if proposal_id is not None:
            row = common.proposal(proposal_id)
            area, mode, level, incident = row.area, row.mode, row.level, row.incident
            common.step(row, Step.DECLARE)
        if area is None or mode is None:
            raise Invalid(
                "nothing_named",
                T("请指明建议，或区域与模式", "Name a proposal, or an area and a mode"),
                field="area",
            )
        common.check_level(mode, level)
        approval = _authorise(actor, row, area, mode, level)
        words = common.text(matter, "matter")
        listed = _measures(measures)
        common.future(expected_end, "expected_end")
        earlier = _in_force(area, mode, incident)
        if earlier is not None:
            if not logic.higher(level, earlier.level):
                raise Conflict(
                    "in_force",
                    T("同级或更高级别已在执行", "The same or a higher level is in force already"),
                    hint=T("降低级别请用“降级”。", "Use downgrade to lower it."),
                )
            close(actor, earlier, Declaration.End.RAISED, "")
        before = queries.effective_at(area.path)
        made = make(actor, area, mode, level, incident, words, listed, expected_end, row, earlier)
        entry = _record_declared(actor, made, approval, cause)
        if approval is not None:
            approval.declaration = made
            approval.save(update_fields=["declaration"])
        _settle_proposals(actor, made, row, entry)
        common.put_in_force()
        arm_end(made, entry)
        tell_change("posture.declared", made, before, entry)
        return made


def _authorise(
    actor: Actor, row: Proposal | None, area: Area, mode: str, level: int | None
) -> Approval | None:
    """None: by own authority. An approval: on that. Raises otherwise."""
    if common.has_authority(actor, area, mode, level):
        return None
    if row is not None and row.state == "approved" and actor.may("posture.record", area.path):
        approvals = Approval.objects.select_for_update(of=("self",)).select_related("leader_post")
        approval = (
            approvals.filter(proposal=row, purpose="declare", expired_at=None)
            .exclude(state=Approval.State.DENIED)
            .first()
        )
        if approval is not None and (approval.expires_at is None or clock.now() < approval.expires_at):
            return approval
    raise common.refuse(area, mode, level)


def _measures(measures: Sequence[str]) -> list[str]:
    listed = [str(item).strip() for item in measures]
    if not listed or len(listed) > MAX_MEASURES or any(not item or len(item) > 200 for item in listed):
        raise Invalid(
            "measures_missing",
            T("请写明应急处置措施", "Say which measures are taken"),
            field="measures",
            hint=T("至少一项，每项不超过 200 字。", "At least one, each at most 200 characters."),
        )
    return listed


def _in_force(area: Area, mode: str, incident: str) -> Declaration | None:
    rows = Declaration.objects.select_for_update(of=("self",)).select_related("area")
    return rows.filter(area=area, mode=mode, incident=incident, ended_at=None).first()


def make(
    actor: Actor,
    area: Area,
    mode: str,
    level: int | None,
    incident: str,
    matter: str,
    measures: list[str],
    expected_end: datetime,
    row: Proposal | None,
    follows: Declaration | None,
) -> Declaration:
    return Declaration.objects.create(
        area=area,
        mode=mode,
        level=level,
        incident=incident,
        matter=matter,
        matter_salt=seal_text(matter)[0],
        measures=measures,
        expected_end=expected_end,
        since=clock.now(),
        by_ref=actor.ref,
        by_post=actor.post or "",
        proposal=row,
        follows=follows,
        policy=queries.effective_at(area.path).policy,
    )


def _record_declared(actor: Actor, made: Declaration, approval: Approval | None, cause: int | None) -> int:
    known = queries.policy().get("measures", {})
    codes = [item for item in made.measures if item in known]
    proposal = made.proposal
    entry = journal.record(
        "posture.declared",
        subject=f"declaration:{made.pk}",
        area=made.area.path,
        actor=actor,
        payload={
            "declaration": made.pk,
            "mode": made.mode,
            "level": made.level,
            "by": actor.ref,
            "post": actor.post,
            "approval": approval.pk if approval else None,
            "approved_by": approval.leader_post.code if approval else None,
            "proposal": proposal.pk if proposal else None,
            "echelon": common.cell_of(made.mode, made.level).echelon,
            "matter": seal_text(made.matter, salt=made.matter_salt)[1],
            "measures": codes,
            "other_measures": len(made.measures) - len(codes),
            "expected_end": made.expected_end.isoformat(),
            "incident": made.incident,
            "follows": made.follows.pk if made.follows else None,
            "policy": made.policy,
        },
        cause=cause
        or (approval.entry if approval else None)
        or (proposal.latest_entry if proposal else None),
    )
    made.entry = entry.id
    made.save(update_fields=["entry"])
    return entry.id


def _settle_proposals(actor: Actor, made: Declaration, used: Proposal | None, entry: int) -> None:
    """The proposal that was used is declared; open ones for the same or a lower level of the mode are superseded."""
    rows = Proposal.objects.select_for_update(of=("self",)).filter(
        area=made.area, mode=made.mode, state__in=logic.OPEN
    )
    for row in rows.order_by("id"):
        mine = used is not None and row.pk == used.pk
        if not mine and logic.higher(row.level, made.level):
            continue
        row.state = "declared" if mine else "superseded"
        row.closed_at, row.closed_by = clock.now(), actor.ref
        row.save(update_fields=["state", "closed_at", "closed_by"])
        common.disarm(row)
        if mine and used is not None:
            used.state = row.state
            continue
        journal.record(
            "posture.superseded",
            subject=f"proposal:{row.pk}",
            area=made.area.path,
            actor=actor,
            payload={"proposal": row.pk, "declaration": made.pk, "mode": row.mode, "level": row.level},
            cause=entry,
        )


def arm_end(row: Declaration, entry: int) -> None:
    timers.arm("posture.expected_end", due_at=row.expected_end, subject=f"declaration:{row.pk}", cause=entry)


def close(actor: Actor, row: Declaration, how: str, reason: str) -> None:
    row.ended_at, row.ended_by, row.end_kind, row.end_reason = clock.now(), actor.ref, how, reason
    row.save(update_fields=["ended_at", "ended_by", "end_kind", "end_reason"])
    timers.cancel("posture.expected_end", subject=f"declaration:{row.pk}")
