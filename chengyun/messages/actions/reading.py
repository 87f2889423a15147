"""Reading and answering, by whoever is on duty at the post."""

from __future__ import annotations

from chengyun.kernel import clock, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.messages import logic
from chengyun.messages.actions.common import INBOX, note
from chengyun.messages.models import Delivery, Message

ANSWERS: dict[str, str] = {
    "coming": T("收到，马上到", "Received, coming"),
    "done": T("已办", "Done"),
    "cannot": T("无法到位", "Cannot come"),
}


def mark_read(*, actor: Actor, ref: str, cause: int | None = None) -> Message:
    """Whoever is on duty at the post has read it. Reading again changes nothing."""
    with write():
        message = _mine(actor, ref)
        if message.state != logic.WAITING:
            return message
        message.state = logic.READ
        message.save(update_fields=["state"])
        Delivery.objects.filter(message=message, channel=INBOX).update(read_at=clock.now())
        timers.cancel("message.held", subject=f"message:{ref}", key=None)
        note(actor, message, "message.read", {"post": message.post.code}, cause)
        return message


def answer(*, actor: Actor, ref: str, answer: str, cause: int | None = None) -> Message:
    """Answer a message with one of `ANSWERS` (叫应: called and answered). Answering also reads it."""
    with write():
        message = _mine(actor, ref)
        if answer not in ANSWERS:
            raise Invalid(
                "unknown_answer",
                T("没有这种应答", "There is no such answer"),
                field="answer",
                hint=T(f"可选：{'、'.join(ANSWERS)}", f"Choose one of: {', '.join(ANSWERS)}"),
            )
        if message.state == logic.ANSWERED:
            given = Delivery.objects.get(message=message, channel=INBOX).answer
            if given == answer:
                return message
            raise Conflict("answered", T("该消息已应答", "The message has been answered already"))
        mark_read(actor=actor, ref=ref, cause=cause)
        Message.objects.filter(pk=message.pk).update(state=logic.ANSWERED)
        message.state = logic.ANSWERED
        Delivery.objects.filter(message=message, channel=INBOX).update(answered_at=clock.now(), answer=answer)
        note(actor, message, "message.answered", {"post": message.post.code, "answer": answer}, cause)
        return message


def _mine(actor: Actor, ref: str) -> Message:
    message = (
        Message.objects.select_for_update(of=("self",)).select_related("post__area").filter(ref=ref).first()
    )
    if message is None:
        raise NotFound("no_message", T("没有这条消息", "There is no such message"))
    if not actor.is_system and actor.post != message.post.code:
        raise NotAllowed(
            "not_your_post",
            T("这条消息发给另一岗位", "This message is for another post"),
            hint=T(
                "只有该岗位在岗人员可以阅读和应答。", "Only whoever is on duty there reads and answers it."
            ),
        )
    return message
