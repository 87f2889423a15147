"""What a rule would have done on a stretch of observations: the same engine, no database, with the reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from chengyun.alerts.logic.cells import Key, Transition
from chengyun.alerts.logic.engine import Bound, Engine

TICK_MS = 30_000


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation as it came in: event time and arrival time in ms."""

    key: Key
    at: int
    value: float
    arrived: int


@dataclass(slots=True)
class Episode:
    """From opening to clearing (``cleared`` None: still open at the end). ``steps``: every change, with the values."""

    rule: str
    subject: str
    opened: int
    level: int
    peak: int
    cleared: int | None = None
    steps: list[Transition] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """``episodes`` in order of opening; ``judged`` readings that a rule looked at, ``late`` those beyond the lateness."""

    episodes: list[Episode]
    observations: int
    late: int
    subjects: int


def run(
    bounds: Iterable[Bound], observations: Iterable[Seen], changes: Iterable[tuple[int, Iterable[Bound]]] = ()
) -> Report:
    """Judge observations in order of arrival. Pure: the same input gives the same report.

    ``changes`` are (time of arrival in ms, the bounds from then on), as a posture that is declared meanwhile makes them:
    other thresholds for the same subjects. What is on stays on until a reading says otherwise.
    """
    engine = Engine()
    subjects = 0
    lateness: dict[Key, int] = {}
    for bound in bounds:
        subjects += engine.add(bound) is not None
        for member in bound.members:
            lateness[member.key] = max(member.late_ms, lateness.get(member.key, 0))
    waiting = max(lateness.values(), default=0)
    open_now: dict[tuple[str, str], Episode] = {}
    episodes: list[Episode] = []
    count = late = 0
    tick: int | None = None
    now = 0

    def take(transitions: list[Transition]) -> None:
        for t in transitions:
            episode = open_now.get((t.rule, t.subject))
            if episode is None:
                if t.after is None:
                    continue
                episode = Episode(t.rule, t.subject, t.at, t.after, t.after)
                open_now[t.rule, t.subject] = episode
                episodes.append(episode)
            episode.steps.append(t)
            if t.after is None:
                episode.cleared = t.at
                del open_now[t.rule, t.subject]
            else:
                episode.level, episode.peak = t.after, min(episode.peak, t.after)

    batch: list[Seen] = []

    def judge() -> None:
        nonlocal late
        if not batch:
            return
        readings = [
            (o.key, o.at, o.value, o.arrived - o.at > lateness.get(o.key, 0) + LATE_GRACE_MS) for o in batch
        ]
        late += sum(r[3] for r in readings)
        take(engine.arrived([o.key for o in batch], batch[-1].arrived))
        take(engine.judge(readings))
        batch.clear()

    coming = sorted(changes, key=lambda change: change[0])
    silences = [cell for cells in engine.absence.values() for cell in cells]

    def next_silence() -> int | None:
        return min((due for cell in silences if (due := cell.deadline()) is not None), default=None)

    # Arrivals only put it off, so what was found last is a lower bound.
    silence_due = next_silence()

    def hear(until: int) -> None:
        """Judge silence at the very moment at which it has lasted long enough, as the platform's timer does."""
        nonlocal silence_due
        if silence_due is None or silence_due > until:
            return
        judge()
        while (silence_due := next_silence()) is not None and silence_due <= until:
            take(engine.check_silence(silence_due))

    for seen in observations:
        count += 1
        while coming and coming[0][0] <= seen.arrived:
            judge()
            for bound in coming.pop(0)[1]:
                cell = engine.cells.get((bound.spec.code, bound.subject))
                if cell is not None:
                    cell.rebind(bound.ladder())
        if batch and seen.arrived != batch[-1].arrived:
            judge()
        hear(seen.arrived)
        if tick is None:
            tick = seen.arrived
        while tick + TICK_MS <= seen.arrived:
            judge()
            tick += TICK_MS
            take(engine.elapse(tick - waiting))
        batch.append(seen)
        now = seen.arrived
    judge()
    take(engine.elapse(now - waiting))
    return Report(episodes, count, late, subjects)


# A reading that arrives later than its datastream's lateness plus this is stored and not judged (suggested value).
LATE_GRACE_MS = 60_000
