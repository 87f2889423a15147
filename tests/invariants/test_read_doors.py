"""Every GET of the OpenAPI document, with queries, cursors, numbers and headers nobody should send."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.invariants.doors import ATTACKS, DOCUMENT, HEADERS, STRANGE, address, check, first, routes

ROUTES = routes("get")
CURSORS = [
    base64.urlsafe_b64encode(json.dumps(inside).encode()).decode()
    for inside in (
        None,
        True,
        1,
        -1,
        2**70,
        1e308,
        "x",
        "\x00",
        "\ud800",
        [],
        [1],
        {},
        {"a": 1},
        "9999-12-31T23:59:59Z",
    )
] + ["", "=", "AAAA", "not base64 \u4e2d", base64.urlsafe_b64encode(b"\xff\xfe").decode(), "e30" * 2000]
QUERIES = st.sampled_from(
    [*STRANGE, *CURSORS, None, "1", "500", "tst", "g2-0", "true", "emergency", "people_present", "c0.people"]
    + [
        "2023-12-31T09:00:00Z",
        "2023-12-31T20:00:00 08:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
    ]
    + ["nan", "inf", "1e400", "113.702", "34.702"]
)


@pytest.mark.parametrize("route", ROUTES)
def test_no_question_breaks(mighty: Client, route: str) -> None:
    @ATTACKS
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        def choose(place: str, known: list[str]) -> str | None:
            return data.draw(st.sampled_from(known * 4 + STRANGE) if place == "path" else QUERIES)

        path, headers = address(route, "get", choose), data.draw(HEADERS)
        check(mighty.get(path, **headers), (path, headers))
        assert connection.needs_rollback is False, path

    attack()


@pytest.mark.parametrize("cursor", CURSORS, ids=range(len(CURSORS)))
def test_a_cursor_that_is_none_is_refused_by_name(mighty: Client, cursor: str) -> None:
    listed = [route for route in ROUTES if "{" not in route and "cursor" in names(route)]
    assert len(listed) > 8
    for route in listed:
        answer: Any = mighty.get(route, {"cursor": cursor})
        check(answer, (route, cursor))
        if answer.status_code >= 400:
            assert answer.json().get("field") == "cursor", (route, answer.content)


def names(route: str) -> set[str]:
    return {part["name"] for part in DOCUMENT["paths"][route]["get"].get("parameters", [])}


def test_what_exists_is_found(mighty: Client) -> None:
    """So that the attacks above do not all end at the first check."""
    found = {route for route in ROUTES if mighty.get(address(route, "get", first)).status_code == 200}
    assert {"/api/cases/{case_id}", "/api/alerts/{alert_id}", "/api/cases/clocks/{clock_id}/why"} <= found
    assert len(found) > len(ROUTES) / 2, sorted(set(ROUTES) - found)
