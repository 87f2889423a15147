"""The only writers of people's tables, one function a verb."""

from chengyun.people.actions.accounts import (
    create_demo_accounts,
    grant_role,
    note_login_failure,
    note_login_success,
    open_account,
    revoke_role,
    set_active,
    set_password,
)
from chengyun.people.actions.erasure import erase_person
from chengyun.people.actions.load import load_people
from chengyun.people.actions.positions import drop_positions, report_position, withdraw_position
from chengyun.people.actions.preferences import set_preferences
from chengyun.people.actions.registry import (
    save_department,
    save_pattern,
    save_post,
    save_staff,
    set_leader,
)
from chengyun.people.actions.roster import (
    extend_roster,
    generate_duties,
    plan_duty,
    start_roster,
    withdraw_planned,
)
from chengyun.people.actions.shifts import draft_hand_over, open_shift, remind_overdue, sign_hand_over
from chengyun.people.actions.substitutes import SUBSTITUTE_REASONS, substitute
from chengyun.people.actions.tokens import issue_token, revoke_token

__all__ = [
    "SUBSTITUTE_REASONS",
    "create_demo_accounts",
    "draft_hand_over",
    "drop_positions",
    "erase_person",
    "extend_roster",
    "generate_duties",
    "grant_role",
    "issue_token",
    "load_people",
    "note_login_failure",
    "note_login_success",
    "open_account",
    "open_shift",
    "plan_duty",
    "remind_overdue",
    "report_position",
    "revoke_role",
    "revoke_token",
    "save_department",
    "save_pattern",
    "save_post",
    "save_staff",
    "set_active",
    "set_leader",
    "set_password",
    "set_preferences",
    "sign_hand_over",
    "start_roster",
    "substitute",
    "withdraw_planned",
    "withdraw_position",
]
