"""Log-in throttling: how many failures a name or an address has, and until when it must wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """After `failures` within `window` no attempt is looked at for `lock`. The figures are suggested values (建议值)."""

    failures: int
    window: timedelta
    lock: timedelta


ACCOUNT = Limit(5, timedelta(minutes=15), timedelta(minutes=15))
ADDRESS = Limit(20, timedelta(minutes=15), timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Count:
    failures: int
    since: datetime
    locked_until: datetime | None = None


def locked_for(count: Count | None, now: datetime) -> timedelta | None:
    """How long to wait still, or None when an attempt is welcome."""
    if count is None or count.locked_until is None or count.locked_until <= now:
        return None
    return count.locked_until - now


def after_failure(count: Count | None, now: datetime, limit: Limit) -> Count:
    """The count after one more failure. An old window or a lock that has run out starts afresh."""
    served = count is not None and count.locked_until is not None and count.locked_until <= now
    if count is None or served or now - count.since > limit.window:
        count = Count(0, now)
    failures = count.failures + 1
    locked = now + limit.lock if failures >= limit.failures else count.locked_until
    return Count(failures, count.since, locked)
