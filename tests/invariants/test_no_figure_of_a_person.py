"""Invariant 11 beyond names: nothing that is asked of the platform, by a list, an address or a statement, sums up by person.

One's own is one's own: /me is let through. A registry of people may list them; it counts nothing of what they did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Count
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from chengyun.alerts import queries as alerts
from chengyun.cases import queries as cases
from chengyun.kernel.scope import ALL
from chengyun.people.models import Duty, Staff
from chengyun.server.api import api
from tests.house.persons import leads_to_who, people, who_columns
from tests.invariants.conftest import Full

DOCUMENT = api.get_openapi_schema()
GETS = sorted(path for path, operations in DOCUMENT["paths"].items() if "get" in operations)
PAGES = sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)
_WHO = re.compile(r"^(staff|person|people|user|username|actor|by|reporter|handler|who|\w+_by)(_id|_ref)?$")
_GROUPED = re.compile(r"GROUP BY (.+?)(?: HAVING | ORDER BY | LIMIT |\)|$)", re.S)
_COLUMN = re.compile(r'(?:"(\w+)"|\b(\w+))\.(?:"(\w+)"|(\w+))')


# ---- lists of the admin ----


@pytest.mark.parametrize(
    ("model", "page"), [pytest.param(model, page, id=model._meta.label) for model, page in PAGES]
)
def test_no_list_is_filtered_or_ordered_by_who(model: Any, page: Any, full: Full) -> None:
    request = RequestFactory().get("/admin/")
    request.user = full.user("keeper")
    asked = [getattr(item, "parameter_name", item) for item in map(_first, page.get_list_filter(request))]
    asked += [page.date_hierarchy or ""]
    if model not in people():  # a telephone book is in the order of names
        asked += [str(name) for name in (*page.get_ordering(request), *model._meta.ordering)]
    assert not [name for name in asked if name and (leads_to_who(model, name) or _WHO.match(name))], page


def _first(item: Any) -> Any:
    return item[0] if isinstance(item, tuple) else item


def test_nor_by_an_address_that_the_list_does_not_offer(full: Full) -> None:
    """Django takes any column of a table from the address: /admin/people/duty/?staff=7 would be a person's own figure."""
    full.all(160)
    client = full.client("keeper")
    looked = 0
    for model, _ in PAGES:
        columns = [f for f in model._meta.concrete_fields if leads_to_who(model, f.name)]
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for lookup in [
            f"{f.name}{ending}" for f in columns for ending in ("", "__exact", "__isnull", "__in")
        ]:
            answer = client.get(place, {lookup: "1"})
            assert answer.status_code in (400, 403), (place, lookup, answer.status_code)
            looked += 1
    assert looked > 40
    for lookup in ("staff__ref", "staff__id__exact", "shift__duties__staff", "post__duties__staff__name"):
        assert client.get("/admin/people/duty/", {lookup: "1"}).status_code == 400, lookup
    assert client.get("/admin/people/duty/", {"state__exact": "serving"}).status_code == 200


# ---- addresses of the API ----


def test_no_address_asks_about_a_person() -> None:
    found = []
    for path in GETS:
        if "/me" in path:
            continue
        asked = [
            p["name"] for p in DOCUMENT["paths"][path]["get"].get("parameters", []) if p["in"] == "query"
        ]
        found += [f"{path}?{name}" for name in asked if _WHO.match(name)]
        if re.search(r"/(staff|people|persons?|users?)/\{", path):
            found.append(path)
    assert not found


def test_an_address_that_is_not_offered_is_not_taken(full: Full) -> None:
    """A parameter nobody declared changes nothing of the answer."""
    full.all(160)
    client = full.client("duty")
    ref = Staff.objects.filter(pack_ref="n-10").values_list("ref", flat=True).get()
    for path in (path for path in GETS if "{" not in path and not path.endswith(("/me", "/csrf"))):
        plain = client.get(path)
        if plain.status_code == 200 and not plain.streaming:
            for name in ("staff", "user", "by", "actor", "acknowledged_by", "staff_id"):
                assert client.get(path, {name: ref}).content == plain.content, (path, name)


# ---- statements, as the database sees them ----


def by_person(statement: str) -> list[str]:
    """The columns by which a statement groups persons. With the row's own key beside it, each row stands alone."""
    who, found = who_columns(), []
    keys = {model._meta.db_table: model._meta.pk.column for model in apps.get_models()}
    for clause in _GROUPED.findall(statement):
        # "GROUP BY 1" speaks of the first of what is selected.
        chosen = statement[len("SELECT ") : statement.index(" FROM ")].split(", ")
        clause += ", ".join(chosen[int(place) - 1] for place in re.findall(r"(?<![\w.])\d+(?![\w.])", clause))
        columns = {(a or b, c or d) for a, b, c, d in _COLUMN.findall(clause)}
        for table, column in columns:
            if column in who.get(table, ()) and (table, keys.get(table, "id")) not in columns:
                found.append(f"{table}.{column}")
    return found


def statements(full: Full) -> Iterator[str]:
    """Everything that reading pages, lists and figures asks of the database."""
    clients = [full.client(name) for name in ("duty", "keeper", "audit")]
    with CaptureQueriesContext(connection) as seen:
        for client in clients:
            for path in (path for path in GETS if "{" not in path):
                client.get(path)
            for model, _ in PAGES:
                client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
        cases.figures()
        cases.board(ALL, limit=50)
        alerts.history()
    yield from (row["sql"] for row in seen.captured_queries)


def test_no_statement_groups_by_who(full: Full) -> None:
    full.all(160)
    asked = list(statements(full))
    assert sum("GROUP BY" in statement for statement in asked) > 0, (
        "the net is torn: nothing was grouped at all"
    )
    assert not [(column, statement) for statement in asked for column in by_person(statement)]


def test_a_statement_that_did_would_be_seen(db: None) -> None:
    bad = [
        Duty.objects.values("staff").annotate(n=Count("pk")),
        Duty.objects.values("post", "staff__name").annotate(n=Count("pk")),
        Staff.objects.values("name").annotate(n=Count("duties")),
        get_user_model().objects.values("username").annotate(n=Count("pk")),
    ]
    for rows in bad:
        assert by_person(str(rows.query)), rows.query
    for rows in (
        Duty.objects.values("post").annotate(n=Count("pk")),
        Staff.objects.values("department").annotate(n=Count("pk")),
        Duty.objects.annotate(n=Count("shift")),
    ):
        assert not by_person(str(rows.query)), rows.query
