"""Rows of events go at the end of their time; how an algorithm's alerts were judged stays countable."""

from __future__ import annotations

from datetime import datetime, timedelta

from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import system
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import write
from chengyun.video import needs, precision, queries, retention
from chengyun.video.models import EventAlert, VideoEvent

PLATFORM = system("video")
EVENTS = "video.event_retention"
SUBJECT = "video"
# Suggested values (建议值): rows looked at in one turn, so that nobody waits long for them.
AT_ONCE = 1_000


def arm_once() -> None:
    """With the first event. Only inside `write()`."""
    if not Timer.objects.filter(kind=EVENTS, subject=SUBJECT).exists():
        _arm(clock.now() + timedelta(hours=24))


def _arm(at: datetime, after: int = 0) -> None:
    timers.arm(EVENTS, due_at=at, subject=SUBJECT, payload={"after": after}, priority=250)


def forget_events(after: int = 0) -> int:
    """Remove rows whose time is over, from the one `after` which was looked at last; returns how many went. Timer only."""
    with write():
        now = clock.now()
        kept = retention.events()
        rows = queries.past_events(now - timedelta(days=kept.shortest)).filter(pk__gt=after)
        found = list(
            rows.select_for_update(of=("self",)).select_related("binding", "alert").order_by("pk")[:AT_ONCE]
        )
        due = [row for row in found if row.said_at <= now - timedelta(days=kept.of(row.binding.preset))]
        held = needs.held({row.alert_id for row in due if row.alert_id is not None})
        gone = [row for row in due if row.alert_id not in held]
        EventAlert.objects.bulk_create(
            [
                EventAlert(binding_id=row.binding_id, alert=row.alert)
                for row in gone
                if row.alert is not None and row.alert.subject.startswith(precision.EVENT)
            ],
            ignore_conflicts=True,
        )
        if gone:
            VideoEvent.objects.filter(pk__in=[row.pk for row in gone]).delete()
            journal.record(
                "camera.events_forgotten",
                subject=SUBJECT,
                actor=PLATFORM,
                payload={"count": len(gone), "held": len(due) - len(gone)},
            )
        if len(found) == AT_ONCE:
            _arm(now + timedelta(seconds=5), found[-1].pk)
        else:
            _arm(now + timedelta(hours=24))
        return len(gone)
