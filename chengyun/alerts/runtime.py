"""The engine of this process, compiled from the rules, the datastreams and the posture in force.

Memory lives in the tables: cells that changed are stored in the transaction of the observations (`RuleState`), the latest
values come from signals. Each judging leaves a token in the database (`signals.judging`). A process whose own token is not
the one found there was not the last to judge, or its last judging was rolled back: it puts the cells it touched then back
to what is stored, and takes over what others have stored since.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from chengyun.alerts import facts
from chengyun.alerts.facts import RuleInfo
from chengyun.alerts.logic.area_cells import AreaCell
from chengyun.alerts.logic.binding import StreamFacts, Unbound, bind
from chengyun.alerts.logic.cells import Cell, CountCell, RateCell
from chengyun.alerts.logic.engine import Bound, Engine
from chengyun.alerts.models import Outage, RuleSet, RuleState
from chengyun.district.models import Area, Asset
from chengyun.kernel import clock, registry
from chengyun.posture import queries as posture
from chengyun.signals import registry as streams_known
from chengyun.signals.models import Latest, Observation

_log = logging.getLogger("chengyun.alerts")


@dataclass(slots=True)
class Runtime:
    """``key`` tells whether what was compiled still holds; ``epoch`` is the token of this process's last judging;
    ``memory`` is how far stored memory was read, ``touched`` what changed and is not committed; ``new``: not used yet."""

    key: tuple[Any, ...]
    rules: dict[str, RuleInfo]
    engine: Engine
    bounds: dict[tuple[str, str], Bound]
    codes: dict[Any, str]
    unbound: dict[str, str] = field(default_factory=dict)
    epoch: str = ""
    memory: int = 0
    touched: set[tuple[str, str]] = field(default_factory=set)
    new: bool = True
    areas: dict[str, int] = field(default_factory=dict)
    assets: dict[str, int] = field(default_factory=dict)


# A value older than this is not looked for when memory is read from the tables (suggested value).
MAX_BACK_MS = 3_600_000

_runtime: Runtime | None = None


def ruleset() -> tuple[int, int]:
    """(version of the rules that judge, how far memory is stored), as the database has it now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version, memory FROM alerts_ruleset WHERE id = 1")
        row = cursor.fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def forget() -> None:
    """Drop everything this process remembers; it is read again at the next use."""
    global _runtime
    _runtime = None


def rules() -> dict[str, RuleInfo]:
    """The rules in force by code. Shared: never change it."""
    return registry.cached(("alert",), "rules", facts.rules)


def inhibiting() -> dict[int, RuleInfo]:
    """The rules in force whose alerts suppress others, by id. Shared: never change it."""
    return registry.cached(("alert",), "inhibiting", _inhibiting)


def _inhibiting() -> dict[int, RuleInfo]:
    return {info.id: info for info in rules().values() if info.spec.inhibits}


def get(epoch_before: str, epoch: str, incoming: Iterable[tuple[int, int]] = ()) -> Runtime:
    """The runtime, fit to judge in this transaction. The tokens: a batch's, or those of `signals.judging.lock()`.

    `incoming` are (datastream, event ms) of readings that are stored already and about to be judged: where memory has to
    be read from the tables, it is read as it was before them.
    """
    global _runtime
    version, memory = ruleset()
    key = (_database(), version, posture.version(), streams_known.current().token)
    current = _runtime
    if current is None or current.key != key:
        current = _runtime = _compile(key)
        _recall(current, set(incoming), full=True)
    elif not epoch_before or current.epoch != epoch_before:
        _recall(current, set(incoming), full=False)
    current.memory = memory
    current.epoch = epoch
    return current


def bounds_of(info: RuleInfo, streams: Iterable[StreamFacts]) -> list[Bound]:
    """The rule applied to this district under the posture in force. Raises Unbound with the reason."""
    return bind(info.spec, streams, _override, since=info.since_ms)


def _compile(key: tuple[Any, ...]) -> Runtime:
    found = rules()
    streams = facts.streams()
    engine, unbound = Engine(), {}
    bounds: dict[tuple[str, str], Bound] = {}
    for info in found.values():
        try:
            applied = bounds_of(info, streams)
            for bound in applied:
                bound.ladder()
        except Unbound as error:
            unbound[info.code] = str(error)
            continue
        except ValueError as error:
            # A posture whose thresholds do not fit is no reason to stop judging: the rule's own hold, and it says so.
            unbound[info.code] = f"the posture's thresholds do not fit and are not used: {error}"
            _log.warning("rule %s: %s", info.code, unbound[info.code])
            applied = bind(info.spec, streams, None, since=info.since_ms)
        for bound in applied:
            engine.add(bound)
            bounds[info.code, bound.subject] = bound
    return Runtime(
        key,
        found,
        engine,
        bounds,
        {s.key: s.code for s in streams},
        unbound,
        areas=dict(Area.objects.values_list("path", "pk")),
        assets=dict(Asset.objects.values_list("code", "pk")),
    )


