"""Facts of delivery: handed over, failed, let go."""

from __future__ import annotations

from chengyun.kernel import clock, outbox
from chengyun.kernel.actor import Actor
from chengyun.kernel.transaction import write
from chengyun.messages import logic
from chengyun.messages.actions.common import note
from chengyun.messages.models import Delivery


def release(*, actor: Actor, delivery_id: int, cause: int | None = None) -> None:
    """Let a push go that was held back, unless the message was read meanwhile."""
    with write():
        delivery = Delivery.objects.select_related("message").get(pk=delivery_id)
        if delivery.message.state == logic.WAITING and delivery.handed_at is None:
            outbox.put(
                "message.send",
                payload={"delivery": delivery.id},
                subject=f"message:{delivery.message.ref}",
                cause=cause,
            )


def record_handed(*, actor: Actor, delivery_id: int, attempts: int, cause: int | None = None) -> Delivery:
    """Note that a channel has taken the message over; saying it twice changes nothing."""
    with write():
        delivery = _delivery(delivery_id)
        if delivery.handed_at is not None:
            return delivery
        delivery.handed_at = delivery.delivered_at = clock.now()
        delivery.failed_at, delivery.failure, delivery.attempts = None, "", attempts
        delivery.save()
        note(
            actor,
            delivery.message,
            "message.handed",
            {"channel": delivery.channel, "attempts": attempts},
            cause,
        )
        return delivery


def record_failure(
    *, actor: Actor, delivery_id: int, reason: str, attempts: int, final: bool, cause: int | None = None
) -> Delivery:
    """Note that a hand-over failed. The first and the final failure stand in the journal, those between only count."""
    with write():
        delivery = _delivery(delivery_id)
        first = delivery.failed_at is None
        delivery.failed_at, delivery.failure, delivery.attempts = clock.now(), reason[:40], attempts
        delivery.save()
        if first or final:
            payload = {
                "channel": delivery.channel,
                "reason": reason[:40],
                "attempts": attempts,
                "final": final,
            }
            note(actor, delivery.message, "message.failed", payload, cause)
        return delivery


def _delivery(delivery_id: int) -> Delivery:
    return (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("message__post__area")
        .get(pk=delivery_id)
    )
