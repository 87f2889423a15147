"""The door for devices: a batch a request, answered after the commit."""

from __future__ import annotations

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.security import HttpBearer

from chengyun.kernel.errors import Invalid
from chengyun.kernel.http import problem, storage_failure
from chengyun.kernel.i18n import T
from chengyun.signals import actions, queries
from chengyun.signals.actions import Message, Receipt
from chengyun.signals.api.schemas import ReceiptOut
from chengyun.signals.logic import reasons
from chengyun.signals.logic.decode import MAX_BODY, Fault
from chengyun.signals.logic.packing import unpack

router = Router(tags=["signals"])

_SENML = ("application/senml+json", "application/sensml+json")


class SourceKey(HttpBearer):
    """`Authorization: Bearer cy_...`, issued with `chengyun token SOURCE`."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        return queries.source_of_token(token)


@router.post("/observations", auth=SourceKey(), response=ReceiptOut, summary="Send observations")
def send(request: HttpRequest) -> HttpResponse:
    """One message: `{"observations": [{"ds", "at", "v", "u"}, ...]}`, or SenML (RFC 8428) as application/senml+json.

    `X-Message-Id` (or `Idempotency-Key`) is the message's id: sent again, it is seen as the same. `Content-Encoding: gzip`
    is taken; the limit is on what it unpacks to. 200 means stored; a message that cannot be read at all is answered 400 (415
    where it is packed otherwise) and set apart; 413 names the limit; 503 means nothing was taken, send it again.
    """
    source: str = request.auth  # type: ignore[attr-defined]
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit():
        return problem(411, "length_required", str(T("请提供 Content-Length", "Send Content-Length")))
    key = request.headers.get("X-Message-Id") or request.headers.get("Idempotency-Key") or None
    if key is not None and len(key) > 200:
        raise Invalid(
            "bad_key",
            T("消息编号过长", "The message id is longer than 200 characters"),
            field="X-Message-Id",
        )
    content_type = (request.content_type or "").lower()
    form = "senml" if content_type in _SENML else "raw"
    try:
        if int(length) > MAX_BODY:
            # Its body is not read: what stands in the quarantine is that it came, and how large it said to be.
            why = f"{length} bytes announced; a message has at most {MAX_BODY}"
            return _refuse(source, Fault(None, "", reasons.TOO_LARGE, why))
        body = unpack(request.body, request.headers.get("Content-Encoding", ""))
        if isinstance(body, Fault):
            return _refuse(source, body, request.body)
        receipt = actions.take([Message(source, body, form, key)])[0]
    except (OperationalError, InterfaceError) as error:
        raise storage_failure(error) from error
    whole = next((fault for fault in receipt.problems if fault.index is None), None)
    return _problem(whole) if whole is not None else _answer(receipt)


def _refuse(source: str, fault: Fault, body: bytes = b"") -> HttpResponse:
    actions.refuse(source=source, fault=fault, body=body)
    return _problem(fault)


_STATUS = {reasons.TOO_LARGE: 413, reasons.TOO_MANY: 413, reasons.UNKNOWN_SOURCE: 403}


def _problem(fault: Fault) -> HttpResponse:
    status = 415 if fault.field == "Content-Encoding" else _STATUS.get(fault.reason, 400)
    hint = str(T("请分成几批发送。", "Send it in several batches.")) if status == 413 else None
    answer: HttpResponse = problem(status, fault.reason, fault.detail, field=fault.field or None, hint=hint)
    return answer


def _answer(receipt: Receipt) -> HttpResponse:
    body = {
        "accepted": receipt.accepted,
        "late": receipt.late,
        "duplicates": receipt.duplicates,
        "repeats": receipt.repeats,
        "quarantined": receipt.quarantined,
        "problems": [
            {
                "index": f.index,
                "field": f.field,
                "reason": f.reason,
                "detail": f.detail,
                "datastream": f.stream,
            }
            for f in receipt.problems[:100]
        ],
    }
    return HttpResponse(orjson.dumps(body), content_type="application/json")
