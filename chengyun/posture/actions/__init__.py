"""The only writer of posture. Verbs take keywords, check the right first, and leave one journal entry each."""

from chengyun.posture.actions.approvals import (
    alarm_countersign,
    countersign,
    expire_approval,
    record_approval,
)
from chengyun.posture.actions.changes import alarm_overrun, downgrade, end, extend
from chengyun.posture.actions.deciding import alarm_undecided, ask, decline
from chengyun.posture.actions.declarations import declare
from chengyun.posture.actions.ladders import (
    alarm_warning,
    decide_warning,
    end_response,
    lift_warning,
    receive_warning,
    record_response,
)
from chengyun.posture.actions.policy import load_posture, policy_due, renew, set_policy, withdraw_policy
from chengyun.posture.actions.proposals import propose

__all__ = [
    "alarm_countersign",
    "alarm_overrun",
    "alarm_undecided",
    "alarm_warning",
    "ask",
    "countersign",
    "decide_warning",
    "declare",
    "decline",
    "downgrade",
    "end",
    "end_response",
    "expire_approval",
    "extend",
    "lift_warning",
    "load_posture",
    "policy_due",
    "propose",
    "receive_warning",
    "renew",
    "record_approval",
    "record_response",
    "set_policy",
    "withdraw_policy",
]
