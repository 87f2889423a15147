"""How somebody likes their screen: a closed shape, one row, theirs alone, and gone with them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import NotAllowed
from chengyun.kernel.models import Command, JournalEntry
from chengyun.live.models import CommandLog
from chengyun.people import actions, actors, queries
from chengyun.people.models import Preference, Staff
from chengyun.people.preferences import MAX_BYTES, Preferences
from chengyun.server.api import api
from tests.people import small

PATH = "/api/people/me/preferences"
FULL: dict[str, Any] = {
    "theme": "dark",
    "language": "zh",
    "layers": {"ring": True, "micro": False, "heat_crowd": True},
    "sound": {"volume": 0.4, "muted": False},
    "start": {"lon": 113.7, "lat": 34.7, "zoom": 15.5, "bearing": -20, "pitch": 50},
    "lists": {"incidents": {"levels": [1, 2], "group": "place"}, "cases": {"area": "g2-0", "overdue": True}},
}


def user(name: str) -> Any:
    return get_user_model().objects.get(username=name)


def client(name: str) -> Client:
    found = Client(raise_request_exception=False)
    found.force_login(user(name))
    return found


def put(browser: Client, body: Any, **more: Any) -> Any:
    return browser.put(PATH, body, content_type="application/json", **more)


@pytest.fixture
def browser(loaded) -> Client:
    return client("duty")


def chosen(value: Any) -> Any:
    """Without what was not chosen."""
    if isinstance(value, dict):
        return {k: v for k, v in ((k, chosen(v)) for k, v in value.items()) if v not in (None, {})}
    return value


def test_nothing_is_chosen_at_first(loaded):
    answer = client("duty").get(PATH)
    assert answer.status_code == 200 and chosen(answer.json()) == {}
    assert not Preference.objects.exists(), "asking keeps nothing"


def test_what_is_kept_comes_back(loaded):
    browser = client("duty")
    assert chosen(put(browser, FULL).json()) == FULL
    assert chosen(browser.get(PATH).json()) == FULL
    assert chosen(client("keeper").get(PATH).json()) == {}, "nobody sees another's"


def test_the_same_again_changes_nothing_and_less_takes_away(loaded, django_assert_num_queries):
    browser = client("duty")
    first, again = put(browser, FULL), put(browser, FULL)
    assert first.json() == again.json() and Preference.objects.count() == 1
    body = Preference.objects.get().body
    actions.set_preferences(actors.of_user(user("duty")), preferences=Preferences.model_validate(FULL))
    assert Preference.objects.get().body == body
    assert chosen(put(browser, {"theme": "light"}).json()) == {"theme": "light"}
    assert chosen(browser.get(PATH).json()) == {"theme": "light"}


def test_neither_the_journal_nor_any_log_has_it(running):
    counts = [JournalEntry.objects.count(), CommandLog.objects.count(), Command.objects.count()]
    put(client("duty"), FULL, headers={"Idempotency-Key": "k"})
    assert [JournalEntry.objects.count(), CommandLog.objects.count(), Command.objects.count()] == counts
    assert {field.name for field in Preference._meta.get_fields()} == {"user", "body"}, "no time stands in it"


def test_it_goes_with_the_person(running):
    person = Staff.objects.get(user=user("keeper"))
    put(client("keeper"), FULL)
    put(client("duty"), {"theme": "light"})
    actions.erase_person(small.TEST, person.ref)
    assert list(Preference.objects.values_list("user__username", flat=True)) == ["duty"]


@pytest.mark.parametrize(("change", "field"), [
    ({"themes": "dark"}, "themes"),
    ({"theme": "pink"}, "theme"),
    ({"language": "fr"}, "language"),
    ({"layers": {"rings": True}}, "layers.rings"),
    ({"layers": {"ring": "perhaps"}}, "layers.ring"),
    ({"sound": {"volume": 1.1}}, "sound.volume"),
    ({"sound": {"volume": "NaN"}}, "sound.volume"),
    ({"start": {"lon": 113.7}}, "start.lat"),
    ({"start": {"lon": 200, "lat": 0, "zoom": 3}}, "start.lon"),
    ({"start": {"lon": 0, "lat": 0, "zoom": 99}}, "start.zoom"),
    ({"lists": {"people": {}}}, "lists.people"),
    ({"lists": {"cases": {"levels": [5]}}}, "lists.cases.levels.0"),
    ({"lists": {"cases": {"levels": [1] * 5}}}, "lists.cases.levels"),
    ({"lists": {"cases": {"area": "x" * 41}}}, "lists.cases.area"),
    ({"lists": {"cases": {"area": "张三"}}}, "lists.cases.area"),
    ([], ""),
])  # fmt: skip
def test_anything_else_is_refused_by_name(loaded, change, field):
    answer = put(client("duty"), change)
    assert answer.status_code == 422, answer.content
    assert any(error["field"].endswith(field) for error in answer.json()["errors"]), answer.json()
    assert not Preference.objects.exists()


def test_more_than_eight_kilobytes_are_refused(loaded):
    long = json.dumps(FULL) + " " * MAX_BYTES
    answer = client("duty").generic("PUT", PATH, long, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_only_a_log_in_has_preferences(loaded):
    for actor in (system("worker"), Actor(ref="p-x"), actors.ANONYMOUS):
        with pytest.raises(NotAllowed):
            actions.set_preferences(actor, preferences=Preferences())
    assert Client().get(PATH).status_code == 401
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(user("duty"))
    assert put(checked, FULL).status_code in (401, 403)


def test_what_an_older_console_kept_is_forgotten_rather_than_shown_wrong(loaded):
    from chengyun.kernel.transaction import write

    with write():
        Preference.objects.create(user=user("duty"), body='{"theme": "sepia"}')
    assert queries.preferences(user("duty")) == Preferences()
    put(client("duty"), FULL)
    assert chosen(client("duty").get(PATH).json()) == FULL


SCHEMA = api.get_openapi_schema()["components"]["schemas"]
NAMES = sorted(
    {
        name
        for shape in ("Preferences", "Layers", "Filters", "StartView")
        for name in SCHEMA[shape]["properties"]
    }
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["dark", "zh", "place", "g2-0", "\x00", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, "x"]), inner, max_size=4)
    ),
    max_leaves=14,
)


@given(st.dictionaries(st.sampled_from([*NAMES, "x"]), VALUES, max_size=6))
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_body_breaks_it_and_what_is_taken_comes_back(browser, body):
    answer = browser.generic("PUT", PATH, json.dumps(body), content_type="application/json")
    if answer.status_code == 200:
        assert browser.get(PATH).json() == answer.json()
        assert len(Preference.objects.get(user=user("duty")).body) <= MAX_BYTES
    else:
        assert answer.status_code == 422 and answer.json()["code"] == "invalid", answer.content
