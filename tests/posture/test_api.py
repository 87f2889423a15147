"""The HTTP door and the admin: the same rights, the same refusals, and nothing outside one's own area."""

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from chengyun.kernel import clock
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.transaction import write
from chengyun.people.models import Staff
from chengyun.posture.models import Declaration
from tests.posture.conftest import World

Login = Callable[[str], Client]


@pytest.fixture
def login(world: World) -> Login:
    def client(post: str) -> Client:
        with write():
            user = get_user_model().objects.create(username=post.lower(), is_staff=True)
            Staff.objects.filter(ref=f"p-{post.lower()}").update(user=user)
        browser = Client()
        browser.force_login(user)
        return browser

    return client


def post(client: Client, path: str, body: dict[str, object], **headers: str) -> object:
    return client.post(f"/api/{path}", body, content_type="application/json", headers=headers)


def declaration(world: World, **more: object) -> dict[str, object]:
    end = world.after(hours=3).isoformat()
    return {"matter": "人群聚集", "expected_end": end, "measures": ["divert"], **more}


def test_the_whole_way_over_http(world: World, login: Login) -> None:
    duty, cmd = login("DUTY"), login("CMD")
    proposal = post(
        duty, "posture/proposals", {"area": "r", "mode": "emergency", "level": 1, "evidence": ["alert:1"]}
    ).json()
    assert (proposal["state"], proposal["area"]) == ("open", "r")
    assert post(duty, f"posture/proposals/{proposal['id']}/ask", {"leader": "CMD"}).json()["asked"] == "CMD"
    assert cmd.get("/api/messages/inbox?waiting=true").json()["items"][0]["kind"] == "posture.asked"
    refused = post(duty, "posture/declarations", declaration(world, proposal=proposal["id"]))
    assert refused.status_code == 403 and refused.json()["code"] == "no_authority"
    said = {"leader": "CMD", "spoken_at": clock.now().isoformat()}
    approval = post(duty, f"posture/proposals/{proposal['id']}/approval", said).json()
    made = post(duty, "posture/declarations", declaration(world, proposal=proposal["id"])).json()
    assert (made["mode"], made["level"], made["post"]) == ("emergency", 1, "DUTY")
    assert duty.get("/api/posture/current?area=a").json()["level"] == 1
    signed = post(cmd, f"posture/approvals/{approval['id']}/countersign", {"agrees": True}).json()
    assert signed["state"] == "signed"
    ended = post(cmd, f"posture/declarations/{made['id']}/end", {"reason": "已散去"}).json()
    assert ended["ended"] == "ended" and duty.get("/api/posture/current?area=r").json()["mode"] == "normal"


def test_a_command_sent_twice_with_one_key_declares_once(world: World, login: Login) -> None:
    cmd = login("CMD")
    body = declaration(world, area="r", mode="holiday")
    first = post(cmd, "posture/declarations", body, **{"Idempotency-Key": "k1"})
    second = post(cmd, "posture/declarations", body, **{"Idempotency-Key": "k1"})
    assert first.json() == second.json() and Declaration.objects.count() == 1


def test_an_area_outside_ones_own_is_not_there(world: World, login: Login) -> None:
    cmd, grid = login("CMD"), login("GS-1")
    row = post(cmd, "posture/declarations", declaration(world, area="r", mode="holiday")).json()
    other = post(cmd, "posture/proposals", {"area": "b", "mode": "emergency", "level": 2}).json()
    for path in ("current?area=r", "current?area=b", "effective?area=b", "preview?area=b&mode=holiday"):
        assert grid.get(f"/api/posture/{path}").status_code == 404, path
    assert grid.get("/api/posture/current?area=a").json()["mode"] == "holiday"
    for path in ("proposals", "declarations", "approvals", "warnings", "responses"):
        assert grid.get(f"/api/posture/{path}").json()["items"] == []
    assert post(grid, f"posture/declarations/{row['id']}/end", {"reason": "x"}).status_code == 404
    assert post(grid, f"posture/proposals/{other['id']}/ask", {"leader": "CMD"}).status_code == 404
    assert post(grid, "posture/proposals", {"area": "a", "mode": "holiday"}).status_code == 403


