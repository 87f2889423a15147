"""Reads catalogue.yaml, routing.yaml, calendar.yaml and workflows/ of a district folder. Validates; actions load them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chengyun.cases.logic import definition
from chengyun.cases.pack.checks import CALENDAR, CATALOGUE, ROUTING, check_kinds, check_routing
from chengyun.cases.pack.files import (
    CalendarModel,
    CatalogueModel,
    LimitModel,
    RouteModel,
    RoutingModel,
    minutes,
)
from chengyun.kernel.canonical import digest
from chengyun.kernel.packs import Pack

__all__ = ["CasesData", "LimitModel", "RouteModel", "minutes", "read", "shipped_workflows"]

WORKFLOWS = Path(__file__).parent.with_name("workflows")


@dataclass(frozen=True, slots=True)
class CasesData:
    """All of it; `digest` tells one state of the files from another."""

    catalogue: CatalogueModel
    routing: RoutingModel
    calendar: CalendarModel
    workflows: dict[str, dict[str, Any]]
    digest: str


@cache
def shipped_workflows() -> dict[str, dict[str, Any]]:
    """The workflows that come with the package. Raises WorkflowFault for a faulty one."""
    found = {}
    for path in sorted(WORKFLOWS.glob("*.yaml")):
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[definition.parse(body, file=path.name).code] = body
    return found


def read(pack: Pack) -> CasesData | None:
    """None where the folder has no catalogue."""
    catalogue = pack.yaml(CATALOGUE, CatalogueModel)
    routing = pack.yaml(ROUTING, RoutingModel) or RoutingModel()
    calendar = pack.yaml(CALENDAR, CalendarModel) or CalendarModel()
    flows = dict(shipped_workflows())
    for name in pack.names("workflows/*.yaml"):
        flow = _workflow(pack, name)
        if flow is not None:
            flows[flow[0]] = flow[1]
    if catalogue is None:
        return None
    check_kinds(pack, catalogue, flows)
    check_routing(pack, catalogue, routing)
    content = [m.model_dump(mode="json") for m in (catalogue, routing, calendar)]
    return CasesData(catalogue, routing, calendar, flows, digest(content))


def _workflow(pack: Pack, name: str) -> tuple[str, dict[str, Any]] | None:
    try:
        body = yaml.safe_load(pack.text(name) or "")
        return definition.parse(body, file=name).code, body
    except definition.WorkflowFault as error:
        for line in str(error).splitlines():
            file, place, reason = (*line.split(": ", 2), "")[:3]
            pack.problem(file, place, place.split(" ")[0], reason)
    except (yaml.YAMLError, AttributeError, TypeError, KeyError, ValueError) as error:
        pack.problem(name, "-", "-", f"is not a workflow: {type(error).__name__}")
    return None
