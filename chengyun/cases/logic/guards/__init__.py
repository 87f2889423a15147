"""What may stand in the way of a verb, by name. Importing the package registers all of them in GUARDS."""

from chengyun.cases.logic.guards import filing, settling, terms, who
from chengyun.cases.logic.guards.base import (
    CLOCK,
    CO,
    EVIDENCE,
    EXTENSION,
    FIX,
    GUARDS,
    HOLDER,
    MERGED,
    SENSORS,
    SUPERVISION,
    SUSPENSION,
    Facts,
    Guard,
    Refusal,
)
from chengyun.cases.logic.guards.filing import FILING_CHECKS
from chengyun.cases.logic.guards.settling import disagreeing

__all__ = [
    "CLOCK",
    "CO",
    "EVIDENCE",
    "EXTENSION",
    "FILING_CHECKS",
    "FIX",
    "GUARDS",
    "HOLDER",
    "MERGED",
    "SENSORS",
    "SUPERVISION",
    "SUSPENSION",
    "Facts",
    "Guard",
    "Refusal",
    "disagreeing",
    "filing",
    "settling",
    "terms",
    "who",
]
