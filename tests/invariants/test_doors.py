"""Every POST of the OpenAPI document, with bodies, headers and sizes nobody should send: an answer, never a 500."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.kernel import sealer
from chengyun.kernel.actor import system
from chengyun.people import actions as people
from chengyun.server.api import api
from tests.invariants import shapes
from tests.invariants.conftest import Full

DOCUMENT = json.loads(json.dumps(api.get_openapi_schema()))
ROUTES = sorted(path for path, operations in DOCUMENT["paths"].items() if "post" in operations)
ROLES = ("duty_officer", "shift_leader", "dispatcher", "commander", "verifier")
CODES = {
    "code": ["c0.people", "crowded", "DUTY", "g2-0"],
    "ref": ["p-x"],
    "verb": ["file", "close"],
    "name": ["reported_too"],
}
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_IDEMPOTENCY_KEY": st.sampled_from(["k", "k" * 80, "k" * 81, "é", ""]),
        "HTTP_X_MESSAGE_ID": st.sampled_from(["m", "m" * 201, "\u00ff"]),
        "HTTP_ACCEPT_LANGUAGE": st.sampled_from(["en", "zz", "zh-hans", "*;q=x"]),
        "HTTP_AUTHORIZATION": st.sampled_from(["Bearer", "Bearer x", "Basic eDp5", "Bearer \u00ff"]),
        "HTTP_ACCEPT": st.sampled_from(["text/html", "application/xml"]),
    },
)
KINDS = st.sampled_from(
    ["application/json"] * 6 + ["application/senml+json", "text/plain", "multipart/form-data", "x", ""]
)
BYTES = st.binary(max_size=60) | st.sampled_from([
    b"", b"{", b"[" * 3000, b'{"a":' * 500, b"\xff\xfe", b"null", b'"x"', b"NaN", b"1e999", b'{"observations": [[]]}',
    b'{"observations":[{"ds":"c0.people","at":1e300,"v":1}]}', b'{"observations":[{"ds":{},"at":[],"v":"x","u":7}]}',
])  # fmt: skip


@pytest.fixture
def mighty(full: Full) -> Client:
    """Somebody who holds almost every role, so that what is sent reaches the actions."""
    user = full.user("keeper")
    for role in ROLES:
        people.grant_role(system("test"), user_id=user.pk, role=role, area="tst")
    full.all(160)
    return full.client("keeper")


def body_of(route: str) -> st.SearchStrategy[Any]:
    content = DOCUMENT["paths"][route]["post"].get("requestBody", {}).get("content", {})
    schema = next(iter(content.values()), {}).get("schema", {})
    return shapes.of(schema, DOCUMENT) if schema else shapes.ANY


def address(route: str, choose: Callable[[list[str]], str]) -> str:
    """The route with something in place of each of its parameters."""
    for part in DOCUMENT["paths"][route]["post"].get("parameters", []):
        if part["in"] == "path":
            number = part["schema"].get("type") == "integer"
            known = ["1", "2", "3", "0", "99999999999999999999"] if number else CODES.get(part["name"], ["x"])
            route = re.sub(rf"\{{(\w+:)?{part['name']}\}}", choose(known), route)
    return route


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def check(answer: Any, what: object) -> None:
    """An answer as documented: 2xx, or a problem that says what and why. 503 would say that the database is away."""
    assert answer.status_code < 500, (what, answer.status_code, answer.content[:500])
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", (
            what,
            answer.status_code,
            answer["Content-Type"],
        )
        problem = answer.json()
        assert problem["status"] == answer.status_code and problem["code"] and problem["detail"], what


@pytest.mark.parametrize("route", ROUTES)
def test_no_door_breaks(full: Full, mighty: Client, route: str) -> None:
    @settings(
        max_examples=15, deadline=None, database=None, derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        raw = data.draw(st.integers(0, 4)) == 0
        body = data.draw(BYTES) if raw else encoded(data.draw(body_of(route)))
        kind = data.draw(KINDS) if raw else "application/json"
        headers = data.draw(HEADERS)
        path = address(route, lambda known: data.draw(st.sampled_from(known)))
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
        path = address(route, lambda known: known[0])
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
            answer = who.post(address(route, lambda known: known[0]), b"{}", content_type="application/json")
            check(answer, route)
            assert answer.status_code in (401, 403, 404, 422), (route, answer.status_code)
