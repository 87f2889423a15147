"""Carries messages out, lets held ones go, and tells the people whom a lower domain's trouble concerns."""

from __future__ import annotations

from chengyun.kernel import journal, outbox, timers
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry, OutboxItem, Timer
from chengyun.messages import actions, channels, queries
from chengyun.people import queries as people
from chengyun.people.models import Post


@outbox.on("message.send")
def send(item: OutboxItem) -> None:
    """Hand one message to one channel. Raising has the outbox try again later, until the channel's attempts are used up."""
    found = queries.to_send(item.payload["delivery"])
    if found is None:
        return
    delivery, channel = found
    attempts = item.attempts + 1
    actor = system("messages")
    try:
        channels.hand(channel.kind, channel.url, channel.timeout_s, _parcel(delivery.pk, delivery.message))
    except channels.Failed as failed:
        final = failed.final or attempts >= channel.max_attempts
        actions.record_failure(
            actor=actor,
            delivery_id=delivery.pk,
            reason=failed.reason,
            attempts=attempts,
            final=final,
            cause=item.cause,
        )
        if not final:
            raise
        return
    actions.record_handed(actor=actor, delivery_id=delivery.pk, attempts=attempts, cause=item.cause)


def _parcel(delivery_id: int, message: queries.Message) -> channels.Parcel:
    zh, en = queries.text(message, zh=True), queries.text(message, zh=False)
    body = {
        "ref": message.ref,
        "kind": message.kind,
        "post": message.post.code,
        "subject": message.last_subject,
        "count": message.count,
        "created_at": message.created_at.isoformat(),
        "zh": {"title": zh.title, "body": zh.body},
        "en": {"title": en.title, "body": en.body},
    }
    return channels.Parcel(f"{message.ref}/{delivery_id}", body)


@timers.on("message.held")
def held(timer: Timer) -> None:
    actions.release(actor=system("messages"), delivery_id=timer.payload["delivery"], cause=timer.cause)


@journal.on("message.failed")
def given_up(entry: JournalEntry) -> None:
    """A channel that has given up is the duty officer's business: somebody has to telephone."""
    if not entry.payload["final"]:
        return
    message = queries.Message.objects.select_related("post__area").get(ref=entry.subject.partition(":")[2])
    officer = people.duty_officer(message.post.area)
    actions.undeliverable(
        channel=entry.payload["channel"], reason=entry.payload["reason"], post=officer, cause=entry.id
    )


@journal.on("shift.overdue")
def shift_overdue(entry: JournalEntry) -> None:
    for post in (
        Post.objects.filter(code__in=entry.payload.get("tell", [])).select_related("area").order_by("id")
    ):
        actions.notify(
            actor=system("messages"),
            post_id=post.id,
            subject=entry.subject,
            kind="shift.overdue",
            params={
                "area": post.area.code,
                "late_s": entry.payload.get("late_s"),
                "post": entry.payload.get("post"),
            },
            klass=entry.klass,
            cause=entry.id,
        )
