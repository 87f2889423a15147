"""What attacks on HTTP doors share: all routes, addresses with numbers that exist, and what an answer must be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from django.db import models
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from chengyun.alerts.models import Alert, Incident
from chengyun.cases.models import Appeal, Case, Clock, Evidence, Supervision
from chengyun.people.models import Duty, HandOver, Shift, Staff
from chengyun.posture.models import Proposal
from chengyun.server.api import api

DOCUMENT = json.loads(json.dumps(api.get_openapi_schema()))
ATTACKS = settings(
    max_examples=15, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
CODES = {
    "code": ["c0.people", "crowded", "DUTY", "g2-0"],
    "verb": ["file", "close"],
    "kind": ["photo_after", "case", "alert", "no-such-kind"],
    "name": ["reported_too"],
    "identity": ["1", "crowded", "9" * 40],
}
# Where the numbers of a path parameter are found.
NUMBERS: dict[str, type[models.Model]] = {
    "alert_id": Alert, "incident_id": Incident, "case_id": Case, "supervision_id": Supervision, "appeal_id": Appeal,
    "clock_id": Clock, "duty_id": Duty, "hand_over_id": HandOver, "shift_id": Shift, "number": Proposal,
}  # fmt: skip
# What no address should hold, and some do: too large for any column, another script, a NUL, a way up, much of it.
STRANGE = [
    "99999999999999999999",
    "-1",
    "0",
    "1e3",
    "中文",
    "\u0665",
    "\x00",
    "../..",
    "a" * 300,
    " ",
    "é\u0301",
    "%",
]
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_IDEMPOTENCY_KEY": st.sampled_from(["k", "k" * 80, "k" * 81, "é", ""]),
        "HTTP_X_MESSAGE_ID": st.sampled_from(["m", "m" * 201, "\u00ff"]),
        "HTTP_ACCEPT_LANGUAGE": st.sampled_from(
            [
                "en",
                "zz",
                "zh-hans",
                "*;q=x",
                "",
                "," * 400,
                "a" * 5000,
                "\u00ff",
                "en;q=9e9",
                "zh-Hant-TW-x-y",
                "-",
                "0",
            ]
        ),
        "HTTP_AUTHORIZATION": st.sampled_from(["Bearer", "Bearer x", "Basic eDp5", "Bearer \u00ff"]),
        "HTTP_ACCEPT": st.sampled_from(["text/html", "application/xml"]),
    },
)


def routes(method: str) -> list[str]:
    return sorted(path for path, operations in DOCUMENT["paths"].items() if method in operations)


def known(name: str) -> list[str]:
    """Values of a path parameter that exist in the district at hand."""
    if name == "ref":
        refs = Evidence.objects.values_list("ref", flat=True), Staff.objects.values_list("ref", flat=True)
        return [ref for some in refs for ref in some[:2]] + ["p-x"]
    if name in NUMBERS:
        newest = NUMBERS[name]._default_manager.order_by("-pk").values_list("pk", flat=True)[:12]
        return [str(number) for number in newest] or ["1"]
    return CODES.get(name, ["x"])


def address(route: str, method: str, choose: Callable[[str, list[str]], str | None]) -> str:
    """The route with something in place of each of its parameters; `choose` gets (place, values that exist)."""
    query = {}
    for part in DOCUMENT["paths"][route][method].get("parameters", []):
        name = part["name"]
        value = choose(part["in"], known(name))
        if part["in"] == "path":
            route = re.sub(rf"\{{(\w+:)?{name}\}}", lambda found, v=value: quote(v or "", safe=""), route)
        elif part["in"] == "query" and value is not None:
            query[name] = value
    return f"{route}?{urlencode(query, errors='surrogatepass')}" if query else route


def first(place: str, values: list[str]) -> str | None:
    """What exists in the address, nothing in the query."""
    return values[0] if place == "path" else None


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def check(answer: Any, what: object) -> None:
    """An answer as documented: 2xx, or a problem that says what and why. 503 would say that the database is away."""
    content = b"" if answer.streaming else answer.content[:500]
    assert answer.status_code < 500, (what, answer.status_code, content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", (
            what,
            answer.status_code,
            answer["Content-Type"],
        )
        problem = answer.json()
        assert problem["status"] == answer.status_code and problem["code"] and problem["detail"], what
        if answer.status_code == 422 and problem["code"] == "invalid":
            assert all(error["field"] and error["reason"] for error in problem["errors"]), (what, problem)
