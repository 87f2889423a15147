"""Event times: ISO 8601 with an offset, or whole milliseconds since 1970 UTC; inside they are milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The years 2000 to 2099: what lies outside is a device whose clock was never set, or a number in another unit.
EARLIEST_MS, LATEST_MS = 946_684_800_000, 4_102_444_800_000


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware datetime."""
    span = moment - _EPOCH
    return span.days * 86_400_000 + span.seconds * 1000 + span.microseconds // 1000


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def parse(value: object) -> int:
    """Milliseconds of a time as it was sent. Raises ValueError that says what is wrong."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError("has no offset from UTC; write 2023-12-31T18:00:00+08:00")
            ms = to_ms(moment)
        except OverflowError as error:
            raise ValueError("is not a date") from error
    elif isinstance(value, int) and not isinstance(value, bool):
        ms = value
    else:
        raise ValueError("must be ISO 8601 text with an offset, or milliseconds since 1970 as a whole number")
    if not EARLIEST_MS <= ms < LATEST_MS:
        raise ValueError("lies outside the years 2000 to 2099")
    return ms
