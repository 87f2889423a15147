"""The number beside mode and level: as it is, and as it stood."""

from __future__ import annotations

from typing import Any

from chengyun.kernel import clock
from tests.invariants.conftest import Full


def ask(city: Full, **query: str) -> dict[str, Any]:
    answer = city.client("duty").get("/api/live/people-present", query)
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


def test_a_moment_needs_its_offset(city: Full) -> None:
    answer = city.client("duty").get("/api/live/people-present", {"at": "2023-12-31T18:00:00"})
    assert answer.status_code in (400, 422) and b"at" in answer.content
