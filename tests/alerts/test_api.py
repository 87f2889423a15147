"""The HTTP door and the admin: the same rights, the same refusals, nothing outside one's own area."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from chengyun.alerts.models import Alert, Rule
from chengyun.district.models import Area
from chengyun.kernel.transaction import write
from chengyun.people.models import Post, Staff
from tests.alerts.conftest import rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def login(world):
    def client(code: str, superuser: bool = False) -> Client:
        with write():
            user = get_user_model().objects.create(
                username=code.lower(), is_staff=True, is_superuser=superuser
            )
            Staff.objects.filter(ref=f"p-{code.lower()}").update(user=user)
        browser = Client()
        browser.force_login(user)
        return browser

    return client


def post(client, path, body=None, **headers):
    return client.post(f"/api/alerts/{path}", body or {}, content_type="application/json", headers=headers)


def test_list_acknowledge_judge_and_shelve(world, login):
    duty = login("DUTY")
    world.send(w1=0.3, p1=1)
    items = duty.get("/api/alerts?hidden=false").json()["items"]
    assert {(a["rule"], a["level"], a["state"], a["area"]) for a in items} == {
        ("parked", 4, "unacknowledged", "a"),
        ("leak", 2, "unacknowledged", "b"),
    }
    leak = world.alert("leak").pk
    assert post(duty, f"{leak}/acknowledge").json()["state"] == "acknowledged"
    judged = post(
        duty, f"{world.alert('parked').pk}/judge", {"verdict": "false"}, **{"Idempotency-Key": "k1"}
    )
    assert judged.json()["verdict"] == "false"
    again = post(duty, f"{world.alert('parked').pk}/judge", {"verdict": "false"}, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()) == (200, judged.json())
    assert (
        post(duty, f"{world.alert('parked').pk}/judge", {"verdict": "true"}).json()["code"]
        == "already_judged"
    )
    until = world.after(hours=1).isoformat()
    shelved = post(duty, f"{leak}/shelve", {"reason": "known_fault", "until": until}).json()
    assert shelved["hidden"] == "shelved"
    assert post(duty, f"{leak}/unshelve").json()["state"] == "unacknowledged"


def test_refusals_are_problems_with_a_hint(world, login):
    world.send(w1=0.3)
    answer = post(
        login("DUTY"),
        f"{world.alert('leak').pk}/shelve",
        {"reason": "x", "until": world.after(hours=1).isoformat()},
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "reason")
    assert post(login("DISP"), "999/acknowledge").status_code == 404


def test_nobody_sees_or_touches_what_lies_outside_their_area(world, login):
    world.send(w1=0.3, p1=1)
    with write():
        person = Staff.objects.create(ref="p-gs-a", state="active")
        Post.objects.create(
            code="GS-A",
            kind="grid_staff",
            name_zh="a",
            name_en="a",
            area=Area.objects.get(code="a"),
            standing=person,
        )
    browser = login("GS-A")
    assert [a["rule"] for a in browser.get("/api/alerts").json()["items"]] == ["parked"]
    assert browser.get(f"/api/alerts/{world.alert('leak').pk}").status_code == 404
    assert post(browser, f"{world.alert('leak').pk}/acknowledge").status_code == 404
    assert browser.get("/api/alerts/incidents").json()["items"][0]["cause"].startswith("parked@")


def test_a_sensitive_alert_is_seen_by_the_cleared_alone(world, login):
    from chengyun.alerts import actions
    from chengyun.kernel.actor import system

    actions.set_rule(actor=system("admin"), body=rule("leak", klass="sensitive"))
    world.send(w1=0.3)
    assert Alert.objects.get().klass == "sensitive"
    assert login("GS").get("/api/alerts").json()["items"] == []


def test_incidents_and_figures(world, login):
    duty = login("DUTY")
    world.send(w1=0.3)
    (incident,) = duty.get("/api/alerts/incidents").json()["items"]
    assert (incident["level"], incident["alerts"], incident["area"]) == (2, 1, "b")
    assert post(duty, f"incidents/{incident['id']}/acknowledge").json() == {
        "acknowledged": [world.alert("leak").pk]
    }
    assert duty.get("/api/alerts/figures/flood").json()["alarms"] == 1
    assert duty.get("/api/alerts/figures/precision").json() == []
    assert "known_fault" in [row["code"] for row in duty.get("/api/alerts/reasons").json()["shelve"]]


def test_alerts_can_be_moved_to_the_incident_they_belong_to(world, login):
    duty = login("DUTY")
    world.send(w1=0.3, p1=1)
    leak, parked = world.alert("leak"), world.alert("parked")
    moved = post(duty, f"incidents/{leak.incident_id}/regroup", {"alerts": [parked.pk]}).json()
    assert moved["alerts"] == 2
    world.pass_time(minutes=11)
    parked.refresh_from_db()
    assert parked.incident_id == leak.incident_id and len(world.incidents("parked")) == 1


def test_rules_are_listed_with_their_faults_and_edited_by_those_who_may(world, login):
    admin = login("CMD", superuser=True)
    answer = post(admin, "rules", {"rule": rule("leak", levels={"1": 0.1, "2": 0.5})}).json()
    assert answer["version"] == 1 and "goes on judging" in answer["problem"]
    assert post(login("DUTY"), "rules", {"rule": rule("leak", levels={"2": 0.5})}).status_code == 403
    assert {r["code"] for r in admin.get("/api/alerts/rules").json()} >= {"leak", "parked"}


def test_the_admin_edits_a_rule_as_yaml_through_the_action(world, login):
    import yaml

    admin = login("CMD", superuser=True)
    pk = Rule.objects.get(code="leak").pk
    page = f"/admin/alerts/rule/{pk}/change/"
    assert "water_depth" in admin.get(page).content.decode()
    said = {"enabled": "on", "text": yaml.safe_dump(rule("leak", levels={4: 0.05}))}
    shown = admin.post(page, said).context["adminform"].form.preview
    assert ("levels.4", "0.15", "0.05") in shown["changes"] and len(shown["tried"]) == 2
    assert Rule.objects.get(code="leak").current.number == 1, "shown first"
    assert admin.post(page, said | {"_confirm": "1", "seen": "another"}).status_code == 200
    assert admin.post(page, said | {"_confirm": "1", "seen": shown["digest"]}).status_code == 302
    assert Rule.objects.get(code="leak").current.number == 2
    bad = admin.post(page, said | {"text": yaml.safe_dump(rule("leak", levels={7: 0.05}))})
    fault = "".join(bad.context["errors"][0])
    assert "levels.7" in fault and re.search("第 [0-9]+ 行|line [0-9]+", fault), (
        "the fault says on which line"
    )
    assert Rule.objects.get(code="leak").current.number == 2 and not Rule.objects.get(code="leak").problem
    assert "YAML" in "".join(admin.post(page, said | {"text": "a: ["}).context["errors"][0])


def test_the_admin_edits_thresholds_in_a_table(world, login):
    admin = login("CMD", superuser=True)
    row = Rule.objects.get(code="leak")
    page = f"/admin/alerts/rule/{row.pk}/change/"
    form = admin.get(page).context["adminform"].form
    said = {name: form.initial.get(name) or "" for name in form.fields} | {"enabled": "on", "base": form.base}
    level = next(level for level in "4321" if said[f"set_{level}"])
    said[f"set_{level}"], said["name_zh"] = "0.07", "漏水"
    shown = admin.post(page, said).context["adminform"].form.preview
    assert {field for field, _, _ in shown["changes"]} >= {"name.zh"}
    assert admin.post(page, said | {"_confirm": "1", "seen": shown["digest"]}).status_code == 302
    row.refresh_from_db()
    assert row.name_zh == "漏水" and row.current.number == 2
    late = admin.post(page, said | {"set_1": "0.9", "_confirm": "1", "seen": shown["digest"]})
    assert late.status_code == 200, "somebody saved another version meanwhile"
    form = admin.get(page).context["adminform"].form
    said |= {"base": form.base, "text": form.initial["text"], f"set_{level}": "much"}
    assert f"set_{level}" in admin.post(page, said).context["adminform"].form.errors, (
        "the fault stands at its cell"
    )
    said |= {f"set_{level}": "0.07", "text": form.initial["text"] + "\nbasis: x"}
    assert admin.post(page, said | {"name_zh": "又"}).context["adminform"].form.non_field_errors()
    off = {k: v for k, v in said.items() if k not in ("enabled",)} | {"text": form.initial["text"]}
    shown = admin.post(page, off).context["adminform"].form.preview
    assert admin.post(page, off | {"_confirm": "1", "seen": shown["digest"]}).status_code == 302
    row.refresh_from_db()
    assert row.retired and row.current.number == 2


def test_all_pages_of_alerts_open(world, login):
    admin = login("CMD", superuser=True)
    for name in ("rule", "ruleversion", "alert", "incident", "outofservice"):
        assert admin.get(f"/admin/alerts/{name}/").status_code == 200
