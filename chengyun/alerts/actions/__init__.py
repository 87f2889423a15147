"""The only writer of rules, alerts and incidents."""

from chengyun.alerts.actions.external import Raised, end_many, raise_many
from chengyun.alerts.actions.incidents import regroup, settle
from chengyun.alerts.actions.inhibition import release
from chengyun.alerts.actions.judging import check_silence, mature
from chengyun.alerts.actions.people import (
    SERVICE_REASONS,
    SHELVE_MAX,
    SHELVE_MINUTES,
    SHELVE_REASONS,
    acknowledge,
    acknowledge_incident,
    back_in_service,
    judge,
    shelve,
    take_out_of_service,
    unshelve,
)
from chengyun.alerts.actions.presence import due as sign_due
from chengyun.alerts.actions.presence import sign
from chengyun.alerts.actions.rules import load_alerts, note_changed_district, retire_rule, set_rule

__all__ = [
    "SERVICE_REASONS",
    "SHELVE_MAX",
    "SHELVE_MINUTES",
    "SHELVE_REASONS",
    "Raised",
    "acknowledge",
    "acknowledge_incident",
    "back_in_service",
    "check_silence",
    "end_many",
    "judge",
    "load_alerts",
    "mature",
    "note_changed_district",
    "raise_many",
    "regroup",
    "release",
    "retire_rule",
    "set_rule",
    "settle",
    "shelve",
    "sign",
    "sign_due",
    "take_out_of_service",
    "unshelve",
]
