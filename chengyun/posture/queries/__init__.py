"""Reading posture: what rules where and why, what a declaration would change, what is still to be decided."""

from chengyun.posture.queries.imagining import Part, Preview, posts_changed, preview
from chengyun.posture.queries.lists import (
    approvals,
    declarations,
    proposals,
    responses,
    to_hand_over,
    warnings,
)
from chengyun.posture.queries.policies import policies, read_policy
from chengyun.posture.queries.promises import faults
from chengyun.posture.queries.ruling import (
    Posture,
    active_policy,
    authority,
    compute_version,
    current,
    current_at,
    effective,
    effective_at,
    explain,
    policy,
    posture_then,
    version,
)

__all__ = [
    "Part",
    "Posture",
    "Preview",
    "active_policy",
    "approvals",
    "authority",
    "compute_version",
    "current",
    "current_at",
    "declarations",
    "effective",
    "effective_at",
    "explain",
    "faults",
    "policies",
    "policy",
    "posts_changed",
    "posture_then",
    "preview",
    "proposals",
    "read_policy",
    "responses",
    "to_hand_over",
    "version",
    "warnings",
]
