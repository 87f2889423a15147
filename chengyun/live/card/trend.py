"""The signals of some alerts as series, with the lines at which their rules raise: in force, and in other postures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from chengyun.alerts import runtime
from chengyun.alerts.facts import RuleInfo
from chengyun.alerts.models import Alert
from chengyun.district.models import Area
from chengyun.kernel import clock, scope
from chengyun.live.card.settings import settings
from chengyun.live.card.shapes import CardSeries, ThresholdLine
from chengyun.live.figures import series
from chengyun.live.figures.trends import visible
from chengyun.live.rows.places import Ground, grounds
from chengyun.live.rows.shapes import Mode
from chengyun.posture import logic as postures
from chengyun.posture import queries as posture
from chengyun.posture.logic import Overrides, Standing
from chengyun.posture.queries import ruling
from chengyun.signals import registry as streams
from chengyun.signals import store, totals
from chengyun.signals.logic import times
from chengyun.signals.logic.stream import Stream
from chengyun.signals.vocabulary import quantities


@dataclass(slots=True)
class _Signal:
    """One thing to draw: the streams behind it, and the alerts about it."""

    key: str
    quantity: str
    place: Ground
    streams: list[Stream]
    alerts: list[Alert] = field(default_factory=list)

    @property
    def single(self) -> bool:
        return not self.key.startswith("area:")


def trends(seen: scope.Scope, alerts: Iterable[Alert], at: datetime, *, past: bool) -> list[CardSeries]:
    """The series of what the alerts are about, gravest first. Nothing of after `at` is read."""
    over = series.frame(at - timedelta(minutes=settings().trend_minutes), at, 60)
    found = list(_signals(seen, alerts).values())[: settings().most.series]
    every = list({stream.id: stream for signal in found for stream in signal.streams}.values())
    figures = series.read(every, over, before=series.reach_back(every))
    ids = [stream.id for stream in every]
    at_ms = times.to_ms(at)
    newest = store.latest_as_of(ids, at_ms, series.reach_back(every) + 1) if past else store.latest(ids)
    return [_out(signal, figures, over, newest, at_ms) for signal in found]


def _signals(seen: scope.Scope, alerts: Iterable[Alert]) -> dict[str, _Signal]:
    known, rules = streams.current(), runtime.rules()
    by_code = {row.code: row for row in grounds().values()}
    found: dict[str, _Signal] = {}
    for alert in alerts:
        info = rules.get(alert.rule.code)
        kind, _, code = alert.subject.partition(":")
        key = quantity = ""
        mine: list[Stream] = []
        if kind == "datastream" and code in known.streams:
            stream = known.streams[code]
            key, quantity, mine = alert.subject, stream.quantity, visible(seen, [stream])
        elif kind == "area" and info is not None and info.spec.select and info.spec.select.quantity:
            quantity = info.spec.select.quantity
            key = f"{alert.subject}/{quantity}"
            mine = visible(seen, _members(code, info))
        if not mine:
            continue
        place = by_code[code] if kind == "area" else by_code[mine[0].area_code]
        found.setdefault(key, _Signal(key, quantity, place, mine)).alerts.append(alert)
    return found


def _members(code: str, info: RuleInfo) -> list[Stream]:
    """The streams that a rule adds up over an area."""
    place = Area.objects.defer("geometry", "attrs").filter(code=code).first()
    select = info.spec.select
    if place is None or select is None or select.quantity is None:
        return []
    found = totals.streams_of(place, select.quantity)
    return [row for row in found if not select.streams or row.code in select.streams]


def _out(
    signal: _Signal, figures: Any, over: series.Frame, newest: dict[int, tuple[int, float, int]], at_ms: int
) -> CardSeries:
    known = quantities()[signal.quantity]
    if signal.single:
        stream = signal.streams[0]
        drawn = series.single(figures.get(stream.id, {}), over)
        seen = newest.get(stream.id)
        value, seen_ms = (seen[1], seen[0]) if seen else (None, None)
        stale = seen is None or bool(stream.stale_ms and at_ms - seen[0] > stream.stale_ms)
        zh = en = stream.code
    else:
        drawn = series.added_up(signal.streams, figures, over)
        fresh = [
            newest[row.id]
            for row in signal.streams
            if row.id in newest and (not row.stale_ms or at_ms - newest[row.id][0] <= row.stale_ms)
        ]
        value = sum(row[1] for row in fresh) if fresh else None
        seen_ms, stale = min((row[0] for row in fresh), default=None), not fresh
        zh, en = signal.place.zh, signal.place.en
    return CardSeries(
        key=signal.key,
        kind="datastream" if signal.single else "total",
        zh=f"{zh} {known.zh}" if not signal.single else known.zh,
        en=f"{en}: {known.en}" if not signal.single else known.en,
        quantity=signal.quantity,
        quantity_zh=known.zh,
        quantity_en=known.en,
        unit=known.unit,
        area=signal.place.code,
        alerts=[row.pk for row in signal.alerts],
        series=drawn,
        latest=value,
        latest_at=times.from_ms(seen_ms) if seen_ms is not None else None,
        age_s=max(0, at_ms - seen_ms) / 1000 if seen_ms is not None else None,
        stale=stale,
        thresholds=list(_thresholds(signal)),
    )


def _thresholds(signal: _Signal) -> Iterator[ThresholdLine]:
    """The lines of each rule that judges the value itself: as in force, then as other modes and levels would have them."""
    rules = runtime.rules()
    for code in dict.fromkeys(alert.rule.code for alert in signal.alerts):
        info = rules.get(code)
        if info is None or info.spec.when not in ("threshold", "total"):
            continue
        path = next(alert.area.path for alert in signal.alerts if alert.rule.code == code)
        scale = _scale(info, signal)
        if scale is None:
            continue
        now = posture.effective_at(path)
        drawn = {(line.level, line.set, line.clear) for line in _lines(info, now, scale, True)}
        yield from _lines(info, now, scale, True)
        for other in _others(path, code, now):
            for line in _lines(info, other, scale, False):
                if (line.level, line.set, line.clear) not in drawn:
                    drawn.add((line.level, line.set, line.clear))
                    yield line


def _scale(info: RuleInfo, signal: _Signal) -> float | None:
    """What a threshold per m2 (or per space) is multiplied by, so that its line fits the signal; None where unknown."""
    if info.spec.per is None:
        return 1.0
    sizes = [row.attrs.get(info.spec.per) for row in signal.streams]
    try:
        added = sum(float(size) for size in sizes if size is not None)
    except (TypeError, ValueError):
        return None
    return added if added > 0 and None not in sizes else None


def _others(path: str, code: str, now: Overrides) -> Iterator[Overrides]:
    """The policy in every mode and level that states something on the rule, as if that alone were declared."""
    layers = ruling.layers()
    stated = {
        key
        for bodies in (layers.bodies, *(part.bodies for part in layers.areas if part.over(path)))
        for key, body in bodies.items()
        if code in body.get("thresholds", {})
    }
    for mode in postures.MODES:
        for level in (None, 4, 3, 2, 1):
            # A level takes over what milder ones and the mode itself state.
            if (mode, level) not in stated or (mode, level) == (now.mode, now.level):
                continue
            alone = [] if mode == postures.NORMAL else [Standing(path, mode, level, clock.now())]
            yield postures.effective(layers, path, alone)
    if now.mode != postures.NORMAL:
        yield postures.effective(layers, path, [])


def _lines(info: RuleInfo, found: Overrides, scale: float, in_force: bool) -> Iterator[ThresholdLine]:
    stated = found.thresholds.get(info.code)
    try:
        ladder = info.spec.ladder(stated)
    except ValueError:
        # What does not fit is not used: the rule's own holds.
        stated, ladder = None, info.spec.ladder()
    for rung in ladder.scaled(scale).rungs:
        key = f"thresholds.{info.code}.{rung.level}"
        source = next((name for leaf, name in found.sources.items() if leaf.startswith(key)), "")
        yield ThresholdLine(
            rule=info.code,
            name_zh=info.name_zh,
            name_en=info.name_en,
            level=rung.level,
            set=rung.set,
            clear=rung.clear,
            below=ladder.below,
            in_force=in_force,
            mode=cast(Mode, found.mode),
            mode_level=found.level,
            source=source or "rule",
        )
