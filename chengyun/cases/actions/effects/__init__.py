"""What verbs do besides changing the state. The workflow names them; each is one function over the work in hand."""

from chengyun.cases.actions.effects import giving, settling, terms
from chengyun.cases.actions.effects.base import EFFECTS
from chengyun.cases.actions.effects.giving import lead_desk

__all__ = ["EFFECTS", "giving", "lead_desk", "settling", "terms"]
