"""A person on duty says where they are; the place is kept once, and goes with whatever allowed it.

None of this stands in the journal, and none of it in the memory of repeated commands: a line per place would be a track,
and a line per sending would be online time. What switches it on and off (assessment, mode, duty) is in the journal.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chengyun.district import queries as district
from chengyun.district.logic import kinds
from chengyun.district.logic.assessments import STAFF_POSITIONS
from chengyun.kernel import clock, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people import positions, queries
from chengyun.people.models import Duty, StaffPosition
from chengyun.people.queries.duty import counting
from chengyun.people.queries.places import stands

SWEEP = "people.positions.sweep"
# Five decimals are about a metre; what a receiver adds beyond that is noise.
_DECIMALS = 5


def report_position(
    actor: Actor, *, lon: float, lat: float, duty_id: int | None = None, cause: int | None = None
) -> StaffPosition:
    """Say where oneself is, in degrees WGS-84, at the post one serves at; `duty_id` chooses where one serves at several.

    Raises `Conflict` off duty, without a valid assessment and in a mode that allows none; `Invalid` outside the district;
    `NotFound` for a duty that is not one's own. Nobody can do it for somebody else.
    """
    with write():
        now = clock.now()
        duty = _own_duty(actor, duty_id, now)
        assessment = district.require_assessed(STAFF_POSITIONS)
        keep = positions.kept_for(duty.post.area.path)
        if keep is None:
            raise Conflict(
                "mode_allows_none",
                T("当前模式下不采集人员位置", "The mode in force allows no positions of staff"),
                hint=T("哪些模式允许，由 posture.yaml 规定。", "posture.yaml says which modes allow them."),
            )
        if district.locate(lon, lat, (kinds.DISTRICT,)) is None:
            raise Invalid(
                "outside",
                T("位置不在辖区内，未保存", "That point lies outside the district; it was not kept"),
                field="lon",
                hint=T("请核对坐标（WGS-84）。", "Check the coordinates (WGS-84)."),
            )
        ends = [now + keep, district.first_moment(assessment.valid_to)]
        ends += [duty.ends_at] if duty.ends_at else []
        row, _ = StaffPosition.objects.update_or_create(
            duty=duty,
            defaults={
                "lon": round(lon, _DECIMALS),
                "lat": round(lat, _DECIMALS),
                "at": now,
                "expires_at": min(ends),
            },
        )
        _arm()
        return row


def withdraw_position(actor: Actor) -> int:
    """Delete what is kept of oneself, at once; returns how many rows. Sending again begins anew."""
    with write():
        gone, _ = StaffPosition.objects.filter(duty__staff__ref=actor.ref).delete()
        return gone


def drop_positions(actor: Actor, *, cause: int | None = None) -> int:
    """Delete every position that may not be kept any more; returns how many. Whatever ends a permission calls this."""
    with write():
        if not StaffPosition.objects.exists():
            return 0
        keep = [row.pk for row in stands(StaffPosition.objects.all(), clock.now())]
        gone, _ = StaffPosition.objects.exclude(pk__in=keep).delete()
        _arm()
        return gone


def _arm() -> None:
    """One timer for all, at the next expiry: one for each person would say when each was last heard of."""
    first = StaffPosition.objects.order_by("expires_at").values_list("expires_at", flat=True).first()
    if first is not None:
        timers.arm(SWEEP, due_at=max(first, clock.now() + timedelta(seconds=1)), subject="positions")


def _own_duty(actor: Actor, duty_id: int | None, now: datetime) -> Duty:
    if actor.is_system:
        raise NotAllowed(
            "not_a_person", T("位置只能由本人上报", "A person sends their own position, nobody else does")
        )
    mine = Duty.objects.filter(counting(now), staff__ref=actor.ref, staff__state="active")
    found = list(mine.select_related("post__area").order_by("starts_at", "id"))
    holding = queries.holders(now, [row.post_id for row in found])
    found = [row for row in found if holding.get(row.post_id) == row.staff_id]
    if duty_id is not None:
        chosen = next((row for row in found if row.pk == duty_id), None)
        if chosen is None:
            raise NotFound(
                "not_your_duty", T("这不是您当前的值守", "That is no duty you serve now"), field="duty"
            )
        return chosen
    if not found:
        raise Conflict(
            "not_on_duty",
            T("您不在岗，位置不予保存", "You are not on duty; nothing was kept"),
            hint=T("位置只在值守期间使用。", "Positions are used on duty alone."),
        )
    return next((row for row in found if row.post.code == actor.post), found[0])
