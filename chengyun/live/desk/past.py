"""The first minute as it was at a moment, for a replay that stands there.

From what stood then (the tape's rows), from spans that tables keep (duties, shifts, declarations), and from the journal.
Posts, who leads where, and who holds a post standing are of today, like all facts about the district; so is what the viewer
may see. Nobody knows any more which messages were unread then, and whether the platform lived is a question about now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from chengyun.district.models import Area
from chengyun.kernel import scope
from chengyun.kernel.actor import Actor
from chengyun.kernel.models import JournalEntry
from chengyun.live.desk import blind, shifts, standing, unit
from chengyun.live.desk.queues_then import queues_then
from chengyun.live.desk.shapes import DeskOut, DeskPost, DeskShift, HandOverDesk, QueueOut, StandingPosture
from chengyun.live.rows.shapes import DeclarationRow, ProposalRow, ResponseRow, ShiftRow, WarningRow
from chengyun.live.stream import sight as sights
from chengyun.live.tape import frames
from chengyun.people import queries as people
from chengyun.people.directory import ancestors
from chengyun.people.models import Shift
from chengyun.posture import queries as posture
from chengyun.posture.models import Declaration


def first_minute(viewer: Any, actor: Actor, at: datetime) -> DeskOut:
    seen = scope.of(viewer)
    then = frames.stood(sights.of(viewer), at)
    place = standing.place_of(seen)
    directory = unit.look(seen, viewer, actor, at)
    shift, row = _running(cast(list[ShiftRow], then.rows["shift"]), place)
    declared = _declared(cast(list[DeclarationRow], then.rows["declaration"]))
    dark, more = blind.blind_then(seen, then.rows["alert"], at)
    return DeskOut(
        now=at,
        place=standing.named(place),
        shift=shifts.out(shift),
        next_shift=_following(shift, at),
        leads=[directory[code] for code in unit.leading(directory, place)],
        posture=_posture_of(declared, place, at),
        parts=_parts(declared, place, at),
        proposals=cast(list[ProposalRow], then.rows["proposal"]),
        warnings=cast(list[WarningRow], then.rows["warning"]),
        responses=cast(list[ResponseRow], then.rows["response"]),
        today=standing.today(at),
        matters=[standing.declared(one.area, one) for one in sorted(declared.values(), key=_oldest)],
        queues=queues_then(viewer, then, at),
        blind=dark,
        blind_more=more,
        phones=unit.phones(directory),
        hand_over=_hand_over(viewer, shift, row, directory, at),
        seal=None,
        intake=None,
    )


def _running(rows: list[ShiftRow], place: Area) -> tuple[Shift | None, ShiftRow | None]:
    """The shift that ran for a place or for the nearest one above it, with the fields of then."""
    near = [row for row in rows if row.path in ancestors(place.path)]
    row = max(near, key=lambda one: (len(one.path), -one.id), default=None)
    if row is None:
        return None, None
    found = Shift.objects.select_related("pattern", "area").get(pk=row.id)
    found.state, found.overdue_since = row.state, row.overdue_since
    return found, row


def _following(shift: Shift | None, at: datetime) -> DeskShift | None:
    after = people.next_then(shift, at) if shift is not None else None
    if shift is None or after is None:
        return None
    after.pattern, after.state, after.overdue_since = shift.pattern, "planned", None
    return shifts.out(after)


def _declared(rows: list[DeclarationRow]) -> dict[int, Declaration]:
    """The declarations that were in force, each with the end that was expected of it then."""
    found = Declaration.objects.select_related("area").in_bulk([row.id for row in rows])
    for row in rows:
        found[row.id].expected_end = row.expected_end
    return found


def _oldest(row: Declaration) -> tuple[datetime, int]:
    return row.since, row.pk


def _posture_of(declared: Mapping[int, Declaration], area: Area, at: datetime) -> StandingPosture:
    found = posture.posture_then(area.path, at)
    return standing.standing(area, found, declared.get(found.declaration or 0))


def _parts(declared: Mapping[int, Declaration], place: Area, at: datetime) -> list[StandingPosture]:
    areas = {row.area.code: row.area for row in declared.values() if row.area_id != place.pk}
    return [_posture_of(declared, areas[code], at) for code in sorted(areas)]


def _hand_over(
    viewer: Any,
    shift: Shift | None,
    row: ShiftRow | None,
    directory: Mapping[str, DeskPost],
    at: datetime,
) -> HandOverDesk | None:
    """How far the end of the shift had come. A new draft voids what was signed before it."""
    if shift is None or row is None:
        return None
    told = JournalEntry.objects.filter(
        subject=f"shift:{shift.pk}", kind__in=("shift.drafted", "shift.signed"), at__lte=at
    )
    drafted: JournalEntry | None = None
    signed: dict[str, datetime] = {}
    for entry in told.order_by("id"):
        if entry.kind == "shift.drafted":
            drafted, signed = entry, {}
        else:
            signed[entry.payload["side"]] = entry.at
    if drafted is not None and not people.hand_overs(viewer).filter(shift_out=shift).exists():
        drafted, signed = None, {}
    sides = {} if drafted is None else {"out": shift.pk, "in": drafted.payload["to"]}
    missing = [
        code for side, number in sides.items() if side not in signed for code in people.signing_posts(number)
    ]
    return HandOverDesk(
        state="not_drafted" if drafted is None else "drafted",
        hand_over=None if drafted is None else drafted.payload["hand_over"],
        drafted_at=None if drafted is None else drafted.at,
        signed_out_at=signed.get("out"),
        signed_in_at=signed.get("in"),
        waits_for=[directory[code] for code in dict.fromkeys(missing) if code in directory],
        mine=[],
        deadline=shift.ends_at,
        overdue_since=shift.overdue_since,
        may_draft=False,
    )


def queues(viewer: Any, at: datetime) -> list[QueueOut]:
    return queues_then(viewer, frames.stood(sights.of(viewer), at), at)
