"""Beside the workflow: reminders, a second signature, supervision, appeals."""

from typing import Any

from django.http import HttpRequest

from chengyun.cases import actions
from chengyun.cases.api.door import router, seen
from chengyun.cases.models import Supervision
from chengyun.cases.shapes import (
    AppealStateOut,
    CaseReasonIn,
    OnRecordOut,
    ReplyIn,
    ReviewIn,
    SuperviseIn,
    SupervisionStateOut,
)
from chengyun.kernel.errors import NotFound
from chengyun.kernel.http import actor_of, command
from chengyun.kernel.i18n import T


@router.post("/{int:case_id}/remind", response=OnRecordOut)
@command
def remind_case(request: HttpRequest, case_id: int, body: CaseReasonIn) -> Any:
    """催办."""
    seen(request, case_id)
    return {"id": actions.remind(actor=actor_of(request), case_id=case_id, reason=body.reason).pk}


@router.post("/{int:case_id}/second-sign", response=OnRecordOut)
@command
def second_sign_case(request: HttpRequest, case_id: int, body: CaseReasonIn) -> Any:
    """Sign as the second person."""
    seen(request, case_id)
    return {"id": actions.second_sign(actor=actor_of(request), case_id=case_id, reason=body.reason).pk}


@router.post("/{int:case_id}/supervise", response=SupervisionStateOut)
@command
def supervise_case(request: HttpRequest, case_id: int, body: SuperviseIn) -> Any:
    """督办."""
    seen(request, case_id)
    row = actions.supervise(actor=actor_of(request), case_id=case_id, **body.model_dump())
    return _stands(row)


def _stands(row: Supervision) -> dict[str, Any]:
    return {"id": row.pk, "state": row.state, "reply_by": row.reply_by}


def _supervision(request: HttpRequest, supervision_id: int) -> None:
    row = Supervision.objects.filter(pk=supervision_id).first()
    if row is None:
        raise NotFound("no_supervision", T("没有该督办", "There is no such supervision"))
    seen(request, row.case_id)


@router.post("/supervisions/{int:supervision_id}/reply", response=SupervisionStateOut)
@command
def reply_supervision(request: HttpRequest, supervision_id: int, body: ReplyIn) -> Any:
    _supervision(request, supervision_id)
    row = actions.reply_supervision(actor=actor_of(request), supervision_id=supervision_id, text=body.text)
    return _stands(row)


@router.post("/supervisions/{int:supervision_id}/end", response=SupervisionStateOut)
@command
def end_supervision(request: HttpRequest, supervision_id: int, body: CaseReasonIn) -> Any:
    """Only by its issuer."""
    _supervision(request, supervision_id)
    row = actions.end_supervision(actor=actor_of(request), supervision_id=supervision_id, reason=body.reason)
    return _stands(row)


@router.post("/{int:case_id}/appeal", response=AppealStateOut)
@command
def appeal_case(request: HttpRequest, case_id: int, body: CaseReasonIn) -> Any:
    """超时申诉: the department's, once, after closing."""
    seen(request, case_id)
    row = actions.appeal(actor=actor_of(request), case_id=case_id, reason=body.reason)
    return {"id": row.pk, "state": row.state}


@router.post("/{int:case_id}/appeals/{int:appeal_id}/review", response=AppealStateOut)
@command
def review_appeal(request: HttpRequest, case_id: int, appeal_id: int, body: ReviewIn) -> Any:
    """One of two reviews."""
    case = seen(request, case_id)
    if not case.appeals.filter(pk=appeal_id).exists():
        raise NotFound("no_appeal", T("没有该申诉", "There is no such appeal"))
    row = actions.review_appeal(
        actor=actor_of(request), appeal_id=appeal_id, granted=body.granted, reason=body.reason
    )
    return {"id": row.pk, "state": row.state}
