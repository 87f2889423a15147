"""Recording impact assessments and revoking them. Both are facts: nothing is changed afterwards, nothing deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from chengyun.district import queries
from chengyun.district.logic.assessments import REVOKE_REASONS, TOPICS
from chengyun.district.models import Area, Assessment
from chengyun.district.pack import AssessmentRow
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write

_LIMITS = {"code": 40, "title": 200, "document": 200, "signed_by": 40}


def record_assessment(
    *,
    actor: Actor,
    code: str,
    topic: str,
    title: str,
    document: str,
    sha256: str,
    signed_by: str,
    valid_from: date,
    valid_to: date,
    cause: int | None = None,
) -> Assessment:
    """Record an assessment that was signed; what it covers is switched on from `valid_from`, and off again on `valid_to`.

    `sha256` is that of the signed document, `signed_by` the code of a post (never a name). The same record again changes
    nothing; another one under a known code is a `Conflict`. Raises `Invalid` for what cannot be.
    """
    with write():
        actor.require("assessment.record", _root_path())
        values = {
            "code": code, "topic": topic, "title": title, "document": document, "sha256": sha256,
            "signed_by": signed_by, "valid_from": valid_from, "valid_to": valid_to,
        }  # fmt: skip
        # Over already: it would switch nothing on, and whoever records it means something else. A folder may list it still.
        if valid_to <= queries.today():
            raise Invalid(
                "over", T("该评估已经失效", "This assessment has run out already"), field="valid_to"
            )
        return _keep(actor, values, from_pack=False, cause=cause)[0]


def revoke_assessment(*, actor: Actor, code: str, reason: str, cause: int | None = None) -> Assessment:
    """End a record before its time: what it covers is off from now on, unless another one covers it. Cannot be undone.

    `reason` is one of `REVOKE_REASONS`. Revoking again changes nothing.
    """
    with write():
        actor.require("assessment.record", _root_path())
        row = Assessment.objects.filter(code=code).first()
        if row is None:
            raise NotFound(
                "no_assessment",
                T(f"没有影响评估 {code}", f"There is no assessment {code}"),
                field="code",
            )
        if reason not in REVOKE_REASONS:
            raise Invalid(
                "unknown_reason",
                T("没有此撤销原因", "There is no such reason"),
                field="reason",
                hint=", ".join(REVOKE_REASONS),
            )
        if row.revoked_at is None:
            _revoke(actor, row, reason, cause)
        return row


def load_assessments(actor: Actor, rows: Iterable[AssessmentRow], cause: int | None) -> dict[str, int]:
    """Record what a folder lists. What it listed once and lists no more is revoked; a revoked record stays revoked."""
    counts = {"added": 0, "changed": 0, "ended": 0}
    listed = set()
    for item in rows:
        listed.add(item.code)
        _, new = _keep(actor, item.model_dump(exclude={"file"}), from_pack=True, cause=cause)
        counts["added"] += new
    for row in Assessment.objects.filter(from_pack=True, revoked_at=None).exclude(code__in=listed):
        _revoke(actor, row, "not_listed", cause)
        counts["ended"] += 1
    return counts


def _keep(
    actor: Actor, values: dict[str, Any], *, from_pack: bool, cause: int | None
) -> tuple[Assessment, bool]:
    _check(values)
    row = Assessment.objects.filter(code=values["code"]).first()
    if row is not None:
        differing = [name for name, value in values.items() if getattr(row, name) != value]
        if differing:
            raise Conflict(
                "assessment_differs",
                T(
                    f"影响评估 {row.code} 已登记，内容不同",
                    f"{row.code} is recorded already and says something else",
                ),
                field=differing[0],
                hint=T(
                    "记录不可更改；请为新的评估使用新的编码。",
                    "Records do not change: give a new one a new code.",
                ),
            )
        return row, False
    row = Assessment(**values, from_pack=from_pack)
    row.save(force_insert=True)
    journal.record(
        "assessment.recorded",
        subject=f"assessment:{row.code}",
        area=_root_path(),
        actor=actor,
        payload={
            "code": row.code,
            "topic": row.topic,
            "sha256": row.sha256,
            "signed_by": row.signed_by,
            "valid_from": row.valid_from.isoformat(),
            "valid_to": row.valid_to.isoformat(),
            "from_pack": from_pack,
        },
        cause=cause,
    )
    return row, True


def _check(values: dict[str, Any]) -> None:
    for name, most in _LIMITS.items():
        text = values[name]
        if not text.strip() or len(text) > most or not text.isprintable():
            raise Invalid(
                "text_missing",
                T(f"此项必填，至多 {most} 字", f"Needed, at most {most} characters"),
                field=name,
            )
    if values["topic"] not in TOPICS:
        raise Invalid(
            "unknown_topic",
            T("没有此评估事项", "There is no such topic"),
            field="topic",
            hint=", ".join(TOPICS),
        )
    if not re.fullmatch(r"[0-9a-f]{64}", values["sha256"]):
        raise Invalid(
            "bad_sha256",
            T("请填写文件的 SHA-256：64 位小写十六进制", "The SHA-256 of the document: 64 digits of 0-9a-f"),
            field="sha256",
            hint=T("运行 sha256sum 文件名。", "Run: sha256sum FILE"),
        )
    if values["valid_from"] >= values["valid_to"]:
        raise Invalid(
            "bad_period",
            T("失效日期须在生效日期之后", "It must begin to hold before it ceases to"),
            field="valid_to",
        )


def _revoke(actor: Actor, row: Assessment, reason: str, cause: int | None) -> None:
    row.revoked_at, row.revoked_reason = clock.now(), reason
    row.save(update_fields=["revoked_at", "revoked_reason"])
    journal.record(
        "assessment.revoked",
        subject=f"assessment:{row.code}",
        area=_root_path(),
        actor=actor,
        payload={"code": row.code, "topic": row.topic, "reason": reason},
        cause=cause,
    )


def _root_path() -> str:
    return Area.objects.filter(parent=None).order_by("pk").values_list("path", flat=True).first() or "/"
