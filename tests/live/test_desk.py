"""The first minute: what it says, to whom it says it, and that the numbers on it are those of the lists behind them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from chengyun.alerts import actions as alerts
from chengyun.cases import actions as cases
from chengyun.district import actions as district
from chengyun.district import queries as places
from chengyun.kernel import clock, sealer
from chengyun.kernel.actor import system
from chengyun.people import actions as people
from chengyun.people.models import Duty, Shift, Staff
from chengyun.posture import actions as posture
from tests.invariants.conftest import PATH, Full
from tests.live.lookback import Said, first_minute, unlike


def ask(city: Full, who: str, path: str = "desk", **headers: str) -> dict[str, Any]:
    answer = city.client(who).get(f"/api/live/{path}", headers=headers)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def report(city: Full, post: str = "DUTY", **more: Any) -> int:
    given = {"kind": "noise", "condition": "plain", "area": "m-000", "description": "x"} | more
    return cases.report(actor=city.at(post), **given).pk


def queues(found: dict[str, Any]) -> dict[str, int]:
    return {row["code"]: row["count"] for row in found["queues"]}


def test_who_leads_and_whom_to_ring(city: Full) -> None:
    found = ask(city, "duty")
    assert found["place"]["area"] == "tst" and found["shift"]["state"] == "open"
    assert [row["kind"] for row in found["leads"]] == [
        "shift_leader",
        "duty_officer",
        "dispatcher",
        "commander",
    ]
    duty = next(row for row in found["leads"] if row["post"] == "DUTY")
    person = Duty.objects.get(post__code="DUTY", state="serving").staff
    assert (duty["staff"]["name"], duty["staff"]["phone"]) == (person.name, person.phone)
    desks = [row for row in found["phones"] if row["kind"] == "department_desk"]
    assert desks and all(row["department_zh"] and row["zh"] and row["en"] for row in desks)


def test_without_the_permission_there_are_no_names(city: Full) -> None:
    text = city.client("audit").get("/api/live/desk").content.decode()
    named = [row.name for row in Staff.objects.exclude(name="") if row.name in text]
    assert named == [] and "phone" in text, "posts are shown, and nobody's name"


def test_a_grid_worker_sees_their_own_grid_alone(city: Full) -> None:
    city.send({"a.people": 160, "b.people": 160})
    elsewhere = report(city, area="m-100")
    found = ask(city, "west")
    assert found["place"]["area"] == "g2-0"
    assert {row["area"] for row in found["phones"]} <= {"g2-0"} and found["leads"] == []
    assert found["shift"] is None and found["hand_over"] is None, "the centre's shift is not theirs"
    assert found["intake"] is None
    assert queues(found)["to_judge"] < queues(ask(city, "duty"))["to_judge"]
    assert queues(found)["to_file"] == 0 and queues(ask(city, "duty"))["to_file"] == 1, elsewhere


def test_mode_proposals_and_matters(city: Full) -> None:
    assert ask(city, "duty")["posture"]["mode"] == "normal"
    posture.declare(
        actor=city.at("CMD"), area=places.root(), mode="holiday", level=None, matter="跨年",
        expected_end=clock.now() + timedelta(hours=5), measures=["man_posts"],
    )  # fmt: skip
    posture.propose(actor=system("test"), area=places.root(), mode="emergency", level=1, evidence=[])
    found = ask(city, "duty")
    assert (found["posture"]["mode"], found["posture"]["by"]) == ("holiday", "CMD")
    assert found["posture"]["mode_zh"] == "节假日" and found["posture"]["matter"] == "跨年"
    assert [row["mode"] for row in found["matters"]] == ["holiday"]
    assert [row["mode"] for row in found["proposals"]] == ["emergency"]
    assert queues(found)["proposals_undecided"] == 1
    west = ask(city, "west")
    assert west["posture"]["mode"] == "holiday", "what rules one's grid is told"
    assert west["posture"]["matter"] == "" and west["matters"] == [] and west["proposals"] == []


def test_what_kind_of_day_it_is(city: Full) -> None:
    today = ask(city, "duty")["today"]
    assert today["date"] == "2023-12-31" and (today["kind"], today["zh"]) == ("holiday", "元旦")
    assert not today["provisional"]


def test_every_queue_counts_what_its_list_holds(city: Full) -> None:
    city.send({"a.people": 160, "b.people": 160})
    for length in range(len(PATH)):
        number = report(city, "GS-0", reporter={"name": "李四", "phone": "1"})
        for verb, post, given in PATH[:length]:
            cases.move(actor=city.at(post), case_id=number, verb=verb, **given)
    city.pass_time(minutes=20)
    client = city.client("duty")
    shown = ask(city, "duty", "queues")
    assert queues(shown) == queues(ask(city, "duty"))
    for row in shown["queues"]:
        listed = client.get(row["list"], row["query"] | {"limit": 500}).json()["items"]
        assert len(listed) == row["count"], row["code"]
        assert (row["oldest"] is None) == (row["count"] == 0), row["code"]
        assert row["zh"] and row["en"] and row["zh"] != row["en"]
    waiting = {code for code, count in queues(shown).items() if count}
    assert {
        "to_judge",
        "to_file",
        "to_dispatch",
        "to_sign",
        "to_check",
        "to_close",
        "to_call_back",
    } <= waiting
    assert "overdue" in waiting, "15 minutes to accept have passed"


def test_the_oldest_is_when_it_came_to_its_state(city: Full) -> None:
    number = report(city)
    city.pass_time(minutes=3)
    cases.move(actor=city.at("DUTY"), case_id=number, verb="file")
    filed = clock.now()
    city.pass_time(minutes=1)
    [row] = [row for row in ask(city, "duty")["queues"] if row["code"] == "to_dispatch"]
    assert row["oldest"] == filed.isoformat().replace("+00:00", "Z")


def test_what_cannot_be_seen_with_and_what_it_leaves_blind(city: Full) -> None:
    assert ask(city, "duty")["blind"] == []
    watching = {
        "code": "eyes", "name": {"zh": "计数器无数据", "en": "Counter silent"}, "when": "absence",
        "select": {"quantity": "people_present"}, "levels": {3: "5m"}, "labels": {"watches": "equipment"},
    }  # fmt: skip
    alerts.set_rule(actor=system("test"), body=watching)
    city.all(10)
    city.send({"a.people": 1, "b.people": 1, "c.people": 1, "d.people": 1}, key="once")
    for minute in range(7):
        city.pass_time(minutes=1)
        city.all(10)
        city.send({"b.people": 1, "c.people": 1}, key=f"again-{minute}")
    district.set_in_service(actor=system("test"), code="cnt-d", in_service=False, reason="fault")
    found = {row["asset"]: row for row in ask(city, "duty")["blind"]}
    assert set(found) == {"cnt-a", "cnt-d"}
    assert (found["cnt-a"]["why"], found["cnt-d"]["why"]) == ("silent", "out_of_service")
    assert found["cnt-d"]["why_zh"] == "停用：故障" and found["cnt-d"]["since"]
    a = found["cnt-a"]
    assert a["quantity"] == "people_present" and 0 < a["coverage_have"] < a["coverage_of"]
    west = {row["asset"] for row in ask(city, "west")["blind"]}
    assert west == {"cnt-a", "cnt-d"} and ask(city, "west")["blind_more"] == 0


def test_the_hand_over_says_whose_signature_is_missing(city: Full) -> None:
    before = ask(city, "duty")["hand_over"]
    assert before["state"] == "not_drafted" and before["may_draft"] and before["waits_for"] == []
    shift = Shift.objects.get(state="open")
    city.pass_time(seconds=(shift.ends_at - clock.now()).total_seconds() - 60)
    drafted = city.client("duty").post(
        f"/api/people/shifts/{shift.pk}/hand-over", {"remarks": ""}, content_type="application/json"
    )
    assert drafted.status_code == 200, drafted.content
    after = ask(city, "duty")["hand_over"]
    assert after["state"] == "drafted" and after["hand_over"] == drafted.json()["id"]
    assert {row["post"] for row in after["waits_for"]} >= {"DUTY", "LEAD"}
    sides = {row["side"]: row for row in drafted.json()["sides"]}
    assert after["mine"] == [side for side, row in sides.items() if row["allowed"]]
    refused = [row for row in sides.values() if not row["allowed"]]
    assert refused and all(row["reason"] and row["code"] for row in refused)


def test_the_proof_of_life_and_what_came_in(city: Full) -> None:
    for _ in range(6):
        city.all(10)
        city.pass_time(minutes=1)
    sealer.seal_pending()
    found = ask(city, "duty")
    assert found["seal"]["seq"] > 0 and found["seal"]["age_s"] >= 0
    [gateway] = found["intake"]["sources"]
    assert gateway["readings"] == 5 * 8 and found["intake"]["readings_per_minute"] == 8
    assert gateway["streams"] == 12 and gateway["fresh"] == 8 and not gateway["silent"]
    city.pass_time(minutes=10)
    [quiet] = ask(city, "duty")["intake"]["sources"]
    assert quiet["silent"] and quiet["fresh"] == 0 and quiet["age_s"] > 600


def test_the_cost_does_not_grow_with_what_happened(city: Full) -> None:
    client = city.client("duty")

    def cost() -> int:
        client.get("/api/live/desk")
        with CaptureQueriesContext(connection) as counted:
            assert client.get("/api/live/desk").status_code == 200
        return len(counted)

    city.send({"a.people": 160})
    report(city)
    first = cost()
    city.send({"b.people": 160, "c.people": 160, "d.people": 160}, key="more")
    for _ in range(5):
        report(city, area="m-100")
    assert cost() <= first, "however much waits"


def test_who_led_before_a_hand_over_leads_on_in_what_was(city: Full) -> None:
    shift = Shift.objects.get(state="open")
    said: dict[datetime, Said] = {}

    def look() -> None:
        sealer.seal_pending()
        said[clock.now()] = first_minute()
        city.pass_time(minutes=1)

    look()
    city.pass_time(seconds=(shift.ends_at - clock.now()).total_seconds() - 600)
    look()
    city.pass_time(minutes=12)
    look()
    for _ in range(2):
        row = people.draft_hand_over(city.at("DUTY"), shift_id=shift.pk)
        look()
        people.sign_hand_over(city.at("DUTY"), hand_over_id=row.pk, side="out", digest=row.digest)
        look()
    people.sign_hand_over(city.at("DUTY@next"), hand_over_id=row.pk, side="in", digest=row.digest)
    look()
    look()
    for at, then in said.items():
        assert not unlike(first_minute(at), then), at
    assert len({then["leads"][0]["staff"]["ref"] for then in said.values()}) == 2
    states = [
        (then["hand_over"]["state"], bool(then["hand_over"]["signed_out_at"])) for then in said.values()
    ]
    drafted, signed = ("drafted", False), ("drafted", True)
    assert states == [("not_drafted", False)] * 3 + [drafted, signed] * 2 + [("not_drafted", False)] * 2
    assert [bool(then["shift"]["overdue_since"]) for then in said.values()] == [False] * 2 + [True] * 5 + [
        False
    ] * 2
