"""What a console needs of cases: verbs with what they take, queues, a report by hand that joins what is known already."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from chengyun.cases import queries
from chengyun.cases.logic.arguments import ARGUMENTS
from chengyun.cases.models.case import SOURCES
from chengyun.cases.shapes import CaseDetail, CaseSource, CaseStateOut, QueueId, ReportedOut
from chengyun.district.logic.distance import metres
from chengyun.district.models import Asset, Building
from chengyun.kernel import scope
from chengyun.kernel.transaction import write


def client(world: Any, code: str, language: str = "zh-CN") -> Client:
    person = world.posts[code].standing
    if person.user is None:
        with write():
            person.user = get_user_model().objects.create(username=code.lower(), is_staff=True)
            person.save()
    found = Client(headers={"Accept-Language": language})
    found.force_login(person.user)
    return found


def verbs(world: Any, code: str, case: Any, language: str = "zh-CN") -> dict[str, Any]:
    answer = client(world, code, language).get(f"/api/cases/{case.pk}")
    assert answer.status_code == 200, answer.content
    CaseDetail.model_validate(answer.json())
    return {row["verb"]: row for row in answer.json()["verbs"]}


def names(row: dict[str, Any], required: bool) -> set[str]:
    return {one["name"] for one in row["arguments"] if one["required"] is required}


def test_a_verb_says_what_it_takes(world):
    case = world.report()
    shown = verbs(world, "DUTY", case)
    assert shown["decline"]["allowed"] and names(shown["decline"], True) == {"reason"}
    assert shown["file"]["allowed"] and "reason" in names(shown["file"], False)
    world.move(case, "file", "DUTY")
    dispatch = verbs(world, "DISP", case)["dispatch"]
    assert names(dispatch, True) == set() and "post" in names(dispatch, False)
    assert {one["form"] for one in dispatch["arguments"]} == {"post", "text"}
    assert all(one["label_zh"] and one["label_en"] for one in dispatch["arguments"])
    merge = verbs(world, "DISP", case)["merge"]
    assert names(merge, True) == {"into"}


def test_what_is_asked_for_is_what_the_move_then_wants(world):
    """With the required arguments given the verb is done; with one of them left out it is refused for that one."""
    case = world.report()
    row = verbs(world, "DUTY", case)["decline"]
    assert names(row, True) == {"reason"}
    door = client(world, "DUTY")

    def move(**args: str) -> Any:
        body = {"verb": "decline"} | args
        return door.post(f"/api/cases/{case.pk}/move", body, content_type="application/json")

    refused = move()
    assert refused.status_code == 422 and refused.json()["field"] == "reason"
    done = move(reason="重复")
    assert done.status_code == 200 and CaseStateOut.model_validate(done.json()).state == "declined"


def test_a_condition_or_a_description_left_open_is_asked_for(world):
    case = world.report("DUTY", kind="manhole", condition=None, description="")
    file = verbs(world, "DUTY", case)["file"]
    assert file["allowed"] and "condition" in names(file, True)


def test_a_refused_verb_says_why_in_the_readers_language(world):
    case = world.report()
    zh, en = verbs(world, "DUTY", case)["dispatch"], verbs(world, "DUTY", case, "en")["dispatch"]
    assert not zh["allowed"] and zh["code"] == en["code"]
    assert zh["reason"] != en["reason"] and en["reason"].isascii() and en["hint"].isascii()
    assert (zh["name_zh"], zh["name_en"]) == (en["name_zh"], en["name_en"]) and en["name"] == en["name_en"]
    grid = verbs(world, "GS-m", case)["file"]
    assert grid["code"] == "not_allowed" and grid["arguments"] == []


def test_every_argument_of_a_move_is_known(world):
    from chengyun.cases.shapes import ArgumentOut, MoveIn

    assert set(ARGUMENTS) == set(MoveIn.model_fields) - {"verb"}
    assert set(ARGUMENTS) == set(ArgumentOut.model_fields["name"].annotation.__args__)


def test_closed_lists_are_the_same_everywhere():
    assert set(CaseSource.__args__) == {code for code, _ in SOURCES}
    assert set(QueueId.__args__) == set(queries.QUEUES)


@pytest.mark.parametrize(
    ("upto", "queue"),
    [
        (None, "to_file"),
        ("file", "to_dispatch"),
        ("dispatch", "to_sign"),
        ("sign_for", None),
        ("settle", "to_check"),
        ("post_fix_check", "to_close"),
        ("close", "to_call_back"),
        ("call_back", None),
    ],
)
def test_a_case_stands_in_the_queue_of_what_is_next(world, upto, queue):
    case = world.report(reporter={"name": "李四", "phone": "1"})
    if upto is not None:
        case = world.through(case, upto)
    standing = {code for code, row in queries.waiting(scope.ALL).items() if row.count}
    assert standing - {"due_soon", "overdue"} == ({queue} if queue else set())
    if queue:
        listed = client(world, "DUTY").get("/api/cases", {"queue": queue}).json()["items"]
        assert [row["id"] for row in listed] == [case.pk]
    assert client(world, "DUTY").get("/api/cases", {"queue": "nothing"}).status_code == 422


def test_nobody_is_called_back_who_did_not_report(world):
    world.through(world.report(), "close")
    assert queries.waiting(scope.ALL)["to_call_back"].count == 0


def test_time_queues_follow_the_clock(world):
    world.report()
    assert queries.waiting(scope.ALL)["due_soon"].count == 1, "15 minutes to accept"
    assert queries.waiting(scope.ALL)["overdue"].count == 0
    world.pass_time(minutes=16)
    found = queries.waiting(scope.ALL)
    assert (found["due_soon"].count, found["overdue"].count) == (0, 1)
    assert found["overdue"].oldest is not None


def test_a_phone_call_with_the_fewest_fields(world):
    door = client(world, "DUTY")
    body = {"kind": "noise", "source": "phone", "area": "m"}
    made = door.post("/api/cases", body, content_type="application/json")
    assert made.status_code == 200, made.content
    shown = ReportedOut.model_validate(made.json())
    assert shown.case is not None and shown.case.source == "phone" and not shown.joined
    body["source"] = "rumour"
    assert door.post("/api/cases", body, content_type="application/json").status_code == 422
    listed = door.get("/api/cases/catalogue").json()
    by_hand = {row["code"]: row for row in listed["sources"] if row["by_hand"]}
    assert {"phone", "radio", "walk_in"} <= set(by_hand) and "sensor" not in by_hand
    assert by_hand["phone"]["checked"] and not by_hand["radio"]["checked"]
    assert by_hand["radio"]["zh"] == "对讲机" and by_hand["radio"]["en"] == "radio"
    kind = next(row for row in listed["kinds"] if row["code"] == "noise")
    assert kind["initials"] and kind["initials"].isascii()


def test_a_place_may_be_a_thing_or_a_building(world):
    with write():
        Asset.objects.create(
            code="gate-1",
            kind="gate",
            name_zh="门",
            name_en="Gate",
            area=world.areas["m"],
            lon=113.71,
            lat=34.77,
        )
        square = [[113.72, 34.77], [113.722, 34.77], [113.722, 34.772], [113.72, 34.772], [113.72, 34.77]]
        Building.objects.create(
            code="b-1", name_zh="楼", name_en="House", kind="office", area=world.areas["m"],
            geometry={"type": "Polygon", "coordinates": [square]},
        )  # fmt: skip
    door = client(world, "DUTY")
    for place, lon in (({"asset": "gate-1"}, 113.71), ({"building": "b-1"}, 113.721)):
        made = door.post("/api/cases", {"kind": "noise"} | place, content_type="application/json")
        assert made.status_code == 200, made.content
        case = made.json()["case"]
        assert case["area"] == "m" and abs(case["lon"] - lon) < 0.001
    nowhere = door.post("/api/cases", {"kind": "noise", "asset": "none"}, content_type="application/json")
    assert nowhere.status_code == 422 and nowhere.json()["field"] == "asset"
    bare = door.post("/api/cases", {"kind": "noise"}, content_type="application/json")
    assert bare.json()["code"] == "place_needed"


def test_what_is_known_already_is_found_before_it_is_reported_again(world):
    near = world.report(lon=113.7200, lat=34.7700)
    world.report(lon=113.7300, lat=34.7700)
    world.report(kind="manhole", condition="damaged", lon=113.7200, lat=34.7700)
    elsewhere = world.report("DUTY", area=world.areas["b"])
    door = client(world, "DUTY")
    found = door.get("/api/cases/like", {"kind": "noise", "lon": 113.7205, "lat": 34.7700}).json()
    assert [row["id"] for row in found] == [near.pk] and 40 < found[0]["distance_m"] < 50
    by_area = door.get("/api/cases/like", {"kind": "noise", "area": "b"}).json()
    assert [(row["id"], row["distance_m"]) for row in by_area] == [(elsewhere.pk, None)]
    grid = client(world, "GS-m")
    assert grid.get("/api/cases/like", {"kind": "noise", "area": "b"}).status_code == 404
    assert door.get("/api/cases/like", {"kind": "noise"}).json()["code"] == "place_needed"


def test_a_distance_is_that_of_the_map():
    assert round(metres(113.72, 34.77, 113.72, 34.78)) == 1112
    assert round(metres(113.72, 34.77, 113.73, 34.77)) == 913


def test_rates_say_what_they_are_made_of(world):
    world.through(world.report(), "close")
    door = client(world, "DUTY", "en")
    period = {"since": "2023-12-01T00:00:00+08:00", "until": "2024-12-01T00:00:00+08:00"}
    [row] = door.get("/api/cases/evaluation", period).json()
    assert row["name_zh"] and row["name_en"]
    for rate in row["rates"]:
        assert all(
            rate[f"{part}_{language}"]
            for part in ("label", "numerator", "denominator")
            for language in ("zh", "en")
        )
        assert (rate["value"] is None) == (rate["denominator"] == 0)
