"""HTTP: my inbox, reading and answering, and the messages of my areas with the facts of their delivery."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from chengyun.kernel.http import actor_of, command, page
from chengyun.messages import actions, queries
from chengyun.messages.models import Message

router = Router(tags=["messages"])


class MessageOut(Schema):
    ref: str
    kind: str
    post: str
    subject: str
    count: int
    state: Literal["waiting", "read", "answered"]
    title: str
    body: str
    created_at: datetime
    last_at: datetime


class DeliveryOut(Schema):
    channel: str
    queued_at: datetime
    held_until: datetime | None
    handed_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    failure: str
    attempts: int
    read_at: datetime | None
    answered_at: datetime | None
    answer: str


class MessageWithFacts(MessageOut):
    deliveries: list[DeliveryOut]


class Inbox(Schema):
    items: list[MessageOut]
    next: str | None


class Outgoing(Schema):
    items: list[MessageWithFacts]
    next: str | None


class AnswerIn(Schema):
    answer: str


def _out(message: Message) -> dict[str, Any]:
    text = queries.text(message)
    return {
        "ref": message.ref,
        "kind": message.kind,
        "post": message.post.code,
        "subject": message.last_subject,
        "count": message.count,
        "state": message.state,
        "title": text.title,
        "body": text.body,
        "created_at": message.created_at,
        "last_at": message.last_at,
    }


@router.get("/inbox", response=Inbox)
def list_inbox(
    request: HttpRequest, waiting: bool = False, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """Messages of the post you are on duty at, newest first."""
    rows, following = page(queries.inbox(actor_of(request), waiting=waiting), cursor, limit)
    return {"items": [_out(row) for row in rows], "next": following}


@router.get("/", response=Outgoing)
def list_messages(request: HttpRequest, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """Messages to the posts of your areas, with what became of them on each channel."""
    actor_of(request).require("message.read_any")
    rows, following = page(queries.visible_to(request.user), cursor, limit)
    items = [{**_out(row), "deliveries": list(row.deliveries.all())} for row in rows]
    return {"items": items, "next": following}


@router.post("/{ref}/read", response=MessageOut)
@command
def read_message(request: HttpRequest, ref: str) -> Any:
    """Mark a message of your post as read."""
    return _out(actions.mark_read(actor=actor_of(request), ref=ref))


@router.post("/{ref}/answer", response=MessageOut)
@command
def answer_message(request: HttpRequest, ref: str, body: AnswerIn) -> Any:
    """Answer a message of your post."""
    return _out(actions.answer(actor=actor_of(request), ref=ref, answer=body.answer))
