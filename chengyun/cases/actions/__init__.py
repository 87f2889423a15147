"""The only writer of cases. `report` begins one, `move` does everything a workflow knows; the rest stands beside it."""

from chengyun.cases.actions.due import audit, clock_due, supervision_due, suspension_over
from chengyun.cases.actions.loading import load_cases
from chengyun.cases.actions.moving import move
from chengyun.cases.actions.notice import notice_due, notice_given
from chengyun.cases.actions.papers import add_evidence, erase_reporter, erase_texts
from chengyun.cases.actions.reporting import join, report
from chengyun.cases.actions.side import (
    appeal,
    end_supervision,
    remind,
    reply_supervision,
    review_appeal,
    second_sign,
    supervise,
)

__all__ = [
    "add_evidence",
    "appeal",
    "audit",
    "clock_due",
    "end_supervision",
    "erase_reporter",
    "erase_texts",
    "join",
    "load_cases",
    "move",
    "notice_due",
    "notice_given",
    "remind",
    "reply_supervision",
    "report",
    "review_appeal",
    "second_sign",
    "supervise",
    "supervision_due",
    "suspension_over",
]
