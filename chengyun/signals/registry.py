"""All datastreams in memory, per process, read again when the shared token says that they have changed."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass

from chengyun.district import queries as district
from chengyun.kernel import registry as remembered
from chengyun.signals import store
from chengyun.signals.logic import balance, reasons
from chengyun.signals.logic.stream import Stream
from chengyun.signals.models import Balance, Datastream, SignalSettings, Source
from chengyun.signals.vocabulary import quantities


@dataclass(frozen=True, slots=True)
class BalanceDef:
    id: int
    stream: Stream
    inputs: dict[int, balance.Input]


@dataclass(frozen=True, slots=True)
class Registry:
    """`token` is the state of the tables that this was read from, `needs` the topics that some stream asks an impact
    assessment for, `assessed` those of them that had one then."""

    token: str
    streams: dict[str, Stream]
    by_id: dict[int, Stream]
    by_quantity: dict[str, tuple[Stream, ...]]
    sources: dict[str, int]
    source_codes: dict[int, str]
    retired: frozenset[str]
    balances: dict[int, BalanceDef]
    keep_ms: int
    input_log: bool
    needs: frozenset[str] = frozenset()
    assessed: frozenset[str] = frozenset()


_lock = threading.Lock()
_current: Registry | None = None


def current() -> Registry:
    """The registry as the database has it now: one short query, or a reload.

    An assessment begins and ends with time, without any row changing: that is asked each time, where a stream needs one.
    """
    global _current
    token = store.registry_token()
    cached = _current
    if cached is not None and cached.token == token and token and cached.assessed == _assessed(cached.needs):
        return cached
    with _lock:
        loaded = _load(token)
        _current = loaded
    return loaded


def _assessed(needs: frozenset[str]) -> frozenset[str]:
    return frozenset(topic for topic in needs if district.assessed(topic) is not None)


def settings() -> SignalSettings:
    """How long what is kept; the row is shared, never change it."""
    return remembered.cached(
        ("signal settings",),
        "settings",
        lambda: SignalSettings.objects.order_by("pk").first() or SignalSettings(),
    )


def _load(token: str) -> Registry:
    vocabulary = quantities()
    balances = {row.pk: row for row in Balance.objects.all()}
    feeds: dict[str, list[int]] = defaultdict(list)
    for row in balances.values():
        for item in row.inputs:
            feeds[item["stream"]].append(row.pk)
    needs = frozenset(row.needs_assessment for row in vocabulary.values() if row.needs_assessment)
    assessed = _assessed(needs)
    streams: dict[str, Stream] = {}
    for row in Datastream.objects.select_related("area", "asset").order_by("pk").iterator(chunk_size=2000):
        meaning = vocabulary.get(row.quantity)
        off = None
        if meaning is None or not row.in_service:
            off = reasons.OUT_OF_SERVICE
        elif meaning.needs_assessment and meaning.needs_assessment not in assessed:
            off = reasons.SWITCHED_OFF
        streams[row.code] = Stream(
            id=row.pk,
            code=row.code,
            quantity=row.quantity,
            nature=meaning.nature if meaning else "gauge",
            unit=meaning.unit if meaning else "1",
            accepts=meaning.factors if meaning else {},
            source_id=row.source_id,
            area_id=row.area_id,
            area_code=row.area.code,
            area_path=row.area.path,
            asset_id=row.asset_id,
            asset_code=row.asset.code if row.asset else None,
            every_s=row.every_s,
            late_s=row.late_s,
            lo=_bound(row.min, meaning.min if meaning else None, max, float("-inf")),
            hi=_bound(row.max, meaning.max if meaning else None, min, float("inf")),
            at_least=meaning.at_least if meaning else 0.0,
            off=off,
            needs=meaning.needs_assessment if meaning else None,
            klass=row.klass,
            attrs=(row.asset.attrs if row.asset else {}) or {},
            feeds=tuple(feeds.get(row.code, ())),
        )
    asked = frozenset(stream.needs for stream in streams.values() if stream.needs)
    by_quantity: dict[str, list[Stream]] = defaultdict(list)
    for stream in streams.values():
        by_quantity[stream.quantity].append(stream)
    sources = list(Source.objects.values_list("code", "pk", "in_service"))
    kept = settings()
    return Registry(
        token=token,
        streams=streams,
        by_id={stream.id: stream for stream in streams.values()},
        by_quantity={quantity: tuple(found) for quantity, found in by_quantity.items()},
        sources={code: pk for code, pk, _ in sources},
        source_codes={pk: code for code, pk, _ in sources},
        retired=frozenset(code for code, _, in_service in sources if not in_service),
        balances={pk: _balance(row, streams) for pk, row in balances.items()},
        keep_ms=kept.observations_days * 86_400_000,
        input_log=kept.input_log,
        needs=asked,
        assessed=assessed & asked,
    )


def _balance(row: Balance, streams: dict[str, Stream]) -> BalanceDef:
    inputs = {}
    for item in row.inputs:
        stream = streams[item["stream"]]
        inputs[stream.id] = balance.Input(stream.id, int(item["sign"]), stream.nature, stream.every_s)
    target = next(stream for stream in streams.values() if stream.id == row.stream_id)
    return BalanceDef(row.pk, target, inputs)


def _bound(own: float | None, general: float | None, narrower: object, default: float) -> float:
    given = [value for value in (own, general) if value is not None]
    if not given:
        return default
    return float(narrower(given))  # type: ignore[operator]
