"""The tape shows what the screens showed: rows as of then are those of the live snapshot of then, and frames lead on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import orjson
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from chengyun.kernel import registry, scope, sealer
from chengyun.kernel.actor import system
from chengyun.live import rows
from chengyun.live.tape import asof, events, frames, journal, nights
from chengyun.live.tape.shapes import TapeOut, TapeStateOut
from chengyun.people import actions as people
from tests.live import short
from tests.live.taping import ALL_OF_A_NIGHT, Night, compare, follow, taped

ROOT = Path(__file__).resolve().parents[2]
START, END = short.START, short.START + timedelta(minutes=short.MINUTES + 30)
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def night(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("tape")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "EVIDENCE_ROOT", folder / "evidence")
        with Night(short.write_scenario(folder), timedelta()).played() as found:
            yield found


def test_every_field_of_every_row_is_a_fact_or_known_or_null() -> None:
    unknown = {
        kind: asof.SHAPES[kind].model_fields.keys() - asof.FACTS[kind] - asof.KNOWN[kind]
        for kind in rows.KINDS
    }
    assert {kind: names for kind, names in unknown.items() if names} == {
        "alert": {"last_at", "count"},
        "incident": {"last_at"},
    }
    for kind in rows.KINDS:
        assert not asof.FACTS[kind] & asof.KNOWN[kind]
        assert asof.FACTS[kind] | asof.KNOWN[kind] <= asof.SHAPES[kind].model_fields.keys()


def test_the_state_at_a_moment_is_what_the_snapshot_showed_then(night: Night) -> None:
    assert len(night.shots) > 100
    assert compare(night) == ALL_OF_A_NIGHT


moments = st.floats(-10, short.MINUTES + 40).map(lambda minute: START + timedelta(minutes=minute))


@hypothesis.settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moments, moments)
def test_a_state_and_the_frames_after_it_are_the_state_later(
    night: Night, one: datetime, other: datetime
) -> None:
    since, until = min(one, other), max(one, other)
    assert follow(taped(since), since, until) == taped(until)


def test_from_before_the_first_entry_to_the_end(night: Night) -> None:
    before = START - timedelta(days=1)
    assert taped(before) == {} and frames.state(scope.ALL, before)["seq"] == 0
    assert frames.state(scope.ALL, before)["values_from"] == "none"
    assert follow({}, before, END) == taped(END)
    empty = frames.piece(scope.ALL, before, before + timedelta(hours=1))
    assert empty["frames"] == [] and empty["next"] is None and empty["values_from"] == "none"


def test_answers_have_the_published_shape(night: Night) -> None:
    middle = START + timedelta(minutes=40)
    state = orjson.loads(orjson.dumps(frames.state(scope.ALL, middle)))
    assert TapeStateOut.model_validate(state).rows.alert
    piece = orjson.loads(orjson.dumps(frames.piece(scope.ALL, START, middle)))
    assert TapeOut.model_validate(piece).frames


def test_pieces_are_bounded_and_join_without_a_gap(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def numbers() -> list[int]:
        found: list[int] = []
        at: datetime | None = START - timedelta(seconds=1)
        while at is not None:
            piece = frames.piece(scope.ALL, at, END)
            found += [frame["entry"]["seq"] for frame in piece["frames"] if frame["entry"]]
            at = piece["next"]
        return found

    whole = numbers()
    assert whole == [said.seq for said in journal.between(0, sealer.head()[0]) if said.area]
    monkeypatch.setattr(frames, "MAX_ENTRIES", 7)
    assert numbers() == whole


def test_values_change_as_they_arrived(night: Night) -> None:
    at = START + timedelta(minutes=30, seconds=1)
    state = frames.state(scope.ALL, at)
    assert state["values_from"] == "observations"
    values = dict(zip(state["values"]["ids"], state["values"]["value"], strict=True))
    # The reading of minute 30 arrives three seconds later.
    assert set(values.values()) == {short.people(29)}
    piece = frames.piece(scope.ALL, at, at + timedelta(minutes=5))
    came = [frame for frame in piece["frames"] if frame["values"]]
    assert came and came[0]["at"] == at + timedelta(seconds=10)
    assert set(came[0]["values"]["value"]) == {short.people(30)}
    for frame in came:
        values |= dict(zip(frame["values"]["ids"], frame["values"]["value"], strict=True))
    later = frames.state(scope.ALL, at + timedelta(minutes=5))["values"]
    assert values == dict(zip(later["ids"], later["value"], strict=True))


def test_a_narrow_scope_sees_its_own_part_alone(night: Night) -> None:
    part = scope.Scope(paths=("/tst/g2-0/",), classes=frozenset({"open"}))
    for minute in (20, 40, 62):
        at = START + timedelta(minutes=minute)
        whole, mine = taped(at), taped(at, part)
        assert mine and len(mine) < len(whole)
        assert mine == {s: row for s, row in whole.items() if part.covers(row["path"], row["klass"])}
    assert follow(taped(START, part), START, END, part) == taped(END, part)
    piece = frames.piece(part, START, END)
    shown = [frame["entry"] for frame in piece["frames"] if frame["entry"]]
    assert shown and all(entry["area"].startswith(part.paths) for entry in shown)
    streams = {i for frame in piece["frames"] if frame["values"] for i in frame["values"]["ids"]}
    assert 0 < len(streams) < len(frames.state(scope.ALL, END)["values"]["ids"])
    nothing = scope.Scope()
    assert taped(END, nothing) == {} and nights.nights(nothing, 9).items == []
    assert frames.piece(nothing, START, END)["frames"] == []


def test_moments_to_jump_to(night: Night) -> None:
    found = events.events(scope.ALL, START - timedelta(hours=1), END)
    kinds = [item.kind for item in found.items]
    assert {"posture.declared", "posture.ended", "incident.opened", "shift.opened"} <= set(kinds)
    assert [item.seq for item in found.items] == sorted(item.seq for item in found.items)
    assert len(found.items) < sealer.head()[0] / 2 and not found.cut
    declared = next(item for item in found.items if item.kind == "posture.declared")
    assert "应急" in declared.text_zh and "emergency" in declared.text_en.lower()


def test_nights_say_what_is_kept(night: Night) -> None:
    found = nights.nights(scope.ALL, 10)
    assert found.first_at is not None
    one = next(item for item in found.items if item.kind == "shift")
    assert (one.mode, one.level, one.incident_level) == ("emergency", 1, 1)
    assert one.kept.observations_since is not None and one.entries > 100
    assert "应急" in one.title_zh


def test_a_number_is_found_by_moment(night: Night) -> None:
    last = sealer.head()[0]
    assert journal.position(datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert journal.position(datetime(2100, 1, 1, tzinfo=UTC)) == last
    at = journal.moment_of(last // 2)
    assert at is not None
    found = journal.position(at)
    assert journal.moment_of(found) == at
    assert found == last or journal.moment_of(found + 1) != at


def browser(username: str) -> Client:
    found = Client()
    found.force_login(get_user_model().objects.get(username=username))
    return found


ROUTES = (
    "/api/live/nights",
    "/api/live/tape/state?at=2023-12-31T08:40:00Z",
    "/api/live/tape?since=2023-12-31T08:30:00Z&until=2023-12-31T08:40:00Z",
    "/api/live/tape/events?since=2023-12-31T08:00:00Z&until=2023-12-31T09:00:00Z",
)


def test_over_http_for_those_who_may_replay(night: Night) -> None:
    duty, west = browser("duty"), browser("west")
    for route in ROUTES:
        assert duty.get(route).status_code == 200, route
        assert west.get(route).status_code == 403, route
        assert Client().get(route).status_code == 401, route
    for name, bad in (("at", "2023-12-31T08:40:00"), ("at", "never")):
        assert duty.get(f"/api/live/tape/state?{name}={bad}").status_code == 422
    assert duty.get("/api/live/tape?since=2023-12-31T09:00:00Z&until=2023-12-31T08:00:00Z").status_code == 422
    text = "".join(duty.get(route).content.decode() for route in ROUTES)
    assert "李四光" not in text and "13911112222" not in text and "喷泉" not in text


def test_a_log_in_of_one_grid_gets_its_part_over_http(night: Night) -> None:
    user = get_user_model().objects.get(username="west")
    with transaction.atomic():
        people.grant_role(system("test"), user_id=user.pk, role="auditor", area="g2-0")
        client = browser("west")
        state = client.get(ROUTES[1]).json()
        everything = taped(datetime(2023, 12, 31, 8, 40, tzinfo=UTC))
        mine = [row for kind in state["rows"].values() for row in kind]
        assert mine and len(mine) < len(everything)
        assert all(row["path"].startswith("/tst/g2-0/") for row in mine)
        frames_ = client.get(ROUTES[2]).json()["frames"]
        areas = {frame["entry"]["area"] for frame in frames_ if frame["entry"]}
        assert areas and all(area.startswith("/tst/g2-0/") for area in areas)
        items = client.get(ROUTES[3]).json()["items"]
        assert items and all(item["area"].startswith("/tst/g2-0/") for item in items)
        whole = sum(night_["entries"] for night_ in browser("duty").get(ROUTES[0]).json()["items"])
        assert 0 < sum(night_["entries"] for night_ in client.get(ROUTES[0]).json()["items"]) < whole
        transaction.set_rollback(True)
    registry.forget()
