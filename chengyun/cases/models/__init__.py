"""Tables of cases."""

from chengyun.cases.models.case import Assignment, Case, CaseAlert, Step
from chengyun.cases.models.catalogue import CatalogueVersion, Condition, Kind, WorkflowVersion
from chengyun.cases.models.clock import Clock, ClockPause, Extension
from chengyun.cases.models.papers import CaseText, Evidence, Reporter
from chengyun.cases.models.side import Appeal, Reminder, Supervision

__all__ = [
    "Appeal",
    "Assignment",
    "Case",
    "CaseAlert",
    "CaseText",
    "CatalogueVersion",
    "Clock",
    "ClockPause",
    "Condition",
    "Evidence",
    "Extension",
    "Kind",
    "Reminder",
    "Reporter",
    "Step",
    "Supervision",
    "WorkflowVersion",
]
