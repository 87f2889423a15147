"""Lists of cases for a viewer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.models import Count, Q, QuerySet

from chengyun.cases import catalogues, files
from chengyun.cases.logic.catalogue import KindSpec
from chengyun.cases.logic.evidence import NEEDS
from chengyun.cases.logic.workflow import ClockDef, Workflow
from chengyun.cases.models import Assignment, Case, Clock, Evidence
from chengyun.district import queries as district
from chengyun.kernel import clock, scope
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.people import queries as people
from chengyun.people.models import Staff


def cases(user: Any) -> QuerySet[Case]:
    """The cases a viewer may see: those of their areas and classes, and those their own post has to work on."""
    seen: QuerySet[Case] = Case.objects.visible_to(user)
    mine = _own_posts(user)
    if mine:
        given = Assignment.objects.filter(post_id__in=mine, ends_at=None).values("case_id")
        seen = Case.objects.filter(
            Q(pk__in=seen.values("pk")) | Q(is_open=True, accountable_post_id__in=mine) | Q(pk__in=given)
        )
    return seen.select_related("area", "accountable_post", "workflow", "catalogue", "department").defer(
        "area__geometry", "area__attrs", "workflow__body", "catalogue__rules"
    )


def _own_posts(user: Any) -> list[int]:
    if (
        isinstance(user, scope.Scope)
        or not getattr(user, "pk", None)
        or not getattr(user, "is_active", False)
    ):
        return []
    person = Staff.objects.filter(user=user, state="active").first()
    return [post.id for post in people.held_by(person.pk, clock.now())] if person else []


def visible_case(user: Any, case_id: int) -> Case:
    """A case the viewer may see; NotFound also for one that is there but out of their scope."""
    found = cases(user).filter(pk=case_id).first()
    if found is None:
        raise NotFound("no_case", T(f"没有案件 {case_id}", f"There is no case {case_id}"), field="case_id")
    return found


def workflow_of(case: Case) -> Workflow:
    return catalogues.workflow(case.workflow_id, case.workflow.digest)


def kind_of(case: Case) -> KindSpec:
    return catalogues.catalogue(case.catalogue_id, case.catalogue.digest).kinds[case.kind]


def kinds() -> list[KindSpec]:
    """The kinds of the catalogue in force; none while none is loaded."""
    try:
        version = catalogues.current()
    except NotFound:
        return []
    return list(catalogues.catalogue(version.pk, version.digest).kinds.values())


def clocks() -> list[ClockDef]:
    """The clocks of the workflows that kinds in force follow, each name once."""
    found: dict[str, ClockDef] = {}
    for code in sorted({kind.workflow for kind in kinds()}):
        version = catalogues.current_workflow(code)
        found |= catalogues.workflow(version.pk, version.digest).clocks
    return list(found.values())


def state_label(case: Case) -> str:
    state = workflow_of(case).states[case.state]
    return str(T(state.zh, state.en))


def title(case: Case) -> str:
    kind = kind_of(case)
    place = T(case.area.name_zh, case.area.name_en)
    many = f" ×{case.reports}" if case.reports > 1 else ""
    return f"#{case.pk} {T(*kind.name)} · {place}{many}"


def summary(case: Case) -> dict[str, Any]:
    """One row of a list; plain JSON but for datetimes."""
    state = workflow_of(case).states[case.state]
    kind = kind_of(case)
    holder = case.accountable_post
    return {
        "id": case.pk,
        "title": title(case),
        "kind": case.kind,
        "kind_label": str(T(*kind.name)),
        "kind_zh": kind.name[0],
        "kind_en": kind.name[1],
        "condition": case.condition or None,
        "state": case.state,
        "state_label": str(T(state.zh, state.en)),
        "state_zh": state.zh,
        "state_en": state.en,
        "open": case.is_open,
        "area": case.area.code,
        "area_zh": case.area.name_zh,
        "area_en": case.area.name_en,
        "lon": case.lon,
        "lat": case.lat,
        "source": case.source,
        "urgent": case.urgent,
        "post": holder.code if holder else "",
        "post_zh": holder.name_zh if holder else "",
        "post_en": holder.name_en if holder else "",
        "department": case.department.code if case.department else None,
        "reported_at": case.reported_at,
        "due_at": case.due_at,
        "closed_at": case.closed_at,
        "reports": case.reports,
        "returns": case.returns,
        "incident": case.incident,
    }


def board(viewer: Any, *, limit: int = 50) -> dict[str, Any]:
    """Open cases with the clock that runs out first, and how many there are by state."""
    rows = cases(viewer).filter(is_open=True)
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("id")))
    chosen = list(rows.order_by("due_at", "-urgent", "-id")[:limit])
    nearest: dict[int, Any] = {}
    running = Clock.objects.filter(case_id__in=[row.pk for row in chosen], stopped_at=None).exclude(
        due_at=None
    )
    for case_id, due_at in running.order_by("-due_at").values_list("case_id", "due_at"):
        nearest[case_id] = due_at
    labels = {
        state.code: str(T(state.zh, state.en)) for row in chosen for state in workflow_of(row).states.values()
    }
    found = [summary(row) | {"due_at": nearest.get(row.pk)} for row in chosen]
    return {
        "cases": found,
        "open": sum(counts.values()),
        "by_state": [(labels.get(state, state), number) for state, number in sorted(counts.items())],
    }


def evidence_file(user: Any, ref: str) -> tuple[Evidence, Path]:
    """A file of a case the viewer may see. NotFound for all others, erased ones too.

    `Conflict` for a citizen's or a drone's whose impact assessment has run out or was revoked: it is kept, and not shown.
    """
    # A database may choke on what nobody was ever given (a NUL, to PostgreSQL): such a ref is simply not there.
    row = Evidence.objects.filter(ref=ref, erased_at=None).first() if ref.isprintable() else None
    if row is None or not cases(user).filter(pk=row.case_id).exists():
        raise NotFound("no_evidence", T("没有该凭证", "There is no such evidence"), field="ref")
    needs = NEEDS[row.origin]
    if needs is not None:
        district.require_assessed(needs)
    path = files.path_of(row.sha256)
    if not path.is_file():
        raise NotFound(
            "file_missing",
            T("凭证文件不在存储中", "The file is not in the store"),
            hint=T("请联系管理员。", "Tell an administrator."),
        )
    return row, path
