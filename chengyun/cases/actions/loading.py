"""Loading a district's catalogue, routing and calendar. A change makes a new version; loading twice changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from chengyun.cases.actions.due import AUDIT_EVERY, AUDIT_TIMER
from chengyun.cases.models import CatalogueVersion, Condition, Kind, WorkflowVersion
from chengyun.cases.pack import CasesData, LimitModel, RouteModel, minutes
from chengyun.district.models import Area
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import write


def load_cases(*, actor: Actor, data: CasesData | None, cause: int | None = None) -> CatalogueVersion | None:
    """Store what `pack.read` found. Cases that run keep the version they began with."""
    actor.require("catalogue.edit")
    if data is None:
        return None
    with write():
        for code, body in data.workflows.items():
            _workflow(actor, code, body, cause)
        if not Timer.objects.filter(kind=AUDIT_TIMER, subject="cases").exists():
            timers.arm(AUDIT_TIMER, due_at=clock.now() + AUDIT_EVERY, subject="cases")
        rules = _rules(data)
        key = digest([data.digest, rules])
        found = CatalogueVersion.objects.filter(digest=key).first()
        if found is not None:
            return found
        return _version(actor, data, rules, key, cause)


def _workflow(actor: Actor, code: str, body: dict[str, Any], cause: int | None) -> None:
    key = digest(body)
    if WorkflowVersion.objects.filter(digest=key).exists():
        return
    row = WorkflowVersion(code=code, number=int(body.get("version", 1)), digest=key, body=body)
    row.save(force_insert=True)
    journal.record(
        "case.workflow",
        subject=f"workflow:{code}",
        actor=actor,
        payload={"code": code, "version": row.number, "digest": key},
        cause=cause,
    )


def _version(
    actor: Actor, data: CasesData, rules: dict[str, Any], key: str, cause: int | None
) -> CatalogueVersion:
    model = data.catalogue
    starts = datetime.combine(model.valid_from, time(0), ZoneInfo(data.calendar.zone)).astimezone(UTC)
    version = CatalogueVersion(code=model.version, valid_from=starts, digest=key, rules=rules)
    version.save(force_insert=True)
    conditions: list[Condition] = []
    for kind in model.kinds:
        row = Kind(
            version=version,
            code=kind.code,
            scheme_code=kind.scheme_code,
            name_zh=kind.name[0],
            name_en=kind.name[1],
            klass=kind.klass,
            urgent=kind.urgent,
            independent=kind.independent,
            policy=kind.policy,
            workflow=kind.workflow,
        )
        row.save(force_insert=True)
        conditions += [
            Condition(
                kind=row,
                code=one.code,
                number=number,
                filing_zh=one.filing[0],
                filing_en=one.filing[1],
                closing_zh=one.closing[0],
                closing_en=one.closing[1],
                amount=one.limit.amount,
                unit=one.limit.unit,
                filing_checks=list(one.filing_checks),
                evidence=list(one.evidence),
            )
            for number, one in enumerate(kind.conditions)
        ]
    Condition.objects.bulk_create(conditions)
    journal.record(
        "case.catalogue",
        subject=f"catalogue:{version.pk}",
        actor=actor,
        payload={
            "version": model.version,
            "digest": key,
            "kinds": len(model.kinds),
            "conditions": len(conditions),
        },
        cause=cause,
    )
    return version


def _rules(data: CasesData) -> dict[str, Any]:
    """Routing, calendar and clock policy as they are stored: area codes become paths."""
    paths = dict(Area.objects.values_list("code", "path"))

    def path(code: str) -> str:
        # A place that is not there must match nothing; an empty path would match everything.
        return paths.get(code, f"!{code}")

    def route(row: RouteModel) -> dict[str, Any]:
        return {
            "kinds": list(row.kinds),
            "area_path": path(row.area) if row.area else "",
            "post": row.post,
            "department": row.department,
            "post_kind": row.post_kind,
        }

    def limit(value: LimitModel) -> list[Any]:
        return [value.amount, value.unit]

    model = data.catalogue
    return {
        "routing": {
            "first_asked": list(data.routing.first_asked),
            "designated": [route(row) for row in data.routing.designated],
            "fallback": [route(row) for row in data.routing.fallback],
            "max_returns": data.routing.max_returns,
        },
        "calendar": {
            "zone": data.calendar.zone,
            "windows": [[minutes(a), minutes(b)] for a, b in data.calendar.windows],
            "days": {day.isoformat(): worked for day, worked in sorted(data.calendar.days.items())},
        },
        "policies": {
            name: {
                "starts_on": body.starts_on,
                "notice_within": limit(body.notice_within),
                "clocks": {code: limit(value) for code, value in body.clocks.items()},
            }
            for name, body in model.policies.items()
        },
        "policy_rules": [
            {
                "policy": rule.policy,
                "kinds": list(rule.kinds),
                "area_paths": [path(code) for code in rule.areas],
                "posts": list(rule.posts),
            }
            for rule in model.policy_rules
        ],
        "stage_limits": {code: limit(value) for code, value in model.stage_limits.items()},
        "warn_left": model.warn_left,
        "rungs": list(model.rungs),
        "extensions": model.extensions,
        "repair_kind": model.repair_kind,
    }
