"""An impact assessment on record, for tests of what it switches on."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from chengyun.district import actions, queries
from chengyun.district.models import Assessment
from chengyun.kernel.actor import system

DOCUMENT = b"%PDF- the assessment as it was signed"


def record(topic: str, *, days: int = 30, **other: Any) -> dict[str, Any]:
    """What is put on record: from today on, for so many days in the district's zone."""
    today = queries.today()
    return {
        "code": f"PIA-{topic}",
        "topic": topic,
        "title": "示例影响评估",
        "document": "archive 7/1",
        "sha256": sha256(DOCUMENT).hexdigest(),
        "signed_by": "CMD",
        "valid_from": today,
        "valid_to": today + timedelta(days=days),
    } | other


def assess(topic: str, *, days: int = 30, **other: Any) -> Assessment:
    return actions.record_assessment(actor=system("test"), **record(topic, days=days, **other))


def revoke(row: Assessment) -> Assessment:
    return actions.revoke_assessment(actor=system("test"), code=row.code, reason="found_wanting")
