"""Recorded commands as acts of a scenario.

The numbers in a command (alert 7, case 12) mean nothing in another run. Each is rewritten as what it stands for: "the second
alert of this rule on this subject", found by the entry that made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chengyun.kernel.canonical import dumps
from chengyun.kernel.models import JournalEntry
from chengyun.live.models import CommandLog


@dataclass(frozen=True, slots=True)
class Made:
    """How a number came into the world: the kind of entry, the payload key that holds it (None: the entry's subject), and
    what tells such entries apart."""

    kind: str
    key: str | None
    where: tuple[str, ...] = ()
    # The opening of an export makes it anew.
    opening: bool = False


_ALERT = Made("alert.opened", "alert", ("rule", "subject"))
_CASE = Made("case.reported", None, ("kind", "condition", "source", "area"))
_CHANGED = (
    Made("posture.declared", "declaration", ("mode", "level"), opening=True),
    Made("posture.downgraded", "declaration", ("mode", "level")),
)
# By the name of the argument; the entry that fits is the one that made it.
MAKERS: dict[str, tuple[Made, ...]] = {
    "alert_id": (_ALERT,),
    "alert_ids": (_ALERT,),
    "duplicate_of": (_ALERT,),
    "case_id": (_CASE,),
    "into": (_CASE,),
    "incident_id": (Made("incident.opened", "incident", ("cause", "rule")),),
    "proposal_id": (Made("posture.proposed", "proposal", ("mode", "level")),),
    "approval_id": (Made("posture.approved", "approval", ("mode", "level", "purpose", "leader")),),
    "declaration_id": _CHANGED,
    "warning_id": (Made("warning.received", "warning", ("kind", "colour")),),
    "shift_id": (Made("shift.opened", None, ("pattern", "code"), opening=True),),
    "hand_over_id": (Made("shift.drafted", "hand_over"),),
    "digest": (Made("shift.drafted", "record"),),
    "supervision_id": (Made("case.supervised", "supervision", ("level",)),),
    "appeal_id": (Made("case.appealed", "appeal", ("clock",)),),
}


class Left(Exception):
    """The command cannot be carried over; the text says why."""


class Acts:
    """The commands of a stretch as acts. `text` stands where free text was, `picture` (a file of the scenario) for files."""

    def __init__(self, start: datetime, end: datetime, *, text: str, picture: str) -> None:
        self._start, self._end, self._text, self._picture = start, end, text, picture
        self.left_out: list[str] = []

    def written(self) -> Iterator[dict[str, Any]]:
        """In the order in which they were done; what cannot be written goes to `left_out`."""
        rows = CommandLog.objects.filter(at__gte=self._start, at__lt=self._end).order_by("id")
        for number, row in enumerate(rows, 1):
            try:
                if not row.post:
                    raise Left("done from no post")
                args = {name: self._value(name, value, row) for name, value in row.args.items()}
            except Left as why:
                self.left_out.append(f"{row.at.isoformat()} {row.do}: {why}")
                continue
            yield {"id": f"c{number}", "who": row.post, "at": row.at.isoformat(), "do": row.do, "args": args}

    def _value(self, name: str, value: Any, row: CommandLog) -> Any:
        if isinstance(value, list):
            return [self._value(name, item, row) for item in value]
        if isinstance(value, dict):
            if "$text" in value:
                return self._text
            if "$file" in value:
                return f"$file.{self._picture}"
            if "$area" in value:
                return f"$area.{value['$area']}"
            if "$at" in value:
                return datetime.fromisoformat(value["$at"])
            return {k: self._value(k, v, row) for k, v in value.items()}
        if value is None or isinstance(value, bool) or (name not in MAKERS and not name.endswith("_id")):
            return value
        return self._reference(name, value, row)

    def _reference(self, name: str, value: Any, row: CommandLog) -> dict[str, Any]:
        """`{"$made": kind, "where": .., "nth": ..}`: live.scripted finds the same thing in another run."""
        for made in MAKERS.get(name, ()):
            entry = _maker(made, value, row.last_entry)
            if entry is None:
                continue
            where = {key: entry.area if key == "area" else entry.payload.get(key) for key in made.where}
            if entry.at < self._start and not made.opening:
                raise Left(f"{name} {value} is from before the stretch")
            nth = sum(1 for _ in entries(made.kind, where, since=self._start, upto=entry.id)) or 1
            key = {"key": made.key} if made.key else {}
            return {"$made": made.kind, "where": where, "nth": nth} | key
        raise Left(f"{name} {value} has no entry that made it")


def entries(
    kind: str, where: dict[str, Any], *, since: datetime, upto: int | None = None
) -> Iterator[JournalEntry]:
    """Entries of a kind whose payload (or area) has these values, oldest first."""
    rows = JournalEntry.objects.filter(kind=kind, at__gte=since)
    if upto is not None:
        rows = rows.filter(pk__lte=upto)
    for key, wanted in where.items():
        rows = (
            rows.filter(area=wanted)
            if key == "area"
            else rows.filter(payload_text__contains=_piece(key, wanted))
        )
    for entry in rows.order_by("id"):
        payload = entry.payload | {"area": entry.area}
        if all(payload.get(key) == wanted for key, wanted in where.items()):
            yield entry


def _piece(key: str, value: Any) -> str:
    """How canonical JSON writes a pair: narrows the search, and is looked at closely afterwards."""
    return dumps({key: value}).decode()[1:-1]


def number_of(entry: JournalEntry, key: str | None) -> Any:
    """What an entry made: a payload value, or the number of its subject."""
    if key is not None:
        return entry.payload.get(key)
    identity = entry.subject.partition(":")[2]
    return int(identity) if identity.isdigit() else identity


def _maker(made: Made, value: Any, upto: int) -> JournalEntry | None:
    rows = JournalEntry.objects.filter(kind=made.kind, pk__lte=upto)
    if made.key is None:
        prefix = made.kind.partition(".")[0]
        return rows.filter(subject=f"{prefix}:{value}").order_by("id").first()
    rows = rows.filter(payload_text__contains=_piece(made.key, value)).order_by("id")
    return next((entry for entry in rows if entry.payload.get(made.key) == value), None)
