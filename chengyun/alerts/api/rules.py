"""Rules, and the points for which somebody took one out of service."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from chengyun.alerts import actions, queries
from chengyun.alerts.api.door import router
from chengyun.alerts.models import Rule
from chengyun.kernel.http import actor_of, command


class RuleOut(Schema):
    code: str
    name_zh: str
    name_en: str
    version: int | None
    problem: str
    retired: bool
    body: dict[str, Any] | None


class RuleIn(Schema):
    """`rule` is what a rule file holds for one rule, as JSON; docs/add-a-rule.md describes it."""

    rule: dict[str, Any]


class RuleServiceIn(Schema):
    rule: str
    subject: str
    area: str
    reason: str


class OutOfServiceOut(Schema):
    rule: str
    subject: str
    area: str
    reason: str
    since: datetime


class TakenOut(Schema):
    rule: str
    subject: str
    since: datetime


class PutBackOut(Schema):
    rule: str
    subject: str
    ended_at: datetime | None


class BackIn(Schema):
    rule: str
    subject: str


def shown(row: Rule) -> RuleOut:
    return RuleOut(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        version=row.current.number if row.current else None,
        problem=row.problem,
        retired=row.retired,
        body=row.current.body if row.current else None,
    )


@router.get("/rules", response=list[RuleOut], summary="All rules, with what is wrong with them")
def list_rules(request: HttpRequest) -> list[RuleOut]:
    return [shown(row) for row in queries.rules(request.user)]


@router.post("/rules", response=RuleOut, summary="Store a rule as its next version")
@command
def set_rule(request: HttpRequest, body: RuleIn) -> RuleOut:
    return shown(actions.set_rule(actor=actor_of(request), body=body.rule))


@router.get(
    "/out-of-service", response=list[OutOfServiceOut], summary="Points that somebody took out of service"
)
def list_out_of_service(request: HttpRequest) -> list[dict[str, Any]]:
    rows = queries.out_of_service(request.user)
    return [
        {"rule": r.rule.code, "subject": r.subject, "area": r.area.code, "reason": r.reason, "since": r.since}
        for r in rows
    ]


@router.post("/out-of-service", response=TakenOut, summary="Take a rule out of service for one subject")
@command
def take_out_of_service(request: HttpRequest, body: RuleServiceIn) -> dict[str, Any]:
    row = actions.take_out_of_service(actor=actor_of(request), **body.model_dump())
    return {"rule": body.rule, "subject": body.subject, "since": row.since}


@router.post("/out-of-service/end", response=PutBackOut, summary="Put it back in service")
@command
def put_back_in_service(request: HttpRequest, body: BackIn) -> dict[str, Any]:
    row = actions.back_in_service(actor=actor_of(request), rule=body.rule, subject=body.subject)
    return {"rule": body.rule, "subject": body.subject, "ended_at": row.ended_at}
