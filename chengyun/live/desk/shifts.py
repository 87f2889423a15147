"""The shift that runs, the one to come, and what is left to do until the one is handed over to the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from chengyun.district.models import Area
from chengyun.kernel.actor import Actor
from chengyun.live.desk.shapes import DeskPost, DeskShift, HandOverDesk
from chengyun.people import queries as people
from chengyun.people import signing
from chengyun.people.models import Shift
from chengyun.people.shapes import ShiftState


def running(viewer: Any, place: Area) -> Shift | None:
    """The shift that runs for a place, if the viewer may see it."""
    found = people.running_shift(place)
    if found is None:
        return None
    return people.shifts(viewer).select_related("pattern", "area").filter(pk=found.pk).first()


def following(shift: Shift | None) -> DeskShift | None:
    if shift is None:
        return None
    after = people.next_shift(shift)
    if after is not None:
        after.pattern = shift.pattern
    return out(after)


def out(row: Shift | None) -> DeskShift | None:
    if row is None:
        return None
    names = {turn["code"]: (turn["name_zh"], turn["name_en"]) for turn in row.pattern.body["shifts"]}
    zh, en = names.get(row.code, (row.code, row.code))
    return DeskShift(
        id=row.pk,
        code=row.code,
        zh=zh,
        en=en,
        state=cast(ShiftState, row.state),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        overdue_since=row.overdue_since,
    )


def hand_over(
    viewer: Any, actor: Actor, shift: Shift | None, directory: Mapping[str, DeskPost]
) -> HandOverDesk | None:
    """How far the end of the running shift has come, and whose signature is missing."""
    if shift is None:
        return None
    incoming = people.next_shift(shift)
    signs = incoming is not None and actor.ref in people.signers(incoming)
    may_draft = incoming is not None and (signs or actor.may("shift.hand_over", shift.area.path))
    row = people.hand_overs(viewer).filter(shift_out=shift).first()
    sides = signing.sides(row, actor.ref) if row is not None else []
    missing = [code for side in sides if side.by is None for code in side.posts]
    return HandOverDesk(
        state="not_drafted" if row is None else cast(Literal["drafted", "done"], row.state),
        hand_over=row.pk if row else None,
        drafted_at=row.drafted_at if row else None,
        signed_out_at=row.signed_out_at if row else None,
        signed_in_at=row.signed_in_at if row else None,
        waits_for=[directory[code] for code in dict.fromkeys(missing) if code in directory],
        mine=[side.side for side in sides if side.allowed],
        deadline=shift.ends_at,
        overdue_since=shift.overdue_since,
        may_draft=may_draft,
    )
