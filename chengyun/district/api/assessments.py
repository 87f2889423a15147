"""Impact assessments over HTTP, and what they switch on."""

from typing import Any

from django.http import HttpRequest

from chengyun.district import actions, queries
from chengyun.district.api.door import router
from chengyun.district.api.shapes import AssessmentIn, AssessmentOut, AssessmentPage, RevokeIn, SwitchOut
from chengyun.district.models import Assessment
from chengyun.kernel import clock
from chengyun.kernel.http import actor_of, command, page


@router.get(
    "/switches",
    response=list[SwitchOut],
    summary="What an impact assessment switches on, and whether it is on",
)
def switches(request: HttpRequest) -> list[dict[str, Any]]:
    return queries.switches()


@router.get("/assessments", response=AssessmentPage, summary="Records of impact assessments, newest first")
def assessments(request: HttpRequest, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
    rows, after = page(queries.assessments(request.user), cursor, limit)
    return {"items": [_assessment(row) for row in rows], "next": after}


@router.post("/assessments", response=AssessmentOut, summary="Record an impact assessment that was signed")
@command
def record_assessment(request: HttpRequest, body: AssessmentIn) -> dict[str, Any]:
    return _assessment(actions.record_assessment(actor=actor_of(request), **body.model_dump()))


@router.post(
    "/assessments/{code}/revoke", response=AssessmentOut, summary="Revoke a record; cannot be undone"
)
@command
def revoke_assessment(request: HttpRequest, code: str, body: RevokeIn) -> dict[str, Any]:
    return _assessment(actions.revoke_assessment(actor=actor_of(request), code=code, reason=body.reason))


def _assessment(row: Assessment) -> dict[str, Any]:
    names = (*AssessmentIn.model_fields, "revoked_at", "revoked_reason")
    return {n: getattr(row, n) for n in names} | {"in_force": queries.holds_at(row, clock.now())}
