"""Posts on the map: where they stand, whether somebody is there, who answers; never who it is."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chengyun.kernel.scope import ALL, NOTHING
from chengyun.people import actions, queries
from chengyun.people.models import Staff
from tests.people import small


def shown(name: str) -> dict[str, dict]:
    client = Client()
    client.force_login(get_user_model().objects.get(username=name))
    answer = client.get("/api/people/posts/map")
    assert answer.status_code == 200, answer.content
    return {row["code"]: row for row in answer.json()}


def place(code: str, **values):
    actions.save_post(small.TEST, code=code, **values)


def test_a_post_with_a_place_stands_on_the_map(running):
    assert shown("duty") == {
        "FP-1": {
            "code": "FP-1",
            "kind": "fixed",
            "kind_zh": "固定岗",
            "kind_en": "Fixed post",
            "name_zh": "固定岗",
            "name_en": "Fixed post",
            "area": "d-1",
            "area_zh": "区域d-1",
            "area_en": "Area d-1",
            "department": None,
            "lon": 113.702,
            "lat": 34.702,
            "manned": False,
            "answers": "LEAD",
        }
    }


def test_manned_is_who_serves_at_this_very_post(running):
    place("LEAD", lon=113.701, lat=34.701)
    place("CMD", lon=113.703, lat=34.703)
    found = shown("duty")
    assert (found["LEAD"]["manned"], found["LEAD"]["answers"]) == (True, "LEAD")
    # A standing holder answers, and is not said to be there.
    assert (found["CMD"]["manned"], found["CMD"]["answers"]) == (False, "CMD")


def test_who_answers_may_be_nobody(loaded):
    assert shown("duty")["FP-1"]["answers"] == "CMD", "the commander stands behind it before any roster"
    place("CMD", standing=None)
    place("DUTY", standing=None)
    assert shown("duty")["FP-1"]["answers"] is None


def test_what_is_out_of_service_or_elsewhere_is_not_there(running):
    place("GS-1", lon=113.705, lat=34.701)
    assert set(shown("duty")) == {"FP-1", "GS-1"}
    assert set(shown("west")) == {"FP-1"}, "a worker of g2-0 sees nothing of g2-1"
    place("GS-1", in_service=False)
    assert set(shown("duty")) == {"FP-1"}
    assert queries.posts_on_map(NOTHING) == []


def test_no_person_is_named(running):
    place("LEAD", lon=113.701, lat=34.701)
    text = json.dumps(shown("keeper"), ensure_ascii=False)
    for person in Staff.objects.exclude(name=""):
        assert person.name not in text and person.phone not in text and person.ref not in text


def test_the_number_of_queries_is_fixed(running):
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            queries.posts_on_map(ALL)
        return len(asked)

    queries.posts_on_map(ALL)
    before = count()
    for n, code in enumerate(("GS-0", "GS-1", "LEAD", "DUTY", "DISP", "CMD", "VERIFY", "GL-0")):
        place(code, lon=113.7 + n / 1000, lat=34.7)
    queries.posts_on_map(ALL)
    assert len(queries.posts_on_map(ALL)) == 9
    assert count() == before <= 6


def test_nobody_sees_it_without_logging_in(running):
    assert Client().get("/api/people/posts/map").status_code == 401


@pytest.mark.parametrize("path", ["posts/map", "me/preferences"])
def test_nothing_else_answers_there(running, path):
    client = Client()
    client.force_login(get_user_model().objects.get(username="duty"))
    assert client.delete(f"/api/people/{path}").status_code == 405
