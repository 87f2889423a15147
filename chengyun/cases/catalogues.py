"""Catalogues and workflows as values, kept by the digest of their content: a version never changes once it is stored."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from typing import Any

from chengyun.cases.logic import definition
from chengyun.cases.logic.catalogue import Catalogue, ClockPolicy, ConditionSpec, KindSpec
from chengyun.cases.logic.routing import Table
from chengyun.cases.logic.workflow import Workflow
from chengyun.cases.logic.worktime import Calendar, Limit
from chengyun.cases.models import CatalogueVersion, Condition, WorkflowVersion
from chengyun.kernel import clock, registry
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T

_KEPT = 16
_catalogues: OrderedDict[tuple[int, str], Catalogue] = OrderedDict()
_workflows: OrderedDict[str, Workflow] = OrderedDict()


_VERSIONS = ("id", "code", "digest", "valid_from")


def current() -> CatalogueVersion:
    """The version in force now; its rules load when asked for. NotFound while none is loaded."""

    def build() -> list[CatalogueVersion]:
        return list(CatalogueVersion.objects.only(*_VERSIONS).order_by("-valid_from", "-id"))

    now = clock.now()
    for row in registry.cached(("cases",), "versions", build):
        if row.valid_from <= now:
            return registry.copy_of(row)
    raise NotFound(
        "no_catalogue",
        T("尚未载入立案目录", "No catalogue is loaded"),
        hint=T(
            "请先载入城区数据：chengyun init --district 目录。",
            "Load a district first: chengyun init --district DIR.",
        ),
    )


def catalogue(pk: int, digest: str) -> Catalogue:
    """A version as values. (pk and digest together: another database may hold another version under the same pk.)"""
    found = _catalogues.get((pk, digest))
    if found is None:
        found = _catalogues[pk, digest] = _load(pk, digest)
        while len(_catalogues) > _KEPT:
            _catalogues.popitem(last=False)
    return found


def workflow(pk: int, digest: str) -> Workflow:
    found = _workflows.get(digest)
    if found is None:
        body = WorkflowVersion.objects.values_list("body", flat=True).get(pk=pk)
        found = _workflows[digest] = definition.parse(body)
        while len(_workflows) > _KEPT:
            _workflows.popitem(last=False)
    return found


def current_workflow(code: str) -> WorkflowVersion:
    """The newest version of a workflow; its body loads when asked for. NotFound."""

    def build() -> dict[str, WorkflowVersion]:
        rows = WorkflowVersion.objects.only("id", "code", "number", "digest").order_by("id")
        return {row.code: row for row in rows}

    found = registry.cached(("cases",), "workflows", build).get(code)
    if found is None:
        raise NotFound("no_workflow", T(f"没有流程 {code}", f"There is no workflow {code}"), field="workflow")
    return registry.copy_of(found)


def _load(pk: int, digest: str) -> Catalogue:
    rules = CatalogueVersion.objects.values_list("rules", flat=True).get(pk=pk)
    kinds: dict[str, dict[str, Any]] = {}
    for row in (
        Condition.objects.filter(kind__version_id=pk).select_related("kind").order_by("kind_id", "number")
    ):
        entry = kinds.setdefault(row.kind.code, {"kind": row.kind, "conditions": {}})
        entry["conditions"][row.code] = ConditionSpec(
            row.code,
            (row.filing_zh, row.filing_en),
            (row.closing_zh, row.closing_en),
            Limit(row.amount, row.unit),
            tuple(row.filing_checks),
            tuple(row.evidence),
        )
    specs = {
        code: KindSpec(
            code,
            (entry["kind"].name_zh, entry["kind"].name_en),
            entry["conditions"],
            entry["kind"].klass,
            entry["kind"].urgent,
            entry["kind"].independent,
            entry["kind"].policy,
            entry["kind"].workflow,
        )
        for code, entry in kinds.items()
    }
    routing, calendar = rules["routing"], rules["calendar"]
    return Catalogue(
        pk,
        digest,
        specs,
        Table(
            frozenset(routing["first_asked"]),
            routing["designated"],
            routing["fallback"],
            routing["max_returns"],
        ),
        Calendar(
            calendar["zone"],
            tuple((a, b) for a, b in calendar["windows"]),
            {date.fromisoformat(day): worked for day, worked in calendar["days"].items()},
        ),
        {name: _policy(name, body) for name, body in rules["policies"].items()},
        tuple(rules["policy_rules"]),
        {code: _limit(v) for code, v in rules["stage_limits"].items()},
        rules["warn_left"],
        tuple(rules["rungs"]),
        rules["extensions"],
        rules["repair_kind"],
    )


def _policy(name: str, body: dict[str, Any]) -> ClockPolicy:
    limits = {code: _limit(value) for code, value in body["clocks"].items()}
    return ClockPolicy(name, limits, body["starts_on"], _limit(body["notice_within"]))


def _limit(value: list[Any]) -> Limit:
    return Limit(float(value[0]), str(value[1]))
