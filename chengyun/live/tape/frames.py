"""The state at a moment, and the frames from there on: followed from it, they give the state at the later moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.utils import translation

from chengyun.kernel import journal as kinds
from chengyun.kernel import registry
from chengyun.kernel.models import JournalEntry
from chengyun.live.rows.shapes import Row
from chengyun.live.story import tell
from chengyun.live.stream import sight as sights
from chengyun.live.stream.sight import Sight
from chengyun.live.tape import journal, standing, values
from chengyun.live.tape.asof import SHAPES, Ledger
from chengyun.live.tape.following import Said, State, follow, is_open

# What one piece holds at most; suggested values (建议值).
MAX_STEPS = 120
MAX_ENTRIES = 400
Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stood:
    """What stood at a moment and a viewer may see: rows by kind, in the order of their numbers. `said` is what the journal
    says of them and of what they are linked with, `upto` the number of the last entry that had happened."""

    upto: int
    said: State
    rows: dict[str, list[Row]]


def stood(sight: Sight, at: datetime) -> Stood:
    upto = journal.position(at)
    subjects = standing.candidates(at, sight.scope) if upto else set()
    said = standing.state_at(upto, subjects)
    open_then = [subject for subject in subjects & said.keys() if is_open(_kind(subject), said[subject])]
    ledger = Ledger(open_then)
    found: dict[str, list[Row]] = {kind: [] for kind in SHAPES}
    for subject in sorted(open_then, key=_by_number):
        row = ledger.row(said, subject)
        if row is not None and sight.sees(row):
            found[_kind(subject)].append(row)
    return Stood(upto, said, found)


@registry.steady()
def state(user: Any, at: datetime) -> Frame:
    """What stood at a moment, as `TapeStateOut`."""
    sight = sights.of(user)
    found = stood(sight, at)
    source, newest = values.at_moment(sight.scope, at)
    return {
        "gen": "tape",
        "seq": found.upto,
        "clock": {"now": at, "rate": 0},
        "rows": {kind: [vars(row) for row in rows] for kind, rows in found.rows.items()},
        "values_from": source,
        "values": vars(newest),
    }


@registry.steady()
def piece(user: Any, since: datetime, until: datetime, step_s: int | None = None) -> Frame:
    """The frames in (since, until], as `TapeOut`; it may end before `until`, and then says where to go on."""
    sight = sights.of(user)
    step = step_s or values.step_for(since, until)
    end = min(until, since + timedelta(seconds=step * MAX_STEPS))
    source, end, shown = values.steps(sight.scope, since, end, step)
    after, upto = journal.position(since), journal.position(end)
    if upto - after > MAX_ENTRIES:
        upto, end = _shorter(after, upto, end)
    frames = [_values(at, vars(changed)) for at, changed in shown if at <= end]
    frames += _entries(sight, after, upto)
    # Of one moment, entries come before the values: sorting keeps the order of numbers.
    frames.sort(key=lambda frame: (frame["at"], frame["values"] is not None))
    return {
        "since": since,
        "until": end,
        "next": end if end < until else None,
        "step_s": max(step, 60) if source == "minutes" else step,
        "values_from": source,
        "frames": frames,
    }


def _shorter(after: int, upto: int, end: datetime) -> tuple[int, datetime]:
    """Where a piece with too many entries ends: before a moment whose entries would not all fit, or after that moment."""
    limit = journal.moment_of(after + MAX_ENTRIES)
    assert limit is not None
    fits = journal.position(limit - timedelta(microseconds=1))
    if fits > after:
        return fits, limit - timedelta(microseconds=1)
    return journal.position(limit), min(limit, end)


def _entries(sight: Sight, after: int, upto: int) -> Iterator[Frame]:
    entries = journal.between(after, upto)
    named = standing.named_in(entries)
    said = standing.state_at(after, named)
    ledger = Ledger(standing.counting(named))
    joining = standing.joining_verbs()
    told = [words(entries, language) for language in ("zh-hans", "en")]
    for entry, zh, en in zip(entries, *told, strict=True):
        lost = _mine(sight, ledger, said, entry)
        shown: dict[str, Any] = {}
        own = False
        touched = follow(said, entry, joining=joining)
        for subject in sorted(touched):
            row = ledger.row(said, subject)
            if row is not None and sight.sees(row):
                shown[subject] = vars(row)
                own = own or (subject == entry.subject and sight.has(row))
            elif subject in lost:
                shown[subject] = None
        if own or (
            sight.scope.covers(entry.area, entry.klass) if touched else sight.reads(entry.area, entry.klass)
        ):
            yield _frame(entry, zh, en, shown)
        elif shown:
            yield {"at": entry.at, "entry": None, "rows": shown, "values": None}


def _mine(sight: Sight, ledger: Ledger, said: State, entry: Said) -> set[str]:
    """The case an entry is about, where the viewer had it by a post of theirs."""
    if not sight.posts or not entry.subject.startswith("case:"):
        return set()
    row = ledger.row(said, entry.subject)
    return {entry.subject} if row is not None and sight.has(row) else set()


def _values(at: datetime, changed: dict[str, Any]) -> Frame:
    return {"at": at, "entry": None, "rows": None, "values": changed}


def _frame(entry: Said, zh: tuple[str, str], en: tuple[str, str], shown: dict[str, Any]) -> Frame:
    said = {
        "seq": entry.seq,
        "id": entry.id,
        "at": entry.at,
        "kind": entry.kind,
        "subject": entry.subject,
        "area": entry.area,
        "actor": entry.actor,
        "payload": entry.payload,
        "cause": entry.cause,
        "label_zh": zh[0],
        "label_en": en[0],
        "text_zh": zh[1],
        "text_en": en[1],
        "rows": shown,
    }
    return {"at": entry.at, "entry": said, "rows": None, "values": None}


def words(entries: Iterable[Said], language: str) -> list[tuple[str, str]]:
    """Label and sentence of each entry."""
    with translation.override(language):
        return [(_label(entry), tell(cast(JournalEntry, entry))) for entry in entries]


def _label(entry: Said) -> str:
    return str(kinds.kinds[entry.kind].label) if entry.kind in kinds.kinds else entry.kind


def _kind(subject: str) -> str:
    return subject.partition(":")[0]


def _by_number(subject: str) -> int:
    return int(subject.partition(":")[2])
