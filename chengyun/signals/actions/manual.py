"""A reading entered by hand."""

from __future__ import annotations

from datetime import datetime

from chengyun.kernel import clock, ids, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.signals.actions.intake import Receipt, readings_by_hand
from chengyun.signals.logic import times
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
        receipt = readings_by_hand(
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
