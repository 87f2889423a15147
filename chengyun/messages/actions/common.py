"""What the verbs share: an entry about a message."""

from __future__ import annotations

from typing import Any

from chengyun.kernel import journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.models import JournalEntry
from chengyun.messages.models import Message

INBOX = "inbox"


def note(
    actor: Actor, message: Message, kind: str, payload: dict[str, Any], cause: int | None
) -> JournalEntry:
    """Record an entry about a message, placed and classed like it."""
    return journal.record(
        kind,
        subject=f"message:{message.ref}",
        area=message.post.area.path,
        actor=actor,
        payload=payload,
        cause=cause,
        klass=message.klass,
    )
