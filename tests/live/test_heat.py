"""The heat map: weighed by data, narrowed to the viewer, and honest about what it does not know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chengyun.alerts import actions as alerts
from chengyun.alerts.models import Alert, Incident
from chengyun.cases import actions as cases
from chengyun.cases.models import Case
from chengyun.district import actions as district
from chengyun.kernel import clock, scope
from chengyun.kernel.actor import system
from chengyun.live import heat
from tests.invariants.conftest import PATH, Full


def ask(city: Full, who: str, what: str, **more: Any) -> dict[str, Any]:
    answer = city.client(who).get("/api/live/heat", {"what": what} | more)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    assert all(0 <= point["weight"] <= 1 for point in found["points"])
    assert found["coverage"]["of"] == sum(
        found["coverage"][k] for k in ("counted", "stale", "silent", "unplaced")
    )
    return found


def by_asset(found: dict[str, Any]) -> dict[str, float]:
    return {point["asset"]: point["value"] for point in found["points"]}


def test_density_is_the_newest_count_on_its_ground(city: Full) -> None:
    city.send({"a.people": 250, "b.people": 400, "c.people": 70})
    found = ask(city, "duty", "crowd")
    assert by_asset(found) == {"cnt-a": 2.5, "cnt-b": 8.0}
    weights = {point["asset"]: point["weight"] for point in found["points"]}
    assert weights == {"cnt-a": 0.5, "cnt-b": 1.0}
    assert found["coverage"] == {"of": 4, "counted": 2, "stale": 0, "silent": 1, "unplaced": 1}
    assert (found["unit"], found["suggested"], found["since"]) == ("1/m2", True, None)
    assert [step["level"] for step in found["scale"]] == [4, 3, 2, 1]
    (west,) = [point for point in found["points"] if point["asset"] == "cnt-a"]
    assert (west["lon"], west["lat"], west["area"], west["n"]) == (113.7005, 34.7015, "m-000", 1)
    city.send({"a.people": 100}, key="later")
    assert by_asset(ask(city, "duty", "crowd"))["cnt-a"] == 1.0


def test_what_is_old_is_left_out_and_counted(city: Full) -> None:
    city.send({"a.people": 250, "b.people": 0})
    city.pass_time(seconds=180)
    assert set(by_asset(ask(city, "duty", "crowd"))) == {"cnt-a", "cnt-b"}, "three intervals are still news"
    city.pass_time(seconds=2)
    city.send({"b.people": 0}, key="later")
    found = ask(city, "duty", "crowd")
    assert by_asset(found) == {"cnt-b": 0.0}, "nobody there is a value"
    assert found["coverage"] == {"of": 4, "counted": 1, "stale": 1, "silent": 1, "unplaced": 1}


def test_crowd_is_narrowed_to_the_viewer(city: Full) -> None:
    city.send({"a.people": 250, "b.people": 400})
    west = ask(city, "west", "crowd")
    assert by_asset(west) == {"cnt-a": 2.5} and west["coverage"]["of"] == 3
    assert heat.crowd(scope.NOTHING)["coverage"]["of"] == 0


def places(found: dict[str, Any]) -> dict[str, tuple[float, int]]:
    return {point["asset"] or point["area"]: (point["value"], point["n"]) for point in found["points"]}


def opened(rule: str) -> Alert:
    return Alert.objects.filter(rule__code=rule).latest("pk")


def test_risk_adds_up_by_place(city: Full) -> None:
    city.send({"a.people": 160})  # crowded II and crowded-long: one incident
    city.pass_time(seconds=5)
    city.send({"a.people": 160}, key="later")
    given = heat.weights().risk
    alert, incident = opened("crowded"), Incident.objects.get(alerts__rule__code="crowded")
    found = ask(city, "duty", "risk")
    here = sum(given.alert[a.peak] for a in Alert.objects.filter(asset__code="cnt-a"))
    assert places(found)["cnt-a"] == (here, Alert.objects.filter(asset__code="cnt-a").count())
    assert here >= given.alert[alert.peak] > given.alert[4]
    assert places(found)["tst"][0] >= given.incident[incident.peak], "an incident lies in its own area"
    assert found["since"] and found["coverage"]["unplaced"] == 0


def test_what_was_a_mistake_weighs_nothing(city: Full) -> None:
    city.send({"a.people": 120})
    alert = opened("crowded")
    assert "cnt-a" in places(ask(city, "duty", "risk"))
    alerts.judge(actor=city.at("DUTY"), alert_id=alert.pk, verdict="false")
    found = places(ask(city, "duty", "risk"))
    assert found.get("cnt-a", (0, 0))[1] == Alert.objects.filter(asset__code="cnt-a", verdict=None).count()
    assert "tst" not in found or Incident.objects.filter(alerts__verdict=None, alerts__isnull=False).exists()


def test_a_hazard_that_somebody_saw_weighs_where_it_is(city: Full) -> None:
    for kind, point in (("noise", None), ("smoke", (113.7012, 34.7012))):
        more = {"lon": point[0], "lat": point[1]} if point else {}
        cases.report(
            actor=city.at("GS-0"), kind=kind, condition="plain", area="m-000", description="x", **more
        )
    found = ask(city, "duty", "risk")
    weighed = heat.weights().risk.case
    assert sorted((p["value"], p["n"]) for p in found["points"]) == [(weighed.other, 1), (weighed.urgent, 1)]
    assert (113.7012, 34.7012) in {(p["lon"], p["lat"]) for p in found["points"]}
    assert Case.objects.count() == 2


def test_what_is_over_counts_for_the_hours_asked_for(city: Full) -> None:
    case = cases.report(actor=city.at("GS-0"), kind="noise", condition="plain", area="m-000", description="x")
    for verb, post, given in PATH[:7]:
        cases.move(actor=city.at(post), case_id=case.pk, verb=verb, **given)
    assert not Case.objects.get(pk=case.pk).is_open
    city.clock.advance_to(clock.now() + timedelta(hours=3))
    assert ask(city, "duty", "risk", hours=4)["coverage"]["of"] == 1
    assert ask(city, "duty", "risk", hours=2)["coverage"]["of"] == 0


def test_what_was_declined_was_no_hazard(city: Full) -> None:
    case = cases.report(actor=city.at("GS-0"), kind="noise", condition="plain", area="m-000", description="x")
    assert ask(city, "duty", "risk")["coverage"]["of"] == 1
    cases.move(actor=city.at("DUTY"), case_id=case.pk, verb="decline", reason="not_ours")
    assert ask(city, "duty", "risk")["coverage"]["of"] == 0


def test_risk_is_narrowed_to_the_viewer(city: Full) -> None:
    city.send({"a.people": 120, "b.people": 120})
    assert {"cnt-a", "cnt-b"} <= set(places(ask(city, "duty", "risk")))
    west = ask(city, "west", "risk")
    assert "cnt-a" in places(west) and "cnt-b" not in places(west) and "tst" not in places(west)
    assert heat.risk(scope.NOTHING, 24)["coverage"]["of"] == 0


def test_equipment_is_no_risk_of_its_place(city: Full, monkeypatch: pytest.MonkeyPatch) -> None:
    city.send({"a.people": 120})
    before = ask(city, "duty", "risk")["coverage"]["of"]
    from chengyun.alerts.models import Rule, RuleVersion
    from chengyun.kernel.transaction import write

    version = Rule.objects.get(code="crowded").current
    assert version is not None and before
    with write():
        RuleVersion.objects.filter(pk=version.pk).update(
            body=version.body | {"labels": {"watches": "equipment"}}
        )
    assert ask(city, "duty", "risk")["coverage"]["of"] < before


@pytest.mark.parametrize("query", [
    {}, {"what": "people"}, {"what": "risk", "hours": 0}, {"what": "risk", "hours": "x"},
    {"what": "risk", "hours": heat.MAX_HOURS + 1},
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_name(city: Full, query: dict[str, Any]) -> None:
    answer = city.client("duty").get("/api/live/heat", query)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"].startswith("query.")


@pytest.mark.parametrize("what", ["crowd", "risk"])
def test_the_number_of_queries_is_fixed(city: Full, what: str, django_assert_max_num_queries: Any) -> None:
    def asked() -> None:
        seen = scope.of(user)
        heat.crowd(seen) if what == "crowd" else heat.risk(seen, 24)

    user = city.user("duty")
    asked()
    with django_assert_max_num_queries(9):
        asked()
    city.send(dict.fromkeys(("a.people", "b.people", "c.people", "d.people"), 160))
    for n in range(3):
        cases.report(
            actor=city.at("GS-0"), kind="noise", condition="plain", area=f"m-00{n % 2}", description="x"
        )
    with django_assert_max_num_queries(9):
        asked()


def test_a_counter_out_of_service_is_not_expected(city: Full) -> None:
    city.send({"a.people": 10})
    district.set_in_service(actor=system("test"), code="cnt-a", in_service=False, reason="fault")
    assert ask(city, "duty", "crowd")["coverage"] == {
        "of": 3,
        "counted": 0,
        "stale": 0,
        "silent": 2,
        "unplaced": 1,
    }
