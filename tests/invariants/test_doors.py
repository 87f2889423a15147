"""Every POST of the OpenAPI document, with bodies, headers and sizes nobody should send: an answer, never a 500."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel import sealer
from tests.invariants import shapes
from tests.invariants.conftest import Full
from tests.invariants.doors import ATTACKS, DOCUMENT, HEADERS, STRANGE, address, check, encoded, first, routes

ROUTES = routes("post")
KINDS = st.sampled_from(
    ["application/json"] * 6 + ["application/senml+json", "text/plain", "multipart/form-data", "x", ""]
)
BYTES = st.binary(max_size=60) | st.sampled_from([
    b"", b"{", b"[" * 3000, b'{"a":' * 500, b"\xff\xfe", b"null", b'"x"', b"NaN", b"1e999", b'{"observations": [[]]}',
    b'{"observations":[{"ds":"c0.people","at":1e300,"v":1}]}', b'{"observations":[{"ds":{},"at":[],"v":"x","u":7}]}',
])  # fmt: skip


def body_of(route: str) -> st.SearchStrategy[Any]:
    content = DOCUMENT["paths"][route]["post"].get("requestBody", {}).get("content", {})
    schema = next(iter(content.values()), {}).get("schema", {})
    return shapes.of(schema, DOCUMENT) if schema else shapes.ANY


@pytest.mark.parametrize("route", ROUTES)
def test_no_door_breaks(full: Full, mighty: Client, route: str) -> None:
    @ATTACKS
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        raw = data.draw(st.integers(0, 4)) == 0
        body = data.draw(BYTES) if raw else encoded(data.draw(body_of(route)))
        kind = data.draw(KINDS) if raw else "application/json"
        headers = data.draw(HEADERS)
        path = address(route, "post", lambda place, known: data.draw(st.sampled_from(known * 4 + STRANGE)))
        # What went through is undone, so that each attack meets the same district.
        with transaction.atomic():
            answer = mighty.post(path, body, content_type=kind, **headers)
            transaction.set_rollback(True)
        if "login" in route or "logout" in route:
            mighty.force_login(full.user("keeper"))
        check(answer, (route, body[:300], kind, headers))

    attack()
    sealer.seal_pending()
    assert sealer.check().ok


def test_no_door_takes_more_than_it_says(mighty: Client) -> None:
    much = b'{"x": "' + b"y" * 12_700_000 + b'"}'
    for route in ROUTES:
        path = address(route, "post", first)
        answer = mighty.post(path, much, content_type="application/json")
        check(answer, path)
        # A door that asks for no body reads none.
        if "requestBody" in DOCUMENT["paths"][route]["post"]:
            assert 400 <= answer.status_code < 500, path


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/alerts/0x1/judge", "/api/alerts/\u4e2d", "/api//", "/api/people/%00"]
)
def test_an_address_that_does_not_exist_is_a_problem_too(mighty: Client, path: str) -> None:
    for answer in (mighty.post(path, b"{}", content_type="application/json"), mighty.get(path)):
        check(answer, path)
        assert answer.status_code in (404, 405)


def test_writing_without_a_session_or_its_token_is_refused(full: Full, settings: Any) -> None:
    stranger = Client(raise_request_exception=False, enforce_csrf_checks=True)
    member = Client(raise_request_exception=False, enforce_csrf_checks=True)
    member.force_login(full.user("keeper"))
    for route in ROUTES:
        for who in (stranger, member):
            answer = who.post(address(route, "post", first), b"{}", content_type="application/json")
            check(answer, route)
            assert answer.status_code in (401, 403, 404, 422), (route, answer.status_code)
