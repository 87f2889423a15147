"""Which rows an entry may have changed: its subject, and whatever else its payload names.

What a row shows of others follows them: an alert's entry touches the incident that counts it, a merge touches both cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chengyun.kernel.models import JournalEntry

# Payload keys that name a row, by the family of the entry.
_NAMED: dict[str, dict[str, str]] = {
    "alert": {"alert": "alert", "incident": "incident", "duplicate_of": "alert", "by": "alert"},
    "incident": {"incident": "incident", "alert": "alert"},
    "case": {"other": "case", "split_from": "case"},
    "posture": {
        "proposal": "proposal",
        "declaration": "declaration",
        "approval": "approval",
        "follows": "declaration",
    },
    "warning": {"warning": "warning", "declaration": "declaration"},
    "response": {"response": "response"},
    "shift": {"from": "shift", "to": "shift"},
}


def touched(entry: JournalEntry) -> set[str]:
    """The subjects whose rows an entry may have changed; empty for entries that change none.

    What only the tables know is added by who reads the rows: the incident an alert is in now, and the alerts that
    `alert.repeated` was folded into.
    """
    return set(_touched(entry.kind, entry.subject, entry.payload))


def _touched(kind: str, subject: str, payload: dict[str, Any]) -> Iterator[str]:
    family = kind.partition(".")[0]
    named = _NAMED.get(family)
    if named is None:
        return
    if subject.partition(":")[0] in _ROWS:
        yield subject
    for key, row in named.items():
        if isinstance(payload.get(key), int):
            yield f"{row}:{payload[key]}"
    if kind == "alert.regrouped" and payload.get("before"):
        yield f"incident:{payload['before']}"


_ROWS = frozenset(
    {"alert", "incident", "case", "proposal", "declaration", "approval", "warning", "response", "shift"}
)
