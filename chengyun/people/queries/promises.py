"""What must not be."""

from __future__ import annotations

from datetime import datetime

from chengyun.kernel.models import Timer
from chengyun.people.models import Duty, Post, Shift
from chengyun.people.queries.duty import accountable_many


def faults(at: datetime | None = None) -> list[str]:
    """What must not be, for `chengyun verify`: posts that resolve to nobody, shifts nobody will be reminded of."""
    found = []
    posts_in_service = Post.objects.filter(in_service=True).values_list("id", flat=True)
    for post_id, answer in accountable_many(posts_in_service, at).items():
        if answer.staff is None:
            found.append(f"post {answer.asked.code} ({post_id}): nobody answers for it")
    for shift in Shift.objects.filter(state__in=Shift.RUNNING):
        if not Timer.objects.filter(kind="people.shift.due", subject=f"shift:{shift.id}").exists():
            found.append(f"shift {shift.id} runs without a timer for its end")
        if not Duty.objects.filter(shift=shift, state="serving").exists():
            found.append(f"shift {shift.id} runs with nobody serving in it")
    left = (
        Duty.objects.filter(state="serving")
        .exclude(shift__state__in=Shift.RUNNING)
        .values_list("id", flat=True)
    )
    found += [f"duty {duty_id} serves in a shift that does not run" for duty_id in left]
    return found