def test_nobody_without_logging_in(world: World) -> None:
    for path in ("posture/current?area=r", "posture/proposals", "messages/inbox", "messages/"):
        assert Client().get(f"/api/{path}").status_code == 401, path


def test_a_preview_over_http_says_what_changes_who_is_called_and_who_may(world: World, login: Login) -> None:
    duty = login("DUTY")
    shown = duty.get("/api/posture/preview?area=r&mode=emergency&level=1").json()
    assert {"key": "mode", "before": "normal", "after": "emergency", "source": ""} in shown["changes"]
    clock_change = next(row for row in shown["changes"] if row["key"] == "clocks.*.factor")
    assert (clock_change["after"], clock_change["source"]) == (0.5, "emergency/2")
    assert [row["code"] for row in shown["man"]] == ["FP-01", "FP-02", "MP-01"] and shown["release"] == []
    assert (shown["who"], shown["echelon"]) == (["CMD"], "city")
    assert not JournalEntry.objects.filter(kind="posture.declared").exists()
    assert duty.get("/api/posture/preview?area=r&mode=emergency").status_code == 422


def test_why_a_value_is_what_it_is(world: World, login: Login) -> None:
    duty = login("DUTY")
    row = world.declare(mode="emergency", level=1)
    said = duty.get("/api/posture/why?area=a&key=patrol.every_minutes").json()
    assert said["policy"] == 1
    told = [(item["source"], item["value"], item["declaration"], item["applies"]) for item in said["stated"]]
    assert told == [
        ("normal", 480, None, False),
        ("emergency", 60, row.pk, False),  # type: ignore[attr-defined]
        ("emergency/2", 30, row.pk, False),  # type: ignore[attr-defined]
        ("emergency/1", 15, row.pk, True),  # type: ignore[attr-defined]
    ]
    assert duty.get("/api/posture/why?area=zz&key=patrol").status_code == 404


def test_a_message_is_read_and_answered_over_http(world: World, login: Login) -> None:
    duty, lead = login("DUTY"), login("LEAD")
    post(duty, "posture/proposals", {"area": "r", "mode": "holiday"})
    item = duty.get("/api/messages/inbox").json()["items"][0]
    assert "节假日" in item["title"]
    assert post(lead, f"messages/{item['ref']}/answer", {"answer": "coming"}).status_code == 403
    assert post(duty, f"messages/{item['ref']}/answer", {"answer": "coming"}).json()["state"] == "answered"
    assert duty.get("/api/messages/").status_code == 403


@pytest.mark.parametrize(
    "page",
    [
        "posture/policy",
        "posture/proposal",
        "posture/declaration",
        "posture/approval",
        "posture/officialwarning",
        "posture/declaredresponse",
        "message/message",
        "message/delivery",
        "message/channel",
        "message/limit",
    ],
)
def test_the_admin_shows_and_does_not_change(world: World, login: Login, page: str) -> None:
    world.declare(mode="emergency", level=2)
    commander = login("CMD")
    assert commander.get(f"/admin/{page}/").status_code == 200
    assert commander.get(f"/admin/{page}/add/").status_code == 403


def test_a_warning_is_typed_in_decided_and_lifted(world: World, login: Login) -> None:
    duty = login("DUTY")
    body = {
        "area": "r",
        "issuer": "市气象台",
        "external_id": "1",
        "kind": "暴雨",
        "colour": "red",
        "text": "原文",
    }
    row = post(duty, "posture/warnings", {**body, "issued_at": clock.now().isoformat()}).json()
    assert row["text"] == "原文" and row["state"] == "open"
    assert post(duty, f"posture/warnings/{row['id']}/decide", {"reason": "会商"}).json()["state"] == "decided"
    assert post(duty, f"posture/warnings/{row['id']}/lift", {}).json()["lifted_at"]
