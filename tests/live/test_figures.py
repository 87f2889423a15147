"""Trends and what recurs: gaps stay gaps, a sum says what it lacks, and nothing is read that came later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from chengyun.cases import actions as cases
from chengyun.cases.models import Case
from chengyun.kernel import clock
from chengyun.kernel.transaction import write
from chengyun.live.figures import recurrence, series
from chengyun.signals.actions import service, upkeep
from chengyun.signals.models import Datastream
from tests.chaos.district import STREAMS
from tests.invariants.conftest import Full

# The eight counters of the chaos district and the four of the city, of which the fixture sends what a test says.
ALL = 12


def ask(city: Full, path: str, who: str = "duty", code: int = 200, **query: Any) -> dict[str, Any]:
    given = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in query.items()
    }
    answer = city.client(who).get(f"/api/live/{path}", given)
    assert answer.status_code == code, answer.content
    found: dict[str, Any] = answer.json()
    return found


def allow(city: Full, who: str) -> None:
    """`west` is a grid worker, who reads no signals: for this test they may, in their grid."""
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people

    people.grant_role(system("test"), user_id=city.user(who).pk, role="dispatcher", area="g2-0")


def test_a_total_says_how_much_of_it_is_known(city: Full) -> None:
    begin = clock.now()
    city.all(10)
    city.send(dict.fromkeys(("a.people", "b.people", "c.people", "d.people"), 5), key="x")
    for _ in range(4):
        city.pass_time(minutes=1)
        city.all(20)
    found = ask(city, "trends", area="tst", since=begin, step=60)
    line = found["people"]["series"]
    assert (found["people"]["quantity_zh"], line["of"], line["step_s"]) == ("在场人数", ALL, 60)
    assert line["have"][0] == ALL and line["mean"][0] == 8 * 10 + 4 * 5
    assert line["have"][2] == ALL, "a value counts for three intervals"
    assert line["have"][-1] == 8 and line["mean"][-1] == 160
    assert found["people"]["lower_bound"] and found["people"]["latest_have"] == 8
    assert found["forecast"] is None
    [source] = found["sources"]
    assert source["source"] == "gw" and source["age_s"] == 0


def test_where_nothing_was_said_there_is_nothing(city: Full) -> None:
    begin = clock.now()
    city.pass_time(minutes=5)
    found = ask(city, "trends", area="tst", since=begin, step=60)["people"]
    assert set(found["series"]["mean"]) == {None} and set(found["series"]["have"]) == {0}
    assert found["latest"] is None and found["latest_at"] is None and found["lower_bound"]


def test_a_replay_sees_nothing_of_what_came_later(city: Full) -> None:
    begin = clock.now()
    city.all(10)
    city.pass_time(seconds=30)
    then = clock.now()
    city.pass_time(seconds=10)
    city.all(99)
    city.pass_time(minutes=5)
    upkeep.roll_up()
    found = ask(city, "trends", area="tst", since=begin - timedelta(minutes=3), until=then, step=60)["people"]
    assert found["series"]["mean"][-1] == 80 and found["latest"] == 80
    assert max(value for value in found["series"]["max"] if value is not None) == 80


def test_the_roll_up_and_what_it_has_not_seen_yet_agree(city: Full) -> None:
    begin = clock.now()
    for minute in range(6):
        city.all(10 + minute)
        city.pass_time(minutes=1)
    before = ask(city, "trends", area="tst", since=begin, until=clock.now(), step=60)
    upkeep.roll_up()
    after = ask(city, "trends", area="tst", since=begin, until=clock.now(), step=60)
    assert before["people"]["series"] == after["people"]["series"]
    wide = ask(city, "trends", area="tst", since=begin, until=clock.now(), step=120)["people"]["series"]
    assert len(wide["mean"]) <= len(before["people"]["series"]["mean"]) // 2 + 2
    assert max(v for v in wide["max"] if v is not None) == 8 * 15


def test_only_ones_own_streams_are_added_up(city: Full) -> None:
    city.all(10)
    assert ask(city, "trends", area="tst", who="west", code=404)
    assert ask(city, "trends", area="g2-0", who="west", code=403)["code"] == "not_allowed"
    allow(city, "west")
    mine = ask(city, "trends", area="g2-0", who="west")["people"]
    assert mine["series"]["of"] < ALL and mine["latest"] == 40


def test_a_sensitive_stream_counts_for_the_cleared_alone(city: Full) -> None:
    city.all(10)

    def latest() -> tuple[float, float]:
        found = [ask(city, "trends", area="tst", who=who)["people"]["latest"] for who in ("duty", "keeper")]
        return found[0], found[1]

    duty, keeper = latest()
    with write():
        Datastream.objects.filter(code=STREAMS[0]).update(klass="sensitive")
        service.changed()
    assert latest() == (duty, keeper - 10), "an administrator is not cleared for it"


def test_spans_and_steps_that_cannot_be_drawn_are_refused(city: Full) -> None:
    now = clock.now()
    for query in (
        {"since": now},
        {"since": now - timedelta(days=3)},
        {"since": now - timedelta(hours=8), "step": 60},
        {"since": now - timedelta(hours=1), "step": 90},
        {"quantity": "faces"},
        {"since": "2023-12-31T10:00:00"},
    ):
        answer = ask(city, "trends", code=422, area="tst", **query)
        assert answer["code"] in ("bad_period", "bad_step", "no_quantity", "bad_moment")


def test_a_line_of_points_is_never_longer_than_a_chart_is_wide() -> None:
    start = datetime.fromisoformat("2023-12-31T10:00:30+08:00")
    for minutes in (1, 59, 180, 241, 480, 1440, 2880):
        over = series.frame(start, start + timedelta(minutes=minutes), None)
        assert over.steps <= series.MOST_STEPS + 1 and over.step * over.steps >= minutes


def test_trends_cost_the_same_whatever_came_in(city: Full) -> None:
    client = city.client("duty")
    path = "/api/live/trends?area=tst"

    def cost() -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as counted:
            assert client.get(path).status_code == 200
        return len(counted)

    city.send({STREAMS[0]: 1})
    first = cost()
    for _ in range(5):
        city.pass_time(minutes=1)
        city.all(10)
    assert cost() == first


# What recurs.


def report(city: Full, **more: Any) -> Case:
    given = {"kind": "noise", "condition": "plain", "area": "m-000", "description": "x"} | more
    return cases.report(actor=city.at("DUTY"), **given)


def move_back(case: Case, **span: float) -> None:
    with write():
        Case.objects.filter(pk=case.pk).update(reported_at=clock.now() - timedelta(**span))


def recurring(city: Full, who: str = "duty", **more: Any) -> dict[str, Any]:
    until = clock.now() + timedelta(seconds=1)
    return ask(city, "recurrence", who, since=until - timedelta(days=7), until=until, **more)


def test_what_recurs_is_counted_by_place_and_kind(city: Full) -> None:
    for _ in range(3):
        report(city)
    report(city, area="m-100")
    report(city, kind="smoke", area="m-100")
    rows = {(row["area"], row["kind"]): row["cases"]["now"] for row in recurring(city)["rows"]}
    assert rows == {("m-000", "noise"): 3, ("m-100", "noise"): 1, ("m-100", "smoke"): 1}
    by_kind = recurring(city, group="kind")["rows"]
    assert {row["kind"]: row["cases"]["now"] for row in by_kind} == {"noise": 4, "smoke": 1}
    assert all(row["area"] is None and row["kind_zh"] and row["kind_en"] for row in by_kind)
    assert [row["area"] for row in recurring(city, group="place")["rows"]] == ["m-000", "m-100"]


def test_a_period_without_records_is_not_zero(city: Full) -> None:
    report(city)
    found = recurring(city)
    assert not found["before"]["known"] and not found["last_year"]["known"]
    counts = found["rows"][0]["cases"]
    assert (counts["now"], counts["before"], counts["last_year"], counts["change"]) == (1, None, None, None)


def test_changes_against_the_period_before_and_last_year(city: Full) -> None:
    for _ in range(3):
        report(city)
    for _ in range(2):
        move_back(report(city), days=8)
    move_back(report(city), days=365 + 2)
    counts = recurring(city)["rows"][0]["cases"]
    assert counts == {"now": 3, "before": 2, "last_year": 1, "change": 0.5, "change_year": 2.0}


def test_a_campaign_is_proposed_by_the_rule_that_is_data(city: Full) -> None:
    rule = recurrence.campaign()
    for _ in range(rule.least - 1):
        report(city)
    assert not recurring(city)["rows"][0]["propose"]
    report(city)
    row = recurring(city)["rows"][0]
    assert row["propose"] and row["why_zh"] and row["why_en"]
    for _ in range(rule.least):
        move_back(report(city), days=8)
    assert not recurring(city)["rows"][0]["propose"], "as many as before is no rise"
    assert recurring(city)["rule"]["suggested"] is True


def test_what_was_nothing_is_not_counted_and_what_is_elsewhere_is_not_there(city: Full) -> None:
    void = report(city)
    cases.move(actor=city.at("DUTY"), case_id=void.pk, verb="void", reason="x")
    report(city, area="m-100")
    assert [row["area"] for row in recurring(city)["rows"]] == ["m-100"]
    assert recurring(city, "west")["rows"] == []


def test_no_figure_of_a_person(city: Full) -> None:
    report(city)
    until = clock.now()
    refused = ask(city, "recurrence", code=422, since=until - timedelta(days=7), until=until, group="person")
    assert refused["code"] == "invalid"
