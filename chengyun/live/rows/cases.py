"""Rows of cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Min

from chengyun.cases import catalogues
from chengyun.cases.models import Assignment, Case, CatalogueVersion, Clock, WorkflowVersion
from chengyun.kernel import registry, sql
from chengyun.live.rows.places import Spot, grounds
from chengyun.live.rows.shapes import CaseRow
from chengyun.people.models import Department, Post

_PLAIN = (
    "id", "kind", "condition", "state", "source", "urgent", "reported_at", "closed_at", "reports", "returns", "incident",
    "klass",
)  # fmt: skip
_CASE = (
    *_PLAIN, "is_open", "area_id", "lon", "lat", "accountable_post_id", "department_id", "merged_into_id", "workflow_id",
    "catalogue_id",
)  # fmt: skip


def cases(numbers: Iterable[int]) -> Iterator[CaseRow]:
    areas, names = grounds(), posts()
    departments = registry.cached(("people",), "live departments", _read_departments)
    for part in sql.parts(list(numbers)):
        due = _due(part)
        assigned = _assigned(part)
        rows = list(Case.objects.filter(pk__in=part).order_by("pk").values(*_CASE))
        digests = _digests(rows)
        for row in rows:
            kind = catalogues.catalogue(row["catalogue_id"], digests["catalogue", row["catalogue_id"]])
            flow = catalogues.workflow(row["workflow_id"], digests["workflow", row["workflow_id"]])
            state = flow.states[row["state"]]
            zh, en = kind.kinds[row["kind"]].name
            code, post_zh, post_en = names.get(row["accountable_post_id"], ("", "", ""))
            spot = None if row["lon"] is None else Spot("", row["lon"], row["lat"])
            yield CaseRow(
                **{name: row[name] for name in _PLAIN},
                **areas[row["area_id"]].fields(spot),
                open=row["is_open"],
                kind_zh=zh,
                kind_en=en,
                state_zh=state.zh,
                state_en=state.en,
                post=code,
                post_zh=post_zh,
                post_en=post_en,
                assigned=sorted({names[post][0] for post in assigned.get(row["id"], ())}),
                department=departments.get(row["department_id"]),
                due_at=due.get(row["id"]),
                merged_into=row["merged_into_id"],
            )


def posts() -> dict[int, tuple[str, str, str]]:
    """Code and names of every post by number. Shared: do not change it."""
    return registry.cached(("people",), "live posts", _read_posts)


def _read_posts() -> dict[int, tuple[str, str, str]]:
    rows = Post.objects.values_list("pk", "code", "name_zh", "name_en")
    return {pk: (code, zh, en) for pk, code, zh, en in rows}


def _read_departments() -> dict[int, str]:
    return dict(Department.objects.values_list("pk", "code"))


def _due(numbers: Any) -> dict[int, Any]:
    """Of each case, the running clock that runs out next."""
    running = Clock.objects.filter(case_id__in=numbers, stopped_at=None).exclude(due_at=None)
    return dict(running.order_by().values_list("case_id").annotate(first=Min("due_at")))


def _assigned(numbers: Any) -> dict[int, list[int]]:
    """Of each case, the posts that have to work on it."""
    found: dict[int, list[int]] = {}
    rows = Assignment.objects.filter(case_id__in=numbers, ends_at=None).values_list("case_id", "post_id")
    for case, post in rows:
        found.setdefault(case, []).append(post)
    return found


def _digests(rows: list[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """The digests under which the versions that these cases follow are kept in memory."""
    found: dict[tuple[str, int], str] = {}
    versions: tuple[tuple[str, Any], ...] = (("catalogue", CatalogueVersion), ("workflow", WorkflowVersion))
    for what, model in versions:
        wanted = {row[f"{what}_id"] for row in rows}
        for pk, digest in model.objects.filter(pk__in=wanted).values_list("pk", "digest"):
            found[what, pk] = digest
    return found
