"""The desk and a case as of a moment say what they said then; what nobody knows any more is null, never today's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from chengyun.cases import queries as cases
from chengyun.cases.models import Case
from chengyun.kernel import registry, sealer
from chengyun.kernel.actor import system
from chengyun.live import desk
from chengyun.people import actions as people
from chengyun.people import actors
from tests.live import short
from tests.live.taping import Night

START = short.START
EVERY = timedelta(minutes=2)
pytestmark = pytest.mark.django_db
# Known of now alone: the platform's own life, what one may do, and (of what is blind) how many others report.
OF_NOW = {"seal", "intake"}
COVERAGE = {"coverage_area", "coverage_area_zh", "coverage_area_en", "coverage_have", "coverage_of"}


class Kept(Night):
    """What desk and cases said now and then, while the night was lived."""

    def __init__(self, scenario: Path) -> None:
        super().__init__(scenario, EVERY)
        self.desks: dict[datetime, dict[str, Any]] = {}
        self.cases: dict[datetime, dict[int, dict[str, Any]]] = {}

    def watch(self, now: datetime) -> None:
        if not self.desks or now - max(self.desks) >= self.every:
            sealer.seal_pending()
            self.desks[now] = first_minute()
            self.cases[now] = {row.pk: cases.detail(row) for row in cases.cases(duty())}


def duty() -> Any:
    return get_user_model().objects.get(username="duty")


def first_minute(at: datetime | None = None) -> dict[str, Any]:
    user = duty()
    return known(desk.first_minute(user, actors.of_user(user), at).model_dump())


def known(found: dict[str, Any]) -> dict[str, Any]:
    """Without what is of now alone."""
    found = {name: value for name, value in found.items() if name not in OF_NOW}
    found["queues"] = [row for row in found["queues"] if row["code"] != "messages_unanswered"]
    found["blind"] = [{k: v for k, v in row.items() if k not in COVERAGE} for row in found["blind"]]
    if found["hand_over"]:
        found["hand_over"] |= {"mine": [], "may_draft": False}
    return found


@pytest.fixture(scope="module")
def night(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("tape")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "EVIDENCE_ROOT", folder / "evidence")
        with Kept(short.write_scenario(folder)).played() as found:
            yield found  # type: ignore[misc]


def test_the_desk_of_a_moment_is_what_it_was_then(night: Kept) -> None:
    assert len(night.desks) > 30
    seen: set[str] = set()
    for at, then in night.desks.items():
        shown = first_minute(at)
        assert shown == then, at
        seen |= {name for name, value in shown.items() if value}
        seen |= {row["code"] for row in shown["queues"] if row["count"]}
    assert seen >= {
        "shift", "next_shift", "leads", "phones", "proposals", "matters", "blind", "hand_over",
        "to_judge", "to_acknowledge", "to_file", "to_dispatch", "to_sign", "to_check", "to_close", "to_call_back",
        "due_soon", "overdue", "proposals_undecided", "approvals_to_countersign",
    }  # fmt: skip
    assert {then["posture"]["mode"] for then in night.desks.values()} == {"normal", "emergency"}


def test_a_case_of_a_moment_is_what_it_was_then(night: Kept) -> None:
    states = set()
    for at, then in night.cases.items():
        for row in cases.cases(duty()).filter(reported_at__lte=at):
            shown = cases.detail_then(row, at)
            assert {verb["code"] for verb in shown.pop("verbs")} <= {"replay"}
            assert shown.pop("possible_duplicates") is None
            assert shown == then[row.pk], (at, row.pk)
            states.add(shown["state"])
    assert len(states) >= 6, states