def _recall(current: Runtime, incoming: set[tuple[int, int]], *, full: bool) -> None:
    """Take over what is stored: the cells' memory, members' latest values, windows of rates and counts."""
    cells = current.engine.cells
    stale = set() if full else current.touched
    for key in stale:
        if key in cells:
            cells[key].reset()
    rows = RuleState.objects.all()
    if not full:
        rows = rows.filter(Q(memory__gt=current.memory) | Q(subject__in={subject for _, subject in stale}))
    for rule, subject, data in rows.values_list("rule", "subject", "data"):
        cell = cells.get((rule, subject))
        if cell is not None:
            cell.load(data)
    areas = [cell for cell in cells.values() if isinstance(cell, AreaCell)]
    silences = current.engine.absence if full else {}
    wanted: set[Any] = {stream for cell in areas for stream in cell.members.keys} | set(silences)
    newest = latest(wanted)
    back = max((area.fresh_ms for area in areas), default=0)
    just_stored = {stream for stream, (at, _, _) in newest.items() if (stream, at) in incoming}
    newest.update(_before(incoming, just_stored, back))
    for area in areas:
        area.members.forget()
        for member, slot in area.members.index.items():
            found = newest.get(int(member))
            if found is not None:
                area.members.put(slot, found[0], found[1])
    for stream, silent in silences.items():
        found = newest.get(int(stream))
        if found is not None:
            for watching in silent:
                watching.last_at = max(watching.last_at, found[2])
    _refill([cell for cell in cells.values() if isinstance(cell, RateCell | CountCell)], incoming)


def outages() -> list[tuple[int, int]]:
    """Times in which the platform did not listen, as (from ms, to ms), in order."""
    rows = Outage.objects.order_by("until").values_list("since", "until")
    return [(_ms(since), _ms(until)) for since, until in rows]


def latest(keys: Iterable[Any]) -> dict[int, tuple[int, float, int]]:
    """datastream id -> (event ms, value, arrival ms) of the newest observation."""
    wanted, found = sorted(keys), {}
    for start in range(0, len(wanted), 500):
        rows = Latest.objects.filter(stream_id__in=wanted[start : start + 500])
        for pk, at, value, arrived in rows.values_list("stream_id", "at_ms", "value", "arrived_ms"):
            found[pk] = (at, value, arrived)
    return found


def _before(
    incoming: set[tuple[int, int]], keys: set[Any], back_ms: int
) -> dict[int, tuple[int, float, int]]:
    """The newest observation of each datastream that is not among those coming in; one that is too old has no say."""
    found: dict[int, tuple[int, float, int]] = dict.fromkeys(keys, (-(2**62), 0.0, 0))
    if not keys:
        return {}
    now = _ms(clock.now())
    since = now - min(back_ms, MAX_BACK_MS) - 60_000
    for key, at, value, arrived in _observed(sorted(keys), since, now):
        if (key, at) not in incoming and at > found[key][0]:
            found[key] = (at, value, arrived)
    return found


def _observed(keys: list[Any], since: int, now: int) -> Iterator[tuple[int, int, float, int]]:
    """(datastream, event ms, value, arrival ms) in event order, of what came in time to be judged."""
    # Naming the minutes makes each a short look-up in the key of the observations.
    minutes = list(range(since // 60_000, now // 60_000 + 3))
    for start in range(0, len(keys), 400):
        rows = Observation.objects.filter(
            minute__in=minutes, stream_id__in=keys[start : start + 400], at_ms__gte=since, late=0
        )
        yield from rows.order_by("at_ms", "message", "idx").values_list(
            "stream_id", "at_ms", "value", "arrived_ms"
        )


def _refill(cells: list[Any], incoming: set[tuple[int, int]]) -> None:
    if not cells:
        return
    now = _ms(clock.now())
    since = now - 2 * max(cell.window_ms for cell in cells)
    by_key: dict[Any, list[Any]] = {}
    for cell in cells:
        cell.forget()
        by_key.setdefault(cell.key, []).append(cell)
    for key, at, value, _ in _observed(sorted(by_key), since, now):
        if (key, at) not in incoming:
            for cell in by_key[key]:
                cell.remember(at, value)


def store(current: Runtime, cells: Iterable[Cell]) -> None:
    """Write down what the cells must remember, so that other processes (and this one after a restart) can take it over."""
    cells = list(cells)
    if not cells:
        return
    current.touched |= {(c.rule, c.subject) for c in cells}
    transaction.on_commit(current.touched.clear)
    memory = current.memory + 1
    RuleSet.objects.bulk_create(
        [RuleSet(pk=1, version=0, memory=memory)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["memory"],
    )
    RuleState.objects.bulk_create(
        [RuleState(rule=c.rule, subject=c.subject, data=c.dump(), memory=memory) for c in cells],
        update_conflicts=True,
        unique_fields=["rule", "subject"],
        update_fields=["data", "memory"],
    )
    current.memory = memory


def _override(path: str, code: str) -> Mapping[str, Any] | None:
    found = posture.effective_at(path).thresholds.get(code)
    if found is None:
        return None
    return found if isinstance(found, Mapping) else {"raise": found}


def _database() -> str:
    return f"{connection.vendor}:{connection.settings_dict['NAME']}"


def _ms(moment: Any) -> int:
    return int(moment.timestamp() * 1000)
