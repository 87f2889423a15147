"""The desk and a case as of a moment say what they said then; what nobody knows any more is null, never today's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from chengyun.cases import queries as cases
from chengyun.cases.models import Case, Clock
from chengyun.district import actions as district
from chengyun.kernel import clock, registry, sealer
from chengyun.kernel.actor import system
from chengyun.kernel.errors import NotFound
from chengyun.live import desk
from chengyun.people import actions as people
from chengyun.people import actors
from chengyun.people.models import Staff
from tests.live import short
from tests.live.lookback import Said, details, duty, first_minute, unlike
from tests.live.taping import Night

START = short.START
EVERY = timedelta(minutes=2)
pytestmark = pytest.mark.django_db
# A camera is taken out of service, and comes back: minutes of the night.
OUT = {False: 25, True: 45}


def write_scenario(folder: Path) -> Path:
    """The short night, with a rule that watches the equipment."""
    scenario = short.write_scenario(folder)
    files = folder / "districts" / "small"
    rules = yaml.safe_load((files / "rules/rules.yaml").read_text("utf-8"))
    for rule in rules["rules"]:
        if rule["code"] == "silent":
            rule["labels"] = {"watches": "equipment"}
    (files / "rules/rules.yaml").write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    return scenario


class Kept(Night):
    """What desk and cases said now and then, while the night was lived."""

    def __init__(self, scenario: Path) -> None:
        super().__init__(scenario, EVERY)
        self.said: set[bool] = set()
        self.desks: dict[datetime, Said] = {}
        self.cases: dict[datetime, dict[int, Said]] = {}

    def watch(self, now: datetime) -> None:
        for serving, minute in OUT.items():
            if now >= START + timedelta(minutes=minute) and serving not in self.said:
                self.said.add(serving)
                district.set_in_service(
                    actor=system("test"), code="cam-5", in_service=serving, reason="fault"
                )
        if not self.desks or now - max(self.desks) >= self.every:
            sealer.seal_pending()
            self.desks[now] = first_minute()
            self.cases[now] = details()


@pytest.fixture(scope="module")
def night(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("tape")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "EVIDENCE_ROOT", folder / "evidence")
        with Kept(write_scenario(folder)).played() as found:
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
    whys = {row["why"] for then in night.desks.values() for row in then["blind"]}
    assert whys == {"silent", "out_of_service"}
    assert {then["posture"]["mode"] for then in night.desks.values()} == {"normal", "emergency"}


def test_a_case_of_a_moment_is_what_it_was_then(night: Kept) -> None:
    states = set()
    for at, then in night.cases.items():
        shown = details(at)
        assert shown.keys() == then.keys(), at
        for number, said in shown.items():
            assert not unlike(said, then[number]), (at, number)
            states.add(said["state"])
    assert len(states) >= 6, states


def test_what_nobody_knows_any_more_is_null(night: Kept) -> None:
    at = START + timedelta(minutes=52)
    user = duty()
    found = desk.first_minute(user, actors.of_user(user), at)
    assert found.now == at and found.seal is None and found.intake is None
    counts = {row.code: (row.count, row.oldest) for row in found.queues}
    assert counts["messages_unanswered"] == (None, None)
    assert found.blind and {row.coverage_of for row in found.blind} == {None}
    live = desk.first_minute(user, actors.of_user(user))
    assert live.seal is not None and {row.count for row in live.queues}.isdisjoint({None})
    shown = desk.queues(user, actors.of_user(user), at)
    assert shown.queues == found.queues and shown.now == at


def test_why_a_deadline_was_what_it_was(night: Kept) -> None:
    row = Clock.objects.filter(case__kind="noise", overall=True).get()
    before, after = (cases.why_due(row, START + timedelta(minutes=minute)) for minute in (15, 80))
    assert before["due_at"] == after["due_at"] == row.due_at
    with pytest.raises(NotFound):
        cases.why_due(row, START + timedelta(minutes=9))


def browser(username: str) -> Client:
    found = Client()
    found.force_login(get_user_model().objects.get(username=username))
    return found


def asking(path: str, at: datetime) -> str:
    return f"{path}?at={quote(at.isoformat())}"


def paths(case: Case) -> list[str]:
    started = Clock.objects.filter(case=case).order_by("id")[0]
    return [
        "/api/live/desk",
        "/api/live/queues",
        f"/api/cases/{case.pk}",
        f"/api/cases/clocks/{started.pk}/why",
        f"/api/live/why/case/{case.pk}",
    ]


def test_only_those_who_may_replay_look_back_and_nobody_ahead(night: Kept) -> None:
    client, west = browser("duty"), browser("west")
    noise = Case.objects.get(kind="noise")
    at = START + timedelta(minutes=15)
    for path in paths(noise):
        assert client.get(asking(path, at)).status_code == 200, path
        assert west.get(path).status_code == 200, path
        assert west.get(asking(path, at)).status_code == 403, path
        assert Client().get(asking(path, at)).status_code == 401, path
        ahead = client.get(asking(path, clock.now() + timedelta(seconds=1)))
        assert (ahead.status_code, ahead.json()["code"]) == (422, "not_yet"), path
        assert client.get(asking(path, clock.now())).status_code == 200, path
        for bad in ("2023-12-31T08:40:00", "never", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
            assert client.get(f"{path}?at={bad}").status_code == 422, (path, bad)
    early = client.get(asking(f"/api/cases/{noise.pk}", START + timedelta(minutes=4)))
    assert (early.status_code, early.json()["code"]) == (404, "not_reported_yet")


def test_a_log_in_of_one_grid_sees_its_part_of_then(night: Kept) -> None:
    user = get_user_model().objects.get(username="west")
    at = START + timedelta(minutes=32)
    smoke = Case.objects.get(kind="smoke")
    with transaction.atomic():
        people.grant_role(system("test"), user_id=user.pk, role="auditor", area="g2-0")
        client = browser("west")
        found = client.get(asking("/api/live/desk", at)).json()
        whole = browser("duty").get(asking("/api/live/desk", at)).json()
        assert found["place"]["area"] == "g2-0" and found["shift"] is None and found["hand_over"] is None
        assert whole["shift"] and found["phones"] != whole["phones"]
        mine, all_ = ({row["code"]: row["count"] for row in one["queues"]} for one in (found, whole))
        assert 0 < mine["to_judge"] < all_["to_judge"]
        assert client.get(asking(f"/api/cases/{smoke.pk}", at)).status_code == 404, "it lies elsewhere"
        text = client.get(asking("/api/live/desk", at)).content.decode()
        assert not [row.name for row in Staff.objects.exclude(name="") if row.name in text]
        transaction.set_rollback(True)
    registry.forget()
