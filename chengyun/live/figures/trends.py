"""People present with their coverage, and what crosses the lines of the rings: neither is made of the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chengyun.district import queries as district
from chengyun.district.logic.kinds import RING
from chengyun.district.models import Area, Asset
from chengyun.kernel import clock, scope
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.live.desk.standing import place_of
from chengyun.live.figures import series
from chengyun.live.figures.series import Figures, Frame
from chengyun.live.figures.shapes import LineFlow, RingFlow, SourceAge, TotalSeries, TrendsOut
from chengyun.live.overview import PEOPLE, watched_total
from chengyun.signals import registry as streams
from chengyun.signals import store, totals
from chengyun.signals.logic import times
from chengyun.signals.logic.stream import Stream
from chengyun.signals.models import Source
from chengyun.signals.vocabulary import quantities

INWARD, OUTWARD = "line_flow_in", "line_flow_out"
# Suggested: what a console shows unless asked for another span.
SPAN = timedelta(hours=8)


def trends(
    viewer: Any,
    actor: Actor,
    *,
    area: str | None = None,
    quantity: str = PEOPLE,
    since: datetime | None = None,
    until: datetime | None = None,
    step_s: int | None = None,
) -> TrendsOut:
    """The total of `quantity` over an area (default: the one whose limit proposes a posture), and the flows of the rings."""
    if quantity not in quantities():
        raise Invalid(
            "no_quantity", T(f"没有物理量 {quantity}", f"There is no quantity {quantity}"), field="quantity"
        )
    now = clock.now()
    seen = scope.of(viewer)
    place = _place(seen, area)
    actor.require("signal.read", place.path)
    end = min(until or now, now)
    over = series.frame(since or end - SPAN, end, step_s)
    counted = visible(seen, totals.streams_of(place, quantity))
    rings = [(ring, _crossing(seen, ring)) for ring in _rings(seen, place)]
    lines = {stream.id: stream for _, found in rings for stream in found}
    figures = series.read([*counted, *lines.values()], over, before=series.reach_back(counted))
    return TrendsOut(
        now=now,
        since=times.from_ms(over.first * 60_000),
        until=end,
        step_s=over.step * 60,
        people=total(place, quantity, counted, figures, over, None if until is None else end),
        flows=[_flow(ring, found, figures, over) for ring, found in rings if found],
        forecast=None,
        sources=ages([*counted, *lines.values()], end, past=until is not None),
    )


def _place(seen: scope.Scope, code: str | None) -> Area:
    if code is not None:
        return district.visible_area(seen, code)
    watched, _ = watched_total()
    if watched is not None:
        found = Area.objects.visible_to(seen).filter(code=watched).first()
        if found is not None:
            return found
    return place_of(seen)


def visible(seen: scope.Scope, found: Iterable[Stream]) -> list[Stream]:
    """Those that a viewer may see by place and class: a ring covers grids of others too."""
    return [stream for stream in found if seen.covers(stream.area_path, stream.klass)]


def total(
    place: Area,
    quantity: str,
    counted: Sequence[Stream],
    figures: dict[int, Figures],
    over: Frame,
    at: datetime | None,
) -> TotalSeries:
    """The sum over an area step by step, and as it stands at the end."""
    known = quantities()[quantity]
    newest = totals.total_of(list(counted), at)
    has = newest.known > 0
    end_ms = times.to_ms(at or clock.now())
    return TotalSeries(
        area=place.code,
        area_zh=place.name_zh,
        area_en=place.name_en,
        quantity=quantity,
        quantity_zh=known.zh,
        quantity_en=known.en,
        unit=known.unit,
        series=series.added_up(counted, figures, over),
        latest=newest.value if has else None,
        latest_at=datetime.fromtimestamp(end_ms / 1000 - (newest.oldest_age_s or 0), UTC) if has else None,
        latest_have=newest.known,
        latest_of=newest.of,
        lower_bound=not newest.complete,
    )


def _rings(seen: scope.Scope, place: Area) -> list[Area]:
    """The rings a viewer may see, from the core outwards (as the district numbers them); the place itself where there is
    none."""
    rows = Area.objects.visible_to(seen).filter(kind=RING, valid_to=None).defer("geometry").order_by("pk")
    return list(rows) or [place]


def _crossing(seen: scope.Scope, ring: Area) -> list[Stream]:
    """The lines of a ring: those whose device says so, and else those that stand in it."""
    known = streams.current()
    grounds = tuple(district.grounds(ring))
    found = []
    for stream in (*known.by_quantity.get(INWARD, ()), *known.by_quantity.get(OUTWARD, ())):
        stated = stream.attrs.get("ring")
        mine = stated == ring.code if stated else stream.area_path.startswith(grounds)
        if stream.off is None and mine:
            found.append(stream)
    return visible(seen, found)


def _flow(ring: Area, lines: Sequence[Stream], figures: dict[int, Figures], over: Frame) -> RingFlow:
    assets = {
        row.code: row for row in Asset.objects.filter(code__in=sorted({str(s.asset_code) for s in lines}))
    }
    by_asset: dict[str, dict[str, Stream]] = {}
    for stream in lines:
        by_asset.setdefault(stream.asset_code or stream.code, {})[stream.quantity] = stream
    shown = []
    sides: dict[str, list[list[float | None]]] = {INWARD: [], OUTWARD: []}
    for code in sorted(by_asset):
        mine = by_asset[code]
        rates = {
            side: series.single(figures.get(mine[side].id, {}), over).mean if side in mine else None
            for side in sides
        }
        for side, rate in rates.items():
            if rate is not None:
                sides[side].append(rate)
        row = assets.get(code)
        shown.append(
            LineFlow(
                asset=code,
                zh=row.name_zh if row else code,
                en=row.name_en if row else code,
                has_in=rates[INWARD] is not None,
                has_out=rates[OUTWARD] is not None,
                inward=rates[INWARD] or [None] * over.steps,
                outward=rates[OUTWARD] or [None] * over.steps,
            )
        )
    have_in, inward = _together(sides[INWARD], over)
    have_out, outward = _together(sides[OUTWARD], over)
    return RingFlow(
        area=ring.code,
        area_zh=ring.name_zh,
        area_en=ring.name_en,
        unit=quantities()[INWARD].unit,
        of_in=len(sides[INWARD]),
        of_out=len(sides[OUTWARD]),
        have_in=have_in,
        have_out=have_out,
        inward=inward,
        outward=outward,
        total_in=_since_start(inward, over),
        total_out=_since_start(outward, over),
        lines=shown,
    )


def _together(rates: list[list[float | None]], over: Frame) -> tuple[list[int], list[float | None]]:
    columns = [[rate[step] for rate in rates if rate[step] is not None] for step in range(over.steps)]
    return [len(column) for column in columns], [
        round(sum(value for value in column if value is not None), 4) if column else None
        for column in columns
    ]


def _since_start(rates: list[float | None], over: Frame) -> list[float | None]:
    """How many went through by the end of each step; null until something is known. The last step may not be over yet."""
    found: list[float | None] = []
    added: float | None = None
    for step, rate in enumerate(rates):
        begins = (over.first + step * over.step) * 60_000
        lasts = min(over.step * 60_000, max(0, over.until_ms - begins)) / 60_000
        if rate is not None:
            added = (added or 0.0) + rate * lasts
        found.append(None if added is None else round(added, 1))
    return found


def ages(used: Sequence[Stream], at: datetime, *, past: bool) -> list[SourceAge]:
    """The sources behind some streams, each with the age of its newest value."""
    ids = sorted({stream.id for stream in used})
    at_ms = times.to_ms(at)
    newest = store.latest_as_of(ids, at_ms, series.reach_back(used) + 1) if past else store.latest(ids)
    by_source: dict[int, list[Stream]] = {}
    for stream in {stream.id: stream for stream in used}.values():
        by_source.setdefault(stream.source_id, []).append(stream)
    found = []
    for row in Source.objects.filter(pk__in=list(by_source)).order_by("code"):
        mine = [newest[stream.id][0] for stream in by_source[row.pk] if stream.id in newest]
        seen_ms = max(mine, default=None)
        found.append(
            SourceAge(
                source=row.code,
                zh=row.name_zh,
                en=row.name_en,
                streams=len(by_source[row.pk]),
                newest_at=times.from_ms(seen_ms) if seen_ms is not None else None,
                age_s=max(0, at_ms - seen_ms) / 1000 if seen_ms is not None else None,
            )
        )
    return found
