"""One incident, one card: what it shows, to whom, and what may be done with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chengyun.alerts import actions as alerts
from chengyun.alerts.models import Alert, Incident
from chengyun.cases import actions as cases
from chengyun.kernel import clock
from chengyun.live.card.settings import WalkingPace
from tests.invariants.conftest import Full


@pytest.fixture
def crowd(city: Full) -> Incident:
    """An incident with alerts in both halves of the district."""
    city.send({"a.people": 90, "b.people": 90})
    city.pass_time(minutes=1)
    city.send({"a.people": 160, "b.people": 120})
    return Incident.objects.get(alerts__rule__code="crowded", alerts__asset__code="cnt-a")


def card(city: Full, incident: int, who: str = "duty", code: int = 200, **query: str) -> dict[str, Any]:
    language = {"Accept-Language": query.pop("language", "zh-CN")}
    answer = city.client(who).get(f"/api/live/incidents/{incident}/card", query, headers=language)
    assert answer.status_code == code, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_what_it_is_about(city: Full, crowd: Incident) -> None:
    found = card(city, crowd.pk)
    assert found["incident"]["id"] == crowd.pk
    assert {row["id"] for row in found["alerts"]} == set(crowd.alerts.values_list("id", flat=True))
    line = next(row for row in found["trends"] if row["key"] == "datastream:a.people")
    assert line["kind"] == "datastream" and line["unit"] == "person" and not line["stale"]
    assert line["latest"] == 160 and line["series"]["mean"][-1] == 160 and line["series"]["mean"][0] is None
    assert len(line["series"]["mean"]) <= 241
    levels = {(row["rule"], row["level"]): row["set"] for row in line["thresholds"] if row["in_force"]}
    assert levels["crowded", 2] == 150 and levels["crowded", 3] == 100


def test_why_it_is_there_in_sentences(city: Full, crowd: Incident) -> None:
    why = card(city, crowd.pk)["why"]
    opened = next(row for row in why if row["kind"] == "alert.opened" and row["subject"].startswith("alert:"))
    assert "值" in opened["zh"] and "value" in opened["en"] and "limit" in opened["en"]
    assert opened["observations"][0]["unit"] == "person"
    assert [row["entry"] for row in why] == sorted(row["entry"] for row in why)


def test_at_a_moment_nothing_of_later_is_shown(city: Full, crowd: Incident) -> None:
    then = clock.now()
    city.pass_time(minutes=1)
    city.send({"a.people": 300})
    alerts.acknowledge_incident(actor=city.at("DUTY"), incident_id=crowd.pk)
    past = card(city, crowd.pk, at=then.isoformat())
    line = next(row for row in past["trends"] if row["key"] == "datastream:a.people")
    assert 300 not in line["series"]["max"] and line["latest"] in (90, 160)
    assert "alert.acknowledged" not in [row["kind"] for row in past["why"]]
    assert "alert.acknowledged" in [row["kind"] for row in card(city, crowd.pk)["why"]]


def test_who_and_what_is_near(city: Full, crowd: Incident) -> None:
    found = card(city, crowd.pk)
    far = [row["distance_m"] for row in found["posts"]]
    assert far == sorted(far)
    assert found["walking"]["suggested"] and "建议值" in found["walking"]["zh"]
    for row in found["posts"]:
        assert row["walk_s"] >= row["distance_m"] / found["walking"]["speed_m_s"], "a way is no straight line"
    assert not found["positions_shown"] and found["positions"] == [] and found["positions_why_zh"]
    assert all(row["distance_m"] <= found["camera_range_m"] for row in found["cameras"])
    assert found["plan"]["plan"] is None, "no plan is loaded"


def test_walking_time_is_the_way_over_the_pace() -> None:
    assert WalkingPace(speed_m_s=1.2, detour=1.5).seconds(120) == 150


def test_what_one_may_do_and_why_not(city: Full, crowd: Incident) -> None:
    found = {row["action"]: row for row in card(city, crowd.pk)["actions"]}
    assert found["acknowledge"]["allowed"] and found["judge"]["allowed"] and found["shelve"]["allowed"]
    assert set(found["judge"]["targets"]) == set(crowd.alerts.values_list("id", flat=True))
    assert found["dispatch"]["code"] == "nothing_to_do" and found["dispatch"]["hint"]
    alerts.acknowledge_incident(actor=city.at("DUTY"), incident_id=crowd.pk)
    after = {row["action"]: row for row in card(city, crowd.pk, language="en")["actions"]}
    assert not after["acknowledge"]["allowed"] and after["acknowledge"]["reason"].isascii()
    audit = {row["action"]: row for row in card(city, crowd.pk, who="audit")["actions"]}
    assert not any(row["allowed"] for row in audit.values())
    assert all(row["reason"] for row in audit.values())
    assert audit["judge"]["code"] == "not_allowed"


def test_its_cases_may_be_dispatched_from_it(city: Full, crowd: Incident) -> None:
    number = cases.report(
        actor=city.at("DUTY"), kind="noise", condition="plain", area="m-000", description="x",
        alert_ids=[crowd.alerts.earliest("pk").pk],
    ).pk  # fmt: skip
    cases.move(actor=city.at("DUTY"), case_id=number, verb="file")
    found = card(city, crowd.pk)
    assert [row["id"] for row in found["cases"]] == [number]
    assert next(row for row in found["actions"] if row["action"] == "dispatch")["targets"] == [number]
    assert found["plan"]["closing"][0]["kind"] == "noise" and found["plan"]["closing"][0]["closing_en"]
    assert any(f"#{number}" in row["why_zh"] for row in found["call"])


def test_a_grid_worker_sees_nothing_of_another_grid(city: Full, crowd: Incident) -> None:
    card(city, crowd.pk, who="west", code=404)
    east = Alert.objects.filter(asset__code="cnt-b").earliest("pk")
    west = Alert.objects.filter(asset__code="cnt-a").earliest("pk")
    client = city.client("west")
    assert client.get(f"/api/live/alerts/{east.pk}/card").status_code == 404
    own = client.get(f"/api/live/alerts/{west.pk}/card")
    assert own.status_code == 200 and own.json()["trends"] == [], "they read no signals"
    assert "cnt-b" not in own.content.decode() and "b.people" not in own.content.decode()


def test_names_only_for_those_who_may_read_them(city: Full, crowd: Incident) -> None:
    assert any(row["staff"]["name"] for row in card(city, crowd.pk)["call"])
    for row in card(city, crowd.pk, who="audit")["call"]:
        assert row["staff"] is None or row["staff"]["name"] is None


def test_the_cost_does_not_grow_with_the_alerts(city: Full, crowd: Incident) -> None:
    client = city.client("duty")
    path = f"/api/live/incidents/{crowd.pk}/card"

    def cost() -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as counted:
            assert client.get(path).status_code == 200
        return len(counted)

    first = cost()
    city.pass_time(minutes=1)
    city.send({"c.people": 160, "d.people": 160, "c0.people": 170, "c1.people": 170})
    assert crowd.alerts.count() > 2
    assert cost() <= first + 1, "a part of a list of numbers more, and nothing by alert"
