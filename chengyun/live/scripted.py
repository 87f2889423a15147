"""Scripted people: they do what a scenario says, through the same actions as everybody else.

In a replay they act in virtual time; in the demonstration a player process lets them act on the running platform.
"""

from __future__ import annotations

import heapq
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from chengyun.cases.models import Case
from chengyun.district import queries as district
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Refused
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry
from chengyun.live.commands import entries, number_of
from chengyun.live.scenario import Act
from chengyun.people import actors

_log = logging.getLogger("chengyun.scripted")
DOMAINS = ("people", "messages", "posture", "signals", "alerts", "cases")


@dataclass(order=True)
class _Planned:
    at: datetime
    number: int
    act: Act = field(compare=False)
    entry: JournalEntry | None = field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one act; `error` is the platform's refusal, in words, `expected` if the script allows for one."""

    act: str
    at: datetime
    error: str | None = None
    expected: bool = False

    @property
    def fault(self) -> bool:
        return self.error is not None and not self.expected


class Cast:
    """All scripted people of a scenario. `look()` shows them new journal entries, `act_until()` lets due acts happen."""

    def __init__(
        self, acts: Iterable[Act], *, folder: Path = Path(), say: Callable[[str], None] = lambda text: None
    ) -> None:
        self._acts = list(acts)
        self._folder = folder
        self._planned: list[_Planned] = []
        self._count = 0
        self._times: Counter[str] = Counter()
        self._saved: dict[str, Any] = {}
        self._seen = 0
        self._since = clock.now()
        self._say = say
        self.outcomes: list[Outcome] = []
        self._by_kind: dict[str, list[Act]] = {}
        for act in self._acts:
            if act.on is not None:
                self._by_kind.setdefault(act.on.kind, []).append(act)
            elif act.at is not None:
                self._plan(act.at + timedelta(seconds=act.after_s), act, None)

    def start_after(self, entry_id: int) -> None:
        """Ignore what was recorded up to this entry."""
        self._seen = entry_id

    def look(self) -> None:
        """Notice new entries that somebody waits for."""
        if journal.last_id() == self._seen:
            return
        fresh = JournalEntry.objects.filter(id__gt=self._seen).order_by("id")
        for entry in fresh:
            self._seen = entry.id
            for act in self._by_kind.get(entry.kind, ()):
                if _matches(act, entry) and (act.times is None or self._times[act.id] < act.times):
                    self._times[act.id] += 1
                    self._plan(entry.at + timedelta(seconds=act.after_s), act, entry)

    def next_at(self) -> datetime | None:
        return self._planned[0].at if self._planned else None

    def act_until(self, moment: datetime) -> int:
        """Let everybody act whose time has come; returns how many acted."""
        done = 0
        while self._planned and self._planned[0].at <= moment:
            planned = heapq.heappop(self._planned)
            went_well = self._perform(planned.act, planned.entry)
            done += 1
            # A reaction is repeated only until it is taken, as a person tries again later; a timed act goes on and on.
            repeat = None if went_well and planned.entry else planned.act.every_s
            if repeat and planned.act.until and planned.at + timedelta(seconds=repeat) <= planned.act.until:
                self._plan(planned.at + timedelta(seconds=repeat), planned.act, planned.entry)
        return done

    def _plan(self, at: datetime, act: Act, entry: JournalEntry | None) -> None:
        self._count += 1
        heapq.heappush(self._planned, _Planned(at, self._count, act, entry))

    def _perform(self, act: Act, entry: JournalEntry | None) -> bool:
        error, who, expected = None, act.who, act.may_fail
        try:
            who = str(self._resolve(act.who, entry))
            result = perform(act.do, who, self._resolve(act.args, entry))
            if act.save:
                self._saved[act.save] = getattr(result, "pk", result)
        except Refused as refused:
            error = str(refused)
            if not act.may_fail:
                _log.warning("%s could not %s: %s", act.id, act.do, error)
        except (TypeError, ValueError) as fault:
            # The script itself is wrong: an argument that the action does not have, a value that is none.
            error, expected = f"script: {fault}", False
            _log.warning("%s: %s", act.id, error)
        self.outcomes.append(Outcome(act.id, clock.now(), error, expected))
        self._say(f"{who}: {act.do}" + (f" refused: {error}" if error else ""))
        return error is None

    def _resolve(self, value: Any, entry: JournalEntry | None) -> Any:
        if isinstance(value, dict) and "$made" in value:
            return self._made(value)
        if isinstance(value, dict):
            return {key: self._resolve(item, entry) for key, item in value.items()}
        if isinstance(value, list):
            return [self._resolve(item, entry) for item in value]
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        return self._lookup(value, entry)

    def _lookup(self, name: str, entry: JournalEntry | None) -> Any:
        if name == "$now":
            return clock.now()
        if later := re.fullmatch(r"\$now([+-]\d+)(s|min|h)", name):
            unit = {"s": 1, "min": 60, "h": 3600}[later[2]]
            return clock.now() + timedelta(seconds=int(later[1]) * unit)
        if name.startswith("$file."):
            return self._file(name.removeprefix("$file."))
        if name.startswith("$area."):
            return district.area(name.removeprefix("$area."))
        if name.startswith("$saved."):
            return self._earlier(name.removeprefix("$saved."))
        if entry is None:
            raise ValueError(f"{name} needs an entry to speak of; this act happens at a time")
        if name == "$entry":
            return entry.id
        if name == "$subject":
            return entry.subject
        if name == "$id":
            identity = entry.subject.partition(":")[2]
            return int(identity) if identity.isdigit() else identity
        if name == "$area":
            return entry.area
        if name == "$holder":
            return Case.objects.values_list("accountable_post__code", flat=True).get(
                pk=entry.subject.partition(":")[2]
            )
        if name.startswith("$payload."):
            key = name.removeprefix("$payload.")
            if key not in entry.payload:
                raise ValueError(f"{entry.kind} has no {key}; it has {', '.join(entry.payload)}")
            return entry.payload[key]
        raise ValueError(f"{name} is not known in a script")

    def _made(self, asked: dict[str, Any]) -> Any:
        """What the nth entry of a kind made: numbers differ from run to run, how they came about does not."""
        found = entries(asked["$made"], asked.get("where", {}), since=self._since)
        entry = next(islice(found, asked.get("nth", 1) - 1, None), None)
        if entry is None:
            raise Conflict(
                "not_made",
                T(f"本次复演中没有 {asked['$made']}", f"This run has no such {asked['$made']}"),
                hint=T("此前的经过已与记录不同。", "What came before differs from the recording."),
            )
        return number_of(entry, asked.get("key"))

    def _file(self, name: str) -> bytes:
        path = (self._folder / "files" / name).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            raise ValueError(f"there is no file {name} in the scenario's folder `files`")
        return path.read_bytes()

    def _earlier(self, name: str) -> Any:
        if name not in self._saved:
            raise Conflict(
                "nothing_saved",
                T(f"之前没有任何一步得到 {name}", f"No earlier act has made {name}"),
                hint=T("请看之前被拒绝的步骤。", "Look for an earlier act that was refused."),
            )
        return self._saved[name]


def perform(do: str, who: str, args: dict[str, Any]) -> Any:
    """Carry out `domain.verb` as whoever is on duty at the post `who` (or the platform for `system`)."""
    domain, _, verb = do.partition(".")
    if domain not in DOMAINS or not verb.isidentifier() or verb.startswith("_"):
        raise ValueError(f"{do!r} is not an action; use domain.verb with a domain of {', '.join(DOMAINS)}")
    function = getattr(import_module(f"chengyun.{domain}.actions"), verb, None)
    if function is None:
        raise ValueError(f"{domain} has no action {verb}")
    actor: Actor = system("scenario") if who == "system" else actors.at_post(who)
    return function(actor=actor, **args)


def _matches(act: Act, entry: JournalEntry) -> bool:
    assert act.on is not None
    if not act.on.where:
        return True
    payload = entry.payload
    for key, wanted in act.on.where.items():
        have = {"subject": entry.subject, "actor": entry.actor, "area": entry.area}.get(key, payload.get(key))
        if isinstance(wanted, list):
            if have not in wanted:
                return False
        elif have != wanted:
            return False
    return True
