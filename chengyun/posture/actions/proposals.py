"""Proposing: one open proposal per area, mode and level; repeats add to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction

from chengyun.district.models import Area
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.posture import logic, queries
from chengyun.posture.actions import common
from chengyun.posture.models import Declaration, Proposal

# Further references are counted, not kept: a flood of alerts must not grow one row without end.
MAX_EVIDENCE = 50
_MAX_REF = 80


def propose(
    *,
    actor: Actor,
    area: Area,
    mode: str,
    level: int | None = None,
    evidence: Iterable[str] = (),
    incident: str = "",
    cause: int | None = None,
) -> Proposal:
    """Propose a mode and level for an area, as software or a person may.

    `evidence` are references such as "alert:12"; the first "incident:.." among them is the incident it is for unless
    `incident` says so. A repeat adds to the open proposal. Where the same or a higher level is in force already, the
    repeat is noted and closed at once, so that nobody is asked twice.
    """
    actor.require("posture.propose", area.path)
    with write():
        refs = _refs(evidence)
        incident = incident or next((ref for ref in refs if ref.startswith("incident:")), "")
        common.check_level(mode, level)
        in_force = _in_force(area, mode, level, incident)
        if in_force is not None:
            return _note_in_force(actor, area, mode, level, refs, incident, in_force, cause)
        row = _open(area, mode, level)
        if row is None:
            try:
                with transaction.atomic():
                    row = _create(actor, area, mode, level, refs, incident, "open")
            except IntegrityError:
                row = _open(area, mode, level)
                if row is None:
                    raise
                return _repeat(actor, row, refs, cause)
            entry = _record(actor, row, refs, cause)
            minutes = minutes_to_decide(level)
            if minutes is not None:
                due = clock.now() + timedelta(minutes=minutes)
                timers.arm("posture.undecided", due_at=due, subject=f"proposal:{row.pk}", cause=entry)
            _tell_centre(row, entry)
            return row
        return _repeat(actor, row, refs, cause)


def _refs(evidence: Iterable[str]) -> list[str]:
    refs = list(dict.fromkeys(evidence))
    for ref in refs:
        if not isinstance(ref, str) or not ref or len(ref) > _MAX_REF:
            raise Invalid(
                "bad_evidence", T("依据须为对象编号", "Evidence is given by reference"), field="evidence"
            )
    return refs


def _in_force(area: Area, mode: str, level: int | None, incident: str) -> Declaration | None:
    """The declaration that already covers what is proposed: same mode, same or higher level, this area or above it."""
    rows = Declaration.objects.filter(ended_at=None, mode=mode).select_related("area").order_by("id")
    for row in rows:
        covers = area.path.startswith(row.area.path) and (not incident or row.incident in ("", incident))
        if covers and not logic.higher(level, row.level):
            return row
    return None


def _open(area: Area, mode: str, level: int | None) -> Proposal | None:
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("area")
    return rows.filter(area=area, mode=mode, level=level, state__in=logic.OPEN).first()


def _create(
    actor: Actor, area: Area, mode: str, level: int | None, refs: list[str], incident: str, state: str
) -> Proposal:
    now = clock.now()
    return Proposal.objects.create(
        area=area,
        mode=mode,
        level=level,
        incident=incident,
        state=state,
        evidence=refs[:MAX_EVIDENCE],
        proposed_at=now,
        proposed_by=actor.ref,
        closed_at=None if state == "open" else now,
        closed_by="" if state == "open" else actor.ref,
    )


def _record(actor: Actor, row: Proposal, refs: list[str], cause: int | None) -> int:
    entry = journal.record(
        "posture.proposed",
        subject=f"proposal:{row.pk}",
        area=row.area.path,
        actor=actor,
        payload={
            "proposal": row.pk,
            "mode": row.mode,
            "level": row.level,
            "evidence": refs[:MAX_EVIDENCE],
            "incident": row.incident,
            "state": row.state,
        },
        cause=cause,
    )
    row.entry = row.latest_entry = entry.id
    row.save(update_fields=["entry", "latest_entry"])
    return entry.id


def _repeat(actor: Actor, row: Proposal, refs: list[str], cause: int | None) -> Proposal:
    fresh = [ref for ref in refs if ref not in row.evidence][: max(0, MAX_EVIDENCE - len(row.evidence))]
    row.evidence = [*row.evidence, *fresh]
    row.times += 1
    row.save(update_fields=["evidence", "times"])
    journal.record(
        "posture.evidence",
        subject=f"proposal:{row.pk}",
        area=row.area.path,
        actor=actor,
        payload={
            "proposal": row.pk,
            "mode": row.mode,
            "level": row.level,
            "evidence": refs[:MAX_EVIDENCE],
            "times": row.times,
        },
        cause=cause,
    )
    return row


def _note_in_force(
    actor: Actor,
    area: Area,
    mode: str,
    level: int | None,
    refs: list[str],
    incident: str,
    declaration: Declaration,
    cause: int | None,
) -> Proposal:
    """What is in force needs no decision: the evidence goes to the proposal behind it, or to a note made once."""
    earlier = Proposal.objects.select_for_update(of=("self",)).select_related("area")
    row = earlier.filter(pk=declaration.proposal_id).first() if declaration.proposal_id else None
    if row is None:
        same = earlier.filter(
            area=area, mode=mode, level=level, state="superseded", proposed_at__gte=declaration.since
        )
        row = same.order_by("-id").first()
    if row is not None:
        return _repeat(actor, row, refs, cause)
    row = _create(actor, area, mode, level, refs, incident, "superseded")
    _record(actor, row, refs, cause)
    return row


def minutes_to_decide(level: int | None) -> int | None:
    waits = queries.policy().get("waits", {}).get("undecided", {})
    value = waits.get("none" if level is None else str(level))
    return None if value is None else int(value)


def _tell_centre(row: Proposal, entry: int) -> None:
    common.tell(
        common.centre(row.area),
        subject=f"proposal:{row.pk}",
        kind="posture.proposed",
        area=row.area,
        mode=row.mode,
        level=row.level,
        cause=entry,
    )
