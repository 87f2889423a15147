"""HTTP of cases: lists and details, their verbs, what stands beside the workflow, the catalogue and the figures."""

from chengyun.cases.api import beside, catalogue, commands, reads
from chengyun.cases.api.door import router

__all__ = ["beside", "catalogue", "commands", "reads", "router"]
