"""The one router, and what all views ask: may this reader see that case?"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from chengyun.cases import queries
from chengyun.cases.models import Case

router = Router(tags=["cases"])


def seen(request: HttpRequest, case_id: int) -> Case:
    return queries.visible_case(request.user, case_id)


def state_of(request: HttpRequest, case_id: int) -> dict[str, Any]:
    """The case as it now is; only its state where a verb has taken it out of the actor's own sight."""
    found = queries.cases(request.user).filter(pk=case_id).first()
    state = found.state if found else Case.objects.values_list("state", flat=True).get(pk=case_id)
    return {
        "id": case_id,
        "state": state,
        "visible": found is not None,
        "case": queries.summary(found) if found else None,
    }


def visible(request: HttpRequest, ids: list[int]) -> list[int]:
    return list(queries.cases(request.user).filter(pk__in=ids).order_by("id").values_list("id", flat=True))
