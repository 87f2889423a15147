"""What is in force and what is still to be decided, as rows that the reader may see."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from chengyun.district.models import Area
from chengyun.posture import logic
from chengyun.posture.models import Approval, Declaration, DeclaredResponse, OfficialWarning, Proposal
from chengyun.posture.queries.ruling import in_force


def proposals(user: Any, *, open_only: bool = False) -> QuerySet[Proposal]:
    rows: QuerySet[Proposal] = Proposal.objects.visible_to(user)
    if open_only:
        rows = rows.filter(state__in=logic.OPEN)
    return rows.select_related("area", "asked_post").order_by("-id")


def declarations(user: Any, *, in_force: bool = False) -> QuerySet[Declaration]:
    rows: QuerySet[Declaration] = Declaration.objects.visible_to(user)
    if in_force:
        rows = rows.filter(ended_at=None)
    return rows.select_related("area").order_by("-id")


def approvals(user: Any, *, open_only: bool = False) -> QuerySet[Approval]:
    rows: QuerySet[Approval] = Approval.objects.visible_to(user)
    if open_only:
        rows = rows.filter(state=Approval.State.OPEN)
    return rows.select_related("area", "leader_post").order_by("-id")


def warnings(user: Any, *, open_only: bool = False) -> QuerySet[OfficialWarning]:
    rows: QuerySet[OfficialWarning] = OfficialWarning.objects.visible_to(user)
    if open_only:
        rows = rows.filter(state=OfficialWarning.State.OPEN)
    return rows.select_related("area").order_by("-id")


def responses(user: Any) -> QuerySet[DeclaredResponse]:
    rows: QuerySet[DeclaredResponse] = DeclaredResponse.objects.visible_to(user)
    return rows.select_related("area").order_by("-id")


def to_hand_over(area: Area) -> list[dict[str, Any]]:
    """What the next shift takes over: modes in force, open proposals, unsigned approvals, undecided warnings.

    Of the area itself, what lies above it (which rules it too) and its parts.
    """

    def near(path: str) -> bool:
        return path.startswith(area.path) or area.path.startswith(path)

    items: list[dict[str, Any]] = []
    for row in in_force():
        if near(row.area.path):
            items.append(
                {"what": "in_force", "declaration": row.pk, **_brief(row), "expected_end": row.expected_end}
            )
    for proposal in Proposal.objects.filter(state__in=logic.OPEN).select_related("area").order_by("id"):
        if near(proposal.area.path):
            items.append(
                {"what": "proposal", "proposal": proposal.pk, **_brief(proposal), "state": proposal.state}
            )
    for approval in (
        Approval.objects.filter(state="open").select_related("area", "leader_post").order_by("id")
    ):
        if near(approval.area.path):
            items.append(
                {
                    "what": "unsigned",
                    "approval": approval.pk,
                    "area": approval.area.code,
                    "leader": approval.leader_post.code,
                    "due": approval.due_at,
                }
            )
    for warning in OfficialWarning.objects.filter(state="open").select_related("area").order_by("id"):
        if near(warning.area.path):
            items.append(
                {
                    "what": "undecided_warning",
                    "warning": warning.pk,
                    "area": warning.area.code,
                    "kind": warning.kind,
                    "colour": warning.colour,
                }
            )
    return items


def _brief(row: Declaration | Proposal) -> dict[str, Any]:
    return {"area": row.area.code, "mode": row.mode, "level": row.level}
