"""Rows of posture: proposals, declarations, spoken decisions, official signals, the government's responses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from chengyun.kernel import scope, sql
from chengyun.live.rows.cases import posts
from chengyun.live.rows.places import grounds
from chengyun.live.rows.shapes import (
    ApprovalRow,
    DeclarationRow,
    ProposalRow,
    ResponseRow,
    Row,
    WarningRow,
)
from chengyun.posture import logic
from chengyun.posture.models import Approval, Declaration, DeclaredResponse, OfficialWarning, Proposal

R = TypeVar("R", bound=Row)


def proposals(numbers: Iterable[int]) -> Iterator[ProposalRow]:
    names = posts()
    for row in _read(Proposal, numbers):
        post = names.get(row["asked_post_id"])
        yield _made(ProposalRow, row, open=row["state"] in logic.OPEN, asked=post[0] if post else None)


def declarations(numbers: Iterable[int]) -> Iterator[DeclarationRow]:
    names = {code: (zh, en) for code, zh, en in posts().values()}
    for row in _read(Declaration, numbers):
        zh, en = names.get(row["by_post"], ("", ""))
        more = {
            "by": row["by_ref"],
            "post": row["by_post"],
            "post_zh": zh,
            "post_en": en,
            "ended": row["end_kind"],
        }
        links = {"proposal": row["proposal_id"], "follows": row["follows_id"]}
        yield _made(DeclarationRow, row, open=row["ended_at"] is None, **more, **links)


def approvals(numbers: Iterable[int]) -> Iterator[ApprovalRow]:
    names = posts()
    for row in _read(Approval, numbers):
        leader = names[row["leader_post_id"]][0]
        links = {"proposal": row["proposal_id"], "declaration": row["declaration_id"]}
        yield _made(ApprovalRow, row, open=row["state"] == "open", leader=leader, **links)


def warnings(numbers: Iterable[int]) -> Iterator[WarningRow]:
    for row in _read(OfficialWarning, numbers):
        yield _made(WarningRow, row, open=row["lifted_at"] is None, declaration=row["declaration_id"])


def responses(numbers: Iterable[int]) -> Iterator[ResponseRow]:
    for row in _read(DeclaredResponse, numbers):
        yield _made(ResponseRow, row, open=row["ended_at"] is None)


def _read(model: Any, numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
    for part in sql.parts(list(numbers)):
        yield from model.objects.filter(pk__in=part).order_by("pk").values()


def _made(shape: type[R], row: dict[str, Any], **more: Any) -> R:
    fields = {name: row[name] for name in shape.model_fields if name in row}
    return shape(**{**fields, **grounds()[row["area_id"]].fields(), "klass": scope.OPEN, **more})
