"""Why something was not taken, or not judged. docs/add-a-signal-source.md has the same table; a test compares them."""

from __future__ import annotations

# Of a whole message.
BAD_JSON = "bad_json"
BAD_SHAPE = "bad_shape"
TOO_LARGE = "too_large"
BAD_ENCODING = "bad_encoding"
TOO_MANY = "too_many"
UNKNOWN_SOURCE = "unknown_source"
REJECTED_BY_STORE = "rejected_by_store"
# Of one reading in it.
BAD_FIELD = "bad_field"
NO_TIME = "no_time"
BAD_TIME = "bad_time"
FUTURE = "future"
TOO_OLD = "too_old"
UNKNOWN_STREAM = "unknown_stream"
NOT_YOUR_STREAM = "not_your_stream"
OUT_OF_SERVICE = "out_of_service"
SWITCHED_OFF = "switched_off"
NOT_A_NUMBER = "not_a_number"
OUT_OF_RANGE = "out_of_range"
WRONG_UNIT = "wrong_unit"
TOO_FEW_PEOPLE = "too_few_people"
CONFLICT = "conflict"

QUARANTINED = (
    BAD_JSON, BAD_SHAPE, TOO_LARGE, BAD_ENCODING, TOO_MANY, UNKNOWN_SOURCE, REJECTED_BY_STORE, BAD_FIELD, NO_TIME,
    BAD_TIME, FUTURE, TOO_OLD, UNKNOWN_STREAM, NOT_YOUR_STREAM, OUT_OF_SERVICE, SWITCHED_OFF, NOT_A_NUMBER, OUT_OF_RANGE,
    WRONG_UNIT, TOO_FEW_PEOPLE, CONFLICT,
)  # fmt: skip

# Counted without a quarantine row.
ACCEPTED = "accepted"
LATE = "late"
DUPLICATE = "duplicate"
# Readings whose quarantine row was removed to keep the quarantine within its size: it happened, but cannot be looked at.
OVERFLOW = "quarantine_overflow"
# A balance had fallen below its stream's bounds: its counters have drifted; it wants a new baseline.
DRIFT = "balance_drift"
