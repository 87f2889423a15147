"""Readings that another message has brought before: a gateway that packs old readings into a new message.

A reading is known by its datastream and event time. What is stored already decides:

the same value                                  -> a repeat: counted, not stored again
another value, of a flow or a cumulative count  -> a conflict: set apart, for each number stands for a stretch of time and
                                                   two would be added up
another value, of a gauge or a state            -> stored and judged: a device with a coarse clock may say two things in one
                                                   instant, and a level that rises must not be lost for it

Readings that are newer than all that is stored of their stream, which is nearly all, cost one look at the newest value.
"""

from __future__ import annotations

from collections.abc import Mapping

from chengyun.signals import store
from chengyun.signals.actions.accounting import Work
from chengyun.signals.logic import reasons
from chengyun.signals.logic.check import Taken
from chengyun.signals.logic.decode import Fault

# (stream id, event ms) -> the values that stand there.
_Values = dict[tuple[int, int], list[float]]
_NONE = -(2**62)
_INTERVALS = ("flow", "cumulative")


def take_out(works: list[Work]) -> None:
    """Leave in each message only the readings that no message before it has brought."""
    full = [(work, work.taken) for work in works if work.taken is not None and work.taken.rows]
    if not full:
        return
    store.hold_sources({work.source_id for work, _ in full if work.source_id is not None})
    newest = store.newest({row[1] for _, taken in full for row in taken.rows})
    known = newest.get
    old = {row[:3] for _, taken in full for row in taken.rows if row[2] <= known(row[1], _NONE)}
    standing = store.standing(old) if old else {}
    alone = len(full) == 1
    if alone and not standing:
        return
    for work, taken in full:
        _sift(work, taken, standing)
        if not alone:
            _add(standing, taken)


def _sift(work: Work, taken: Taken, standing: Mapping[tuple[int, int], list[float]]) -> None:
    out: set[int] = set()
    for place, (row, (stream, at_ms, value, _)) in enumerate(zip(taken.rows, taken.readings, strict=True)):
        before = standing.get((row[1], at_ms))
        if before is None:
            continue
        if value in before:
            work.receipt.repeats += 1
        elif stream.nature in _INTERVALS:
            said = f"another message said {before[0]:g} for this moment, this one {value:g}"
            work.faults.append(Fault(row[4], "v", reasons.CONFLICT, said, stream.code))
        else:
            continue
        out.add(place)
    if out:
        taken.rows = [row for place, row in enumerate(taken.rows) if place not in out]
        taken.readings = [reading for place, reading in enumerate(taken.readings) if place not in out]
        taken.late = sum(row[7] for row in taken.rows)


def _add(standing: _Values, taken: Taken) -> None:
    for row in taken.rows:
        standing.setdefault((row[1], row[2]), []).append(row[5])
