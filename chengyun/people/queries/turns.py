"""Which shift runs, which follows, and who may sign for one."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from chengyun.district.models import Area
from chengyun.kernel import clock
from chengyun.people.directory import ancestors
from chengyun.people.models import Duty, Shift

SIGNING_KINDS = ("duty_officer", "shift_leader")


def running_shift(area: Area) -> Shift | None:
    """The shift that runs for an area, or for the nearest one above it."""
    rows = Shift.objects.filter(area__path__in=ancestors(area.path), state__in=Shift.RUNNING).select_related(
        "area"
    )
    return max(rows, key=lambda row: (len(row.area.path), -row.id), default=None)


def next_shift(shift: Shift, at: datetime | None = None) -> Shift | None:
    """The planned shift that takes over: the one whose turn it is by now, else the first to come."""
    planned = Shift.objects.filter(
        pattern_id=shift.pattern_id, state="planned", starts_at__gt=shift.starts_at
    )
    due = planned.filter(starts_at__lte=at or clock.now()).order_by("-starts_at").first()
    return due or planned.order_by("starts_at").first()


def next_then(shift: Shift, at: datetime) -> Shift | None:
    """The shift that was to follow at a moment, as `next_shift` says it now; one that was let out since is not there."""
    later = Shift.objects.filter(pattern_id=shift.pattern_id, starts_at__gt=shift.starts_at)
    planned = later.filter(Q(opened_at=None) | Q(opened_at__gt=at))
    due = planned.filter(starts_at__lte=at).order_by("-starts_at").first()
    return due or planned.order_by("starts_at").first()


def signing_posts(shift_id: int) -> list[str]:
    """The posts whose people sign for a shift, by the roster: also of a shift that has ended."""
    rows = (
        Duty.objects.filter(shift_id=shift_id).order_by("post__code").values_list("post__code", "post__kind")
    )
    posts = list(rows)
    leading = [code for code, kind in posts if kind in SIGNING_KINDS]
    return list(dict.fromkeys(leading or [code for code, _ in posts]))


def signers(shift: Shift) -> dict[str, int]:
    """Refs (and ids) of those who may sign for a shift: its duty officers and shift leaders, else anybody of it."""
    rows = list(
        Duty.objects.filter(shift=shift, state__in=("planned", "serving"), staff__state="active")
        .order_by("post__code")
        .values_list("staff__ref", "staff_id", "post__kind")
    )
    leading = {ref: staff_id for ref, staff_id, kind in rows if kind in SIGNING_KINDS}
    return leading or {ref: staff_id for ref, staff_id, _ in rows}
