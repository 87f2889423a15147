"""The only writer of messages."""

from chengyun.messages.actions.common import INBOX
from chengyun.messages.actions.delivery import record_failure, record_handed, release
from chengyun.messages.actions.notify import notify, undeliverable
from chengyun.messages.actions.reading import ANSWERS, answer, mark_read
from chengyun.messages.actions.setup import load_messages, set_channel, set_limit

__all__ = [
    "ANSWERS",
    "INBOX",
    "answer",
    "load_messages",
    "mark_read",
    "notify",
    "record_failure",
    "record_handed",
    "release",
    "set_channel",
    "set_limit",
    "undeliverable",
]
