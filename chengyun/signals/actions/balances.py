"""In-out balances: fed by what is stored, in the same transaction; a baseline is set by a person or by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.signals import judging, registry, store
from chengyun.signals.logic import balance, reasons, times
from chengyun.signals.logic.stream import Reading, Row, Stream
from chengyun.signals.models import Balance
from chengyun.signals.registry import Registry

RESET = "signals.balance.reset"
# Derived readings stand behind all readings that a message may carry itself.
DERIVED_INDEX = 1_000_000


def feed(rows: list[Row], readings: list[Reading], known: Registry) -> tuple[list[Row], list[Reading]]:
    """Move the balances on that these rows feed; returns the derived rows and readings. Holds the turn to judge."""
    touched: dict[int, list[Row]] = {}
    for row, reading in zip(rows, readings, strict=True):
        for number in reading[0].feeds:
            touched.setdefault(number, []).append(row)
    if not touched:
        return [], []
    derived_rows: list[Row] = []
    derived: list[Reading] = []
    for stored in Balance.objects.filter(pk__in=sorted(touched)).order_by("pk"):
        definition = known.balances[stored.pk]
        state = _state(stored)
        fed = touched[stored.pk]
        if not balance.apply(state, definition.inputs, [(row[1], row[2], row[5]) for row in fed]):
            continue
        row, reading = _emit(
            stored.pk, definition.stream, state, message_id=fed[-1][3], arrived_ms=fed[-1][6]
        )
        derived_rows.append(row)
        derived.append(reading)
        _keep(stored.pk, state)
    return derived_rows, derived


def _state(row: Balance) -> balance.State:
    last = {int(stream): (int(at_ms), float(count)) for stream, (at_ms, count) in row.last.items()}
    return balance.State(row.value, row.at_ms, row.baseline_ms, last)


def _keep(number: int, state: balance.State) -> None:
    last = {str(stream): list(seen) for stream, seen in sorted(state.last.items())}
    Balance.objects.filter(pk=number).update(
        value=state.value, at_ms=state.at_ms, baseline_ms=state.baseline_ms, last=last
    )


def _emit(
    number: int, stream: Stream, state: balance.State, *, message_id: int, arrived_ms: int
) -> tuple[Row, Reading]:
    """The balance as a reading of its stream. Counters drift: what falls out of the stream's bounds is shown at the bound
    and counted, and the balance itself is left as it is, so that a baseline can tell how far it was off."""
    shown = min(max(state.value, stream.lo), stream.hi)
    if shown != state.value:
        store.put_counts({(arrived_ms // 60_000, "balance", reasons.DRIFT): 1})
    late = state.at_ms < arrived_ms - stream.late_ms
    row = (
        state.at_ms // 60_000,
        stream.id,
        state.at_ms,
        message_id,
        DERIVED_INDEX + number,
        shown,
        arrived_ms,
        int(late),
    )
    return row, (stream, state.at_ms, shown, late)


def set_baseline(
    actor: Actor,
    *,
    datastream: str,
    value: float,
    at: datetime | None = None,
    reason: str = "",
    cause: int | None = None,
) -> Balance:
    """Say how many are present: from `at` (default now) the balance goes on from `value`."""
    with write():
        stored = Balance.objects.select_related("stream__area").filter(stream__code=datastream).first()
        if stored is None:
            raise NotFound(
                "no_balance",
                T(f"{datastream} 不是进出平衡", f"{datastream} is no in-out balance"),
                field="datastream",
            )
        actor.require("signal.manual", stored.stream.area.path)
        now = clock.now()
        at = at or now
        stream = registry.current().balances[stored.pk].stream
        if not stream.lo <= value <= stream.hi:
            raise Invalid(
                "out_of_range",
                T("基准值超出范围", f"A baseline here lies between {stream.lo:g} and {stream.hi:g}"),
                field="value",
            )
        if at > now or times.to_ms(at) < stored.baseline_ms:
            raise Invalid(
                "bad_time",
                T("时间须在上次基准之后、现在之前", "The time must lie between the last baseline and now"),
                field="at",
            )
        before, after = judging.lock()
        stored.refresh_from_db()
        state = _state(stored)
        old = state.value
        balance.set_baseline(state, value=float(value), at_ms=times.to_ms(at))
        _keep(stored.pk, state)
        arrived_ms = times.to_ms(now)
        pair = (
            stream.source_id,
            sha256(f"baseline\0{stored.pk}\0{state.baseline_ms}\0{value}".encode()).digest(),
        )
        message_id = store.claim([pair], arrived_ms).get(pair)
        if message_id is not None:
            row, reading = _emit(stored.pk, stream, state, message_id=message_id, arrived_ms=arrived_ms)
            store.put_observations([row])
            store.put_latest({stream.id: (row[2], row[5], message_id)}, arrived_ms)
            store.mark_minutes([row[0]])
            judging.judge([reading], arrived_ms, before, after, frozenset({"balance"}))
        journal.record(
            "balance.baseline_set",
            subject=f"datastream:{datastream}",
            area=stored.stream.area.path,
            actor=actor,
            payload={
                "datastream": datastream,
                "value": float(value),
                "before": old,
                "at": at.isoformat(),
                **({"reason_digest": seal_text(reason)[1]} if reason else {}),
            },
            cause=cause,
            klass=stored.stream.klass,
        )
        stored.refresh_from_db()
        return stored


def arm_daily_reset(stored: Balance, zone: ZoneInfo) -> None:
    """Arm the next daily baseline, if the balance has one. Only inside `write()`."""
    subject = f"datastream:{stored.stream.code}"
    if not stored.reset_at:
        timers.cancel(RESET, subject=subject)
        return
    hour, minute = (int(part) for part in stored.reset_at.split(":"))
    here = clock.now().astimezone(zone)
    due = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if due <= here:
        due += timedelta(days=1)
    timers.arm(RESET, due_at=due, subject=subject, payload={"datastream": stored.stream.code})
