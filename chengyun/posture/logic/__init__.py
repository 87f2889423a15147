"""Pure decisions about modes and levels: no database, no clock, no files.

`precedence` says which posture rules an area, `policy` what a posture changes, `authority` who may declare it,
`lifecycle` which verb a proposal may take next.
"""

from chengyun.posture.logic.authority import Cell, Table, may_declare
from chengyun.posture.logic.lifecycle import CLOSED, OPEN, Step, after, allowed
from chengyun.posture.logic.policy import (
    AreaLayers,
    Difference,
    Layers,
    Overrides,
    Stated,
    differences,
    effective,
    explain,
    imagined,
    preview,
)
from chengyun.posture.logic.precedence import (
    LEVELS,
    MODES,
    NORMAL,
    Resolved,
    Standing,
    covering,
    higher,
    highest_inside,
    resolve,
)

__all__ = [
    "CLOSED",
    "LEVELS",
    "MODES",
    "NORMAL",
    "OPEN",
    "AreaLayers",
    "Cell",
    "Difference",
    "Layers",
    "Overrides",
    "Resolved",
    "Standing",
    "Stated",
    "Step",
    "Table",
    "after",
    "allowed",
    "covering",
    "differences",
    "effective",
    "explain",
    "higher",
    "highest_inside",
    "imagined",
    "may_declare",
    "preview",
    "resolve",
]
