"""Telling a post something, once for as long as it waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from chengyun.kernel import clock, ids, outbox, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.messages import logic
from chengyun.messages.actions.common import INBOX, note
from chengyun.messages.models import Channel, Delivery, Limit, Message
from chengyun.people.models import Post

# Such messages are about the channels themselves: pushing them over the channels would feed the fire.
INBOX_ONLY = ("message.undeliverable",)
# What must not wait for a push window: decisions that a person has to take now.
NEVER_HELD = ("posture.*", "shift.*")


def notify(
    *,
    actor: Actor,
    post_id: int,
    subject: str,
    kind: str,
    params: dict[str, Any] | None = None,
    bundle: str | None = None,
    klass: str = "open",
    cause: int | None = None,
) -> Message:
    """Tell a post something. While one of the same (bundle, kind) waits there unread, this one is counted into it.

    `params` are codes and numbers for the text; `bundle` defaults to the subject. Any actor may notify: a message changes
    nothing and names nobody. Raises `Invalid` for params that are not plain codes.
    """
    with write():
        values = _codes(params or {})
        bundle = bundle or subject
        post = Post.objects.select_related("area").get(pk=post_id)
        message = _count_in(post, kind, bundle, subject, values, klass)
        if message is None:
            try:
                with transaction.atomic():
                    message = _create(post, kind, bundle, subject, values, klass)
            except IntegrityError:
                # Another worker was first with the same message: the constraint said so, and we are counted in.
                message = _count_in(post, kind, bundle, subject, values, klass)
                if message is None:
                    raise
                return _bundled(actor, message, cause)
            payload = {"post": post.code, "kind": kind, "bundle": bundle, "about": subject}
            entry = note(actor, message, "message.sent", payload, cause)
            _queue(actor, message, post, entry.id)
            return message
        return _bundled(actor, message, cause)


def _codes(params: dict[str, Any]) -> dict[str, Any]:
    for key, value in params.items():
        if not (value is None or isinstance(value, (str, int, float, bool))) or len(str(value)) > 100:
            raise Invalid(
                "bad_params",
                T("消息参数只能是代码或数字", "Parameters of a message are codes and numbers"),
                field=f"params.{key}",
                hint=T("自由文本请留在原记录中。", "Keep free text in the row it belongs to."),
            )
    return params


# One statement, because in a storm nearly every message ends here: no row is read first, none is locked and re-read.
# One sensitive part makes the whole of it sensitive.
_COUNT_IN = (
    "UPDATE message_message SET count = count + 1, last_at = %s, last_subject = %s, params = %s, "
    "klass = CASE WHEN %s = 'open' THEN klass ELSE %s END "
    "WHERE post_id = %s AND kind = %s AND bundle = %s AND state = 'waiting' RETURNING *"
)


def _count_in(
    post: Post, kind: str, bundle: str, subject: str, params: dict[str, Any], klass: str
) -> Message | None:
    at = connection.ops.adapt_datetimefield_value(clock.now())
    said = connection.ops.adapt_json_value(params, None)
    values = [at, subject, said, klass, klass, post.id, kind, bundle]
    message = next(iter(Message.objects.raw(_COUNT_IN, values)), None)
    if message is not None:
        message.post = post
    return message


def _create(post: Post, kind: str, bundle: str, subject: str, params: dict[str, Any], klass: str) -> Message:
    now = clock.now()
    return Message.objects.create(
        ref=ids.new("m-"),
        post=post,
        kind=kind,
        bundle=bundle,
        subject=subject,
        last_subject=subject,
        params=params,
        klass=klass,
        created_at=now,
        last_at=now,
    )


def _bundled(actor: Actor, message: Message, cause: int | None) -> Message:
    note(actor, message, "message.bundled", {"count": message.count, "about": message.last_subject}, cause)
    return message


def _queue(actor: Actor, message: Message, post: Post, cause: int) -> None:
    """One delivery per channel: the inbox at once, pushes through the outbox or, over the limit, a timer."""
    now = clock.now()
    Delivery.objects.create(message=message, channel=INBOX, queued_at=now, handed_at=now, delivered_at=now)
    if logic.matches(message.kind, INBOX_ONLY):
        return
    for channel in Channel.objects.filter(on=True).order_by("code"):
        if channel.post_kinds and post.kind not in channel.post_kinds:
            continue
        if channel.message_kinds and not logic.matches(message.kind, channel.message_kinds):
            continue
        until = None
        if not logic.matches(message.kind, NEVER_HELD):
            until = _free_at(post, channel.code)
        delivery = Delivery.objects.create(
            message=message, channel=channel.code, queued_at=now, held_until=until
        )
        if until is None:
            outbox.put(
                "message.send",
                payload={"delivery": delivery.id},
                subject=f"message:{message.ref}",
                cause=cause,
            )
            continue
        note(actor, message, "message.held", {"channel": channel.code, "until": until.isoformat()}, cause)
        timers.arm(
            "message.held",
            due_at=until,
            subject=f"message:{message.ref}",
            key=channel.code,
            payload={"delivery": delivery.id},
            cause=cause,
        )


def _free_at(post: Post, channel: str) -> datetime | None:
    limits = [logic.Limit(row.per_seconds, row.at_most) for row in Limit.objects.all()]
    if not limits:
        return None
    now = clock.now()
    since = now - timedelta(seconds=max(limit.per_seconds for limit in limits))
    rows = Delivery.objects.filter(message__post=post, channel=channel)
    recent = rows.filter(Q(queued_at__gte=since) | Q(held_until__gte=since)).values_list(
        "queued_at", "held_until"
    )
    return logic.free_at(now, [until or queued for queued, until in recent], limits)


def undeliverable(*, channel: str, reason: str, post: Post, cause: int | None = None) -> Message:
    """Tell a post, in its inbox alone, that a channel has given up."""
    return notify(
        actor=system("messages"),
        post_id=post.id,
        subject=f"channel:{channel}",
        kind="message.undeliverable",
        params={"channel": channel, "reason": reason},
        cause=cause,
    )
