"""What can be reported and how, and the figures of departments."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from chengyun.cases import catalogues, queries
from chengyun.cases.api.door import router
from chengyun.cases.models.case import BY_HAND, PUBLIC_SOURCES, SOURCES
from chengyun.cases.models.papers import ORIGINS
from chengyun.cases.queries import labels
from chengyun.cases.queries.spelling import spelled
from chengyun.cases.shapes import CatalogueOut, DepartmentOut
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T, both


@router.get("/catalogue", response=CatalogueOut)
def get_catalogue(request: HttpRequest) -> Any:
    """Kinds and conditions in force, and the closed lists that go with a report, in both languages."""
    version = catalogues.current()
    found = catalogues.catalogue(version.pk, version.digest)
    return {
        "version": version.pk,
        "kinds": [
            {
                "code": kind.code,
                "name": str(T(*kind.name)),
                "name_zh": kind.name[0],
                "name_en": kind.name[1],
                **spelled(kind.name[0]),
                "urgent": kind.urgent,
                "klass": kind.klass,
                "conditions": [queries.condition_out(row) for row in kind.conditions.values()],
            }
            for kind in found.kinds.values()
        ],
        "sources": [
            _label(code, text) | {"by_hand": code in BY_HAND, "checked": code in PUBLIC_SOURCES}
            for code, text in SOURCES
        ],
        "evidence": [_label(code, text) for code, text in labels.FILES.items()],
        "origins": [_label(code, text) for code, text in ORIGINS],
        "supervision_levels": [_label(code, text) for code, text in labels.LEVELS.items()],
    }


def _label(code: str, text: str) -> dict[str, Any]:
    zh, en = both(text)
    return {"code": code, "zh": zh, "en": en}


@router.get("/evaluation", response=list[DepartmentOut])
def get_evaluation(request: HttpRequest, since: datetime, until: datetime) -> Any:
    """Rates of departments, each with numerator and denominator. There are no figures of persons."""
    if since.tzinfo is None or until.tzinfo is None or since >= until:
        raise Invalid(
            "bad_period", T("时间段不正确", "since comes before until, both with an offset"), field="since"
        )
    return queries.departments(request.user, since, until)
