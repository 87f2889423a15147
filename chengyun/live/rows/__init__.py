"""The rows of a console: alerts, incidents, cases, posture and shifts as they travel in snapshot and stream.

A row says the same to every viewer and in both languages; whether a viewer gets it is asked of `path`, `klass` and, for
cases, the posts that have it (see stream/viewing.py). No row holds a person's name or phone. A row is named by its subject,
as journal entries name theirs: `alert:12`, `case:7`.

    of({"alert:12", "case:7"})  -> {"alert:12": AlertRow, ...}     what is not there is left out
    touched(entry)              -> {"alert:12", "incident:3"}      whose rows an entry may have changed
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from chengyun.live.rows.alerts import alerts, incidents
from chengyun.live.rows.cases import cases
from chengyun.live.rows.posture import approvals, declarations, proposals, responses, warnings
from chengyun.live.rows.shapes import (
    AlertRow,
    ApprovalRow,
    CaseRow,
    DeclarationRow,
    IncidentRow,
    ProposalRow,
    ResponseRow,
    Row,
    ShiftRow,
    WarningRow,
)
from chengyun.live.rows.shifts import shifts
from chengyun.live.rows.touching import touched

__all__ = [
    "KINDS",
    "AlertRow",
    "ApprovalRow",
    "CaseRow",
    "DeclarationRow",
    "IncidentRow",
    "ProposalRow",
    "ResponseRow",
    "Row",
    "ShiftRow",
    "WarningRow",
    "of",
    "touched",
]

# How the rows of each kind are read: a fixed number of queries, however many there are.
KINDS: Mapping[str, Callable[[Iterable[int]], Iterable[Row]]] = {
    "alert": alerts,
    "incident": incidents,
    "case": cases,
    "proposal": proposals,
    "declaration": declarations,
    "approval": approvals,
    "warning": warnings,
    "response": responses,
    "shift": shifts,
}


def of(subjects: Iterable[str]) -> dict[str, Row]:
    """The rows of these subjects as they are now; subjects of other kinds, and what is not there, are left out."""
    numbers: dict[str, list[int]] = {}
    for subject in sorted(set(subjects)):
        kind, _, number = subject.partition(":")
        if kind in KINDS and number.isdecimal():
            numbers.setdefault(kind, []).append(int(number))
    return {f"{kind}:{row.id}": row for kind in numbers for row in KINDS[kind](numbers[kind])}
