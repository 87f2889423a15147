"""What timers do for signals: the roll-up each minute, and forgetting what is old once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from chengyun.kernel import clock, timers
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import write
from chengyun.signals import judging, registry, store
from chengyun.signals.logic import times

ROLL_UP = "signals.roll_up"
RETENTION = "signals.retention"
SUBJECT = "signals"

DAY_MS = 86_400_000
# Idempotency keys are kept so long: a sender may send a message again within it.
INGESTED_DAYS = 7
# Suggested: so many minutes at once, so that a long back-fill does not hold up other writers.
MINUTES_AT_ONCE = 60
ROWS_AT_ONCE = 20_000
# Partitions are made ahead for so many days.
DAYS_AHEAD = 3


def start() -> None:
    """Arm the recurring timers if they are not, and make room for the coming days. Only inside `write()`."""
    today = times.to_ms(clock.now()) // DAY_MS
    store.ensure_days(range(today, today + DAYS_AHEAD + 1))
    if not timers_armed(ROLL_UP):
        timers.arm(ROLL_UP, due_at=_next_minute(), subject=SUBJECT, priority=200)
    if not timers_armed(RETENTION):
        timers.arm(RETENTION, due_at=clock.now() + timedelta(hours=1), subject=SUBJECT, priority=250)


def timers_armed(kind: str) -> bool:
    return Timer.objects.filter(kind=kind, subject=SUBJECT).exists()


def roll_up() -> int:
    """Compute the minute figures of minutes that have passed and have news; returns how many minutes."""
    with write():
        # Ingest marks minutes under the same turn, so no reading slips between the sum and the removal of its mark.
        judging.hold()
        this_minute = times.to_ms(clock.now()) // 60_000
        done = store.roll_up(this_minute, MINUTES_AT_ONCE)
        again = _next_minute() if done < MINUTES_AT_ONCE else clock.now() + timedelta(seconds=1)
        timers.arm(ROLL_UP, due_at=again, subject=SUBJECT, priority=200)
        return done


def _next_minute() -> datetime:
    now = clock.now()
    # A little after the minute, so that what is on its way has arrived; what comes later brings the minute back.
    return now.replace(second=0, microsecond=0) + timedelta(seconds=65)


def forget_old() -> dict[str, int]:
    """Remove what is older than the settings say; returns how much of what went (days on PostgreSQL for observations)."""
    with write():
        kept = registry.settings()
        now_ms = times.to_ms(clock.now())
        today = now_ms // DAY_MS
        store.ensure_days(range(today, today + DAYS_AHEAD + 1))
        oldest = now_ms - kept.observations_days * DAY_MS
        gone = {"observations": store.forget_observations(oldest // 60_000, ROWS_AT_ONCE)}
        ages = {
            "minutes": kept.minutes_days,
            "quarantine": kept.quarantine_days,
            "counts": kept.counts_days,
            "inputs": kept.input_log_days,
            "ingested": INGESTED_DAYS,
        }
        for what, days in ages.items():
            gone[what] = store.forget(what, now_ms - days * DAY_MS)
        more = gone["observations"] >= ROWS_AT_ONCE
        timers.arm(
            RETENTION,
            due_at=clock.now() + (timedelta(seconds=5) if more else timedelta(hours=24)),
            subject=SUBJECT,
            priority=250,
        )
        return gone
