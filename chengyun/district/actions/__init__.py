"""The only writers of the district's tables."""

from chengyun.district.actions.assessments import record_assessment, revoke_assessment
from chengyun.district.actions.load import Loaded, load_district
from chengyun.district.actions.registry import save_asset, save_element
from chengyun.district.actions.service import SERVICE_REASONS, set_in_service

__all__ = [
    "SERVICE_REASONS",
    "Loaded",
    "load_district",
    "record_assessment",
    "revoke_assessment",
    "save_asset",
    "save_element",
    "set_in_service",
]
