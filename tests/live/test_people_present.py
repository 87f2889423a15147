"""The number beside mode and level: as it is, and as it stood."""

from __future__ import annotations

from typing import Any

from chengyun.kernel import clock
from tests.invariants.conftest import Full


def ask(city: Full, who: str = "duty", **query: str) -> dict[str, Any]:
    answer = city.client(who).get("/api/live/people-present", query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_it_is_answered_as_it_stood(city: Full) -> None:
    before = ask(city)
    assert before["value"] is None and before["with_data"] == 0 < before["of"], "no data is not nobody"
    city.all(10)
    then, shown = clock.now().isoformat(), ask(city)
    city.pass_time(minutes=2)
    city.all(25)
    city.pass_time(minutes=1)
    now = ask(city)
    assert shown["value"] is not None and now["value"] == 2.5 * shown["value"]
    assert ask(city, at=then) == shown
    assert ask(city, at="2001-01-01T00:00:00Z")["value"] is None


def test_whoever_sees_a_part_is_told_nothing_of_the_whole(city: Full) -> None:
    city.all(10)
    assert ask(city)["value"] is not None
    for path in ("people-present", "overview"):
        found = city.client("west").get(f"/api/live/{path}").json()
        told = found.get("people", found)
        assert (told["value"], told["of"], told["limit"]) == (None, 0, None), path


def test_a_moment_is_one_that_has_passed_and_somebody_elses_to_look_back_at(city: Full) -> None:
    for at in ("2023-12-31T18:00:00", "9999-12-31T00:00:00Z", "2099-01-01T00:00:00Z"):
        answer = city.client("duty").get("/api/live/people-present", {"at": at})
        assert answer.status_code == 422 and answer.json()["field"] == "at", at
    refused = city.client("west").get("/api/live/people-present", {"at": clock.now().isoformat()})
    assert refused.status_code == 403
