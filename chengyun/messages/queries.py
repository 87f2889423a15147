"""Reading messages: one's own inbox, those of an area, and what the sender needs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from chengyun.district.models import Area
from chengyun.kernel.actor import Actor
from chengyun.kernel.models import OutboxItem, Timer
from chengyun.messages import logic, texts
from chengyun.messages.models import Channel, Delivery, Message
from chengyun.people.models import Post


def inbox(actor: Actor, *, waiting: bool = False) -> QuerySet[Message]:
    """Messages of the post the actor is on duty at, newest first; nothing for somebody at no post."""
    rows = Message.objects.filter(post__code=actor.post) if actor.post else Message.objects.none()
    if waiting:
        rows = rows.filter(state=logic.WAITING)
    return rows.select_related("post").order_by("-id")


def visible_to(user: Any) -> QuerySet[Message]:
    """Messages to posts within the user's areas and classes."""
    rows: QuerySet[Message] = Message.objects.visible_to(user)
    return rows.select_related("post").prefetch_related("deliveries")


def text(message: Message, *, zh: bool | None = None) -> logic.Text:
    """The text of a message in the reader's language (or the one asked for)."""
    if zh is None:
        zh = (get_language() or "zh").startswith("zh")
    params = {"kind": message.kind, "about": message.last_subject, **message.params}
    names = dict(texts.words())
    if "post" in params:
        post = Post.objects.filter(code=params["post"]).first()
        if post is not None:
            names["post"] = {post.code: (post.name_zh, post.name_en)}
    area = _area(params.get("area"))
    if area is not None:
        names["area"] = {area.code: (area.name_zh, area.name_en)}
    return logic.render(texts.template(message.kind), params, message.count, zh=zh, words=names)


def _area(code: Any) -> Area | None:
    return Area.objects.filter(code=code).first() if code else None


def to_send(delivery_id: int) -> tuple[Delivery, Channel] | None:
    """What is left to hand over: None once it was handed, read, or its channel is off or gone."""
    delivery = Delivery.objects.select_related("message__post").filter(pk=delivery_id).first()
    if delivery is None or delivery.handed_at is not None or delivery.message.state != logic.WAITING:
        return None
    channel = Channel.objects.filter(code=delivery.channel, on=True).first()
    return None if channel is None else (delivery, channel)


def faults() -> list[str]:
    """Pushes that nobody will ever make: neither in the outbox nor held by a timer. For `chengyun verify`."""
    stuck = Delivery.objects.filter(
        handed_at=None, failed_at=None, message__state=logic.WAITING
    ).select_related("message")
    waiting = set(
        OutboxItem.objects.filter(topic="message.send", handed_at=None).values_list("subject", flat=True)
    )
    waiting |= set(Timer.objects.filter(kind="message.held").values_list("subject", flat=True))
    on = set(Channel.objects.filter(on=True).values_list("code", flat=True))
    return [
        f"message {row.message.ref} waits for {row.channel}, but nothing will send it"
        for row in stuck.order_by("id")
        if row.channel in on and f"message:{row.message.ref}" not in waiting
    ]
