"""Bulk reading and writing of signals: the one place that knows how SQLite and PostgreSQL differ.

SQLite takes prepared statements over many rows (`executemany`); PostgreSQL takes COPY in binary for observations and
arrays for the rest. All functions that write run inside `write()`, called from this domain's actions.
"""

from chengyun.signals.store.accounts import QuarantineRow, counted_since, put_counts, put_quarantine
from chengyun.signals.store.figures import minutes, readings
from chengyun.signals.store.messages import claim, hold_sources, put_input
from chengyun.signals.store.newest import latest, latest_as_of, newest, put_latest
from chengyun.signals.store.observations import ensure_days, partition, put_observations, standing
from chengyun.signals.store.passed import (
    Reading,
    arriving,
    kept_minutes,
    last_of_minutes,
    newest_by,
    span_of_minutes,
)
from chengyun.signals.store.shared import (
    hold_judge_epoch,
    registry_token,
    set_registry_token,
    swap_judge_epoch,
)
from chengyun.signals.store.upkeep import forget, forget_observations, mark_minutes, roll_up

__all__ = [
    "QuarantineRow",
    "Reading",
    "arriving",
    "claim",
    "counted_since",
    "ensure_days",
    "forget",
    "forget_observations",
    "hold_judge_epoch",
    "hold_sources",
    "kept_minutes",
    "last_of_minutes",
    "latest",
    "latest_as_of",
    "mark_minutes",
    "minutes",
    "newest",
    "newest_by",
    "partition",
    "put_counts",
    "put_input",
    "put_latest",
    "put_observations",
    "put_quarantine",
    "readings",
    "registry_token",
    "roll_up",
    "span_of_minutes",
    "set_registry_token",
    "standing",
    "swap_judge_epoch",
]
