"""What the desk and the pages of cases said at a moment, to be compared with what is said of that moment afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model

from chengyun.cases import queries as cases
from chengyun.live import desk
from chengyun.people import actors

# Known of now alone: the platform's own life, what one may do, and (of what is blind) how many others report.
OF_NOW = {"seal", "intake"}
COVERAGE = {"coverage_area", "coverage_area_zh", "coverage_area_en", "coverage_have", "coverage_of"}
Said = dict[str, Any]


def duty() -> Any:
    return get_user_model().objects.get(username="duty")


def first_minute(at: datetime | None = None) -> Said:
    """The desk of the duty officer, without what is of now alone."""
    user = duty()
    found = desk.first_minute(user, actors.of_user(user), at).model_dump()
    found = {name: value for name, value in found.items() if name not in OF_NOW}
    found["queues"] = [row for row in found["queues"] if row["code"] != "messages_unanswered"]
    found["blind"] = [{k: v for k, v in row.items() if k not in COVERAGE} for row in found["blind"]]
    if found["hand_over"]:
        found["hand_over"] |= {"mine": [], "may_draft": False}
    return found


def details(at: datetime | None = None) -> dict[int, Said]:
    """Every case that there is, or was; verbs apart."""
    seen = cases.cases(duty())
    if at is None:
        return {row.pk: cases.detail(row) for row in seen}
    found = {row.pk: cases.detail_then(row, at) for row in seen.filter(reported_at__lte=at)}
    for said in found.values():
        assert {verb["code"] for verb in said.pop("verbs")} <= {"replay"}
        assert said.pop("possible_duplicates") is None
    return found


def unlike(one: Said, other: Said) -> Said:
    """The fields in which two differ, for the message of a test that fails."""
    return {name: (one[name], other[name]) for name in one | other if one.get(name) != other.get(name)}
