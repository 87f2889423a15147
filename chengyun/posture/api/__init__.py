"""HTTP of posture."""

from chengyun.posture.api import commands, reads
from chengyun.posture.api.door import router

__all__ = ["commands", "reads", "router"]
