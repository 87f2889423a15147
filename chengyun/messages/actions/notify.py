"""Telling a post something, once for as long as it waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from chengyun.kernel import clock, ids, outbox, registry, sql, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.messages import logic
from chengyun.messages.actions.common import INBOX, note
from chengyun.messages.models import Channel, Limit, Message
from chengyun.people import queries as people
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
        post = people.post_of(post_id)
        message = _count_in(post, kind, bundle, subject, values, klass)
        if message is None:
            message = _create(post, kind, bundle, subject, values, klass)
        if message.count > 1:
            payload = {"count": message.count, "about": message.last_subject}
            note(actor, message, "message.bundled", payload, cause)
            return message
        payload = {"post": post.code, "kind": kind, "bundle": bundle, "about": subject}
        entry = note(actor, message, "message.sent", payload, cause)
        _queue(actor, message, post, entry.id)
        return message


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
_COUNTED = (
    "count = message_message.count + 1, last_at = {0}, last_subject = {1}, params = {2}, "
    "klass = CASE WHEN {3} = 'open' THEN message_message.klass ELSE {3} END"
)
_BACK = "RETURNING id, ref, subject, klass, count, created_at"
_COUNT_IN = (
    f"UPDATE message_message SET {_COUNTED.format('%s', '%s', '%s', '%s')} "
    f"WHERE post_id = %s AND kind = %s AND bundle = %s AND state = 'waiting' {_BACK}"
)
# Where another worker is first with the same message, the constraint says so and this one is counted into it.
_CREATE = (
    "INSERT INTO message_message (ref, post_id, kind, bundle, subject, last_subject, params, count, klass, state, "
    "created_at, last_at) VALUES (%s, %s, %s, %s, %s, %s, %s, 1, %s, 'waiting', %s, %s) "
    "ON CONFLICT (bundle, post_id, kind) WHERE state = 'waiting' DO UPDATE SET "
    + _COUNTED.format("excluded.last_at", "excluded.last_subject", "excluded.params", "excluded.klass")
    + f" {_BACK}"
)


def _count_in(
    post: Post, kind: str, bundle: str, subject: str, params: dict[str, Any], klass: str
) -> Message | None:
    now = clock.now()
    at, said = sql.stored(now), connection.ops.adapt_json_value(params, None)
    values = [at, subject, said, klass, klass, post.id, kind, bundle]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_IN, values)
        row = cursor.fetchone()
    return _message(row, post, kind, bundle, subject, params, now) if row else None


def _create(post: Post, kind: str, bundle: str, subject: str, params: dict[str, Any], klass: str) -> Message:
    now = clock.now()
    at, said = sql.stored(now), connection.ops.adapt_json_value(params, None)
    values = [ids.new("m-"), post.id, kind, bundle, subject, subject, said, klass, at, at]
    with connection.cursor() as cursor:
        cursor.execute(_CREATE, values)
        return _message(cursor.fetchone(), post, kind, bundle, subject, params, now)


def _message(
    row: Any, post: Post, kind: str, bundle: str, subject: str, params: dict[str, Any], now: datetime
) -> Message:
    pk, ref, first, klass, count, created = row
    message = Message(
        pk=pk,
        ref=ref,
        post=post,
        kind=kind,
        bundle=bundle,
        subject=first,
        last_subject=subject,
        params=params,
        count=count,
        klass=klass,
        created_at=sql.moment(created) or now,
        last_at=now,
    )
    message._state.adding, message._state.db = False, connection.alias
    return message


def _queue(actor: Actor, message: Message, post: Post, cause: int) -> None:
    """One delivery per channel: the inbox at once, pushes through the outbox or, over the limit, a timer."""
    now = clock.now()
    _deliver(message, INBOX, now, done=now)
    if logic.matches(message.kind, INBOX_ONLY):
        return
    for channel in registry.cached(("message",), "channels", _channels):
        if channel.post_kinds and post.kind not in channel.post_kinds:
            continue
        if channel.message_kinds and not logic.matches(message.kind, channel.message_kinds):
            continue
        until = None
        if not logic.matches(message.kind, NEVER_HELD):
            until = _free_at(post, channel.code)
        delivery = _deliver(message, channel.code, now, until=until)
        if until is None:
            outbox.put(
                "message.send",
                payload={"delivery": delivery},
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
            payload={"delivery": delivery},
            cause=cause,
        )


_DELIVER = (
    "INSERT INTO message_delivery (message_id, channel, queued_at, held_until, handed_at, delivered_at, failure, "
    "attempts, answer) VALUES (%s, %s, %s, %s, %s, %s, '', 0, '') RETURNING id"
)


def _deliver(
    message: Message,
    channel: str,
    now: datetime,
    *,
    until: datetime | None = None,
    done: datetime | None = None,
) -> int:
    """Note a delivery, `done` at once or held `until`; returns its number."""
    at, held, over = (None if moment is None else sql.stored(moment) for moment in (now, until, done))
    with connection.cursor() as cursor:
        cursor.execute(_DELIVER, [message.pk, channel, at, held, over, over])
        return int(cursor.fetchone()[0])


def _channels() -> tuple[Channel, ...]:
    return tuple(Channel.objects.filter(on=True).order_by("code"))


def _limits() -> tuple[logic.Limit, ...]:
    return tuple(logic.Limit(row.per_seconds, row.at_most) for row in Limit.objects.order_by("per_seconds"))


# What was pushed lately, by the time it was queued or held until; a post's whole past is not gone through.
_RECENT = (
    "SELECT COALESCE(d.held_until, d.queued_at) FROM message_delivery d CROSS JOIN message_message m "
    "WHERE m.id = d.message_id AND m.post_id = %s AND d.channel = %s AND d.queued_at >= %s "
    "UNION ALL SELECT d.held_until FROM message_delivery d CROSS JOIN message_message m "
    "WHERE m.id = d.message_id AND m.post_id = %s AND d.channel = %s AND d.held_until >= %s AND d.queued_at < %s"
)


def _free_at(post: Post, channel: str) -> datetime | None:
    limits = registry.cached(("message",), "limits", _limits)
    if not limits:
        return None
    now = clock.now()
    since = sql.stored(now - timedelta(seconds=max(limit.per_seconds for limit in limits)))
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, [post.pk, channel, since, post.pk, channel, since, since])
        recent = [moment for (value,) in cursor.fetchall() if (moment := sql.moment(value)) is not None]
    return logic.free_at(now, recent, limits)


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
