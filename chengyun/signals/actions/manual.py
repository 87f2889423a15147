"""A reading entered by hand."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from chengyun.kernel import clock, ids, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.signals import registry, store
from chengyun.signals.actions.accounting import Receipt
from chengyun.signals.actions.intake import store_taken
from chengyun.signals.logic import reasons, times
from chengyun.signals.logic.check import check, with_message
from chengyun.signals.logic.decode import Decoded
from chengyun.signals.models import Datastream


def enter_reading(
    actor: Actor,
    *,
    datastream: str,
    value: float,
    at: datetime | None = None,
    reason: str = "",
    key: str | None = None,
    cause: int | None = None,
) -> Receipt:
    """Enter what a person read off or counted, in the datastream's unit. It is stored, judged and journalled.

    `key`: the same key from the same person is the same reading. Raises `Invalid` where a device would be quarantined.
    """
    with write():
        row = Datastream.objects.select_related("area").filter(code=datastream).first()
        if row is None or not actor.may("signal.manual", row.area.path):
            # Not "not allowed": a datastream outside a person's areas is not there.
            actor.require("signal.manual")
            raise NotFound(
                "no_datastream",
                T(f"没有数据流 {datastream}", f"There is no datastream {datastream}"),
                field="datastream",
            )
        now = clock.now()
        at = at or now
        receipt = _take_one(
            actor_ref=actor.ref,
            stream_code=datastream,
            at_ms=times.to_ms(at),
            value=float(value),
            arrived_at=now,
            key=key or ids.new("r-"),
        )
        if receipt.accepted:
            journal.record(
                "signals.manual",
                subject=f"datastream:{datastream}",
                area=row.area.path,
                actor=actor,
                payload={
                    "datastream": datastream,
                    "value": float(value),
                    "at": at.isoformat(),
                    **({"reason_digest": seal_text(reason)[1]} if reason else {}),
                },
                cause=cause,
                klass=row.klass,
            )
        return receipt


def _take_one(
    *, actor_ref: str, stream_code: str, at_ms: int, value: float, arrived_at: datetime, key: str
) -> Receipt:
    """Store one reading that a person entered; the caller has checked that they may. Only inside `write()`."""
    known = registry.current()
    stream = known.streams.get(stream_code)
    if stream is None:
        raise NotFound(
            "no_datastream",
            T(f"没有数据流 {stream_code}", f"There is no datastream {stream_code}"),
            field="ds",
        )
    arrived_ms = times.to_ms(arrived_at)
    decoded = Decoded([(stream_code, at_ms, value, None)], None, [])
    taken = check(decoded, known.streams, source_id=None, arrived_ms=arrived_ms, keep_ms=known.keep_ms)
    if taken.faults:
        fault = taken.faults[0]
        raise Invalid(
            fault.reason, T(f"读数未采用：{fault.reason}", f"Not taken: {fault.detail}"), field=fault.field
        )
    digest = sha256(f"hand\0{actor_ref}\0{key}".encode()).digest()
    pair = (stream.source_id, digest)
    message_id = store.claim([pair], arrived_ms).get(pair)
    if message_id is None:
        return Receipt(duplicates=1)
    store_taken(
        with_message(taken.rows, message_id),
        taken.readings,
        arrived_ms,
        known,
        frozenset({"hand"}),
        judged=True,
    )
    store.put_counts({(arrived_ms // 60_000, "hand", reasons.ACCEPTED): 1})
    return Receipt(accepted=1, late=taken.late, message_id=message_id)
