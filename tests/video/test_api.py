"""The doors: permission in every list and file, workers by token alone, and nothing that breaks them."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from urllib.parse import urlencode

import openpyxl
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.people import actions as people
from chengyun.people.models import RoleGrant
from chengyun.video import actions, signing
from chengyun.video.models import Picture, TermsChange, VideoEvent, Viewing, Worker
from tests.video.conftest import SQUARE
from tests.video.pictures import facts, jpeg

API = "/api/video"
JSON = "application/json"


def post(client, path, body, **more):
    return client.post(f"{API}/{path}", json.dumps(body), content_type=JSON, **more)


def lease_body(**more):
    return {"session": "s1", "room": 5, "address": "http://10.0.0.9:8090"} | more


def word(**more):
    now = clock.now().isoformat()
    given = {
        "id": "e1",
        "rule": "park.curb",
        "state": "new",
        "kind": "dwell",
        "at": now,
        "start": now,
        "peak": 1,
    }
    return given | more


def send_picture(client, content=None, **more):
    content = jpeg() if content is None else content
    f = facts(content)
    query = {
        "id": f.id, "camera": f.camera, "at": f.at.isoformat(), "sha256": f.sha256, "masked": "heads", "heads": 2,
        "zones": 0, "width": 64, "height": 48, "worker": "w1", "models": ["yolox-nano"],
    } | more  # fmt: skip
    query = {k: v for k, v in query.items() if v is not None}
    return client.post(f"{API}/pictures?{urlencode(query, doseq=True)}", content, content_type="image/jpeg")


@pytest.fixture
def running(world):
    """A worker that holds its cameras, an event and a picture of it."""
    client = world.worker()
    assert post(client, "workers/w1/lease", lease_body()).status_code == 200
    world.clock.advance(seconds=5)
    assert post(client, "events", {"worker": "w1", "events": [word()]}).json()["taken"] == 1
    assert send_picture(client, event="e1").json()["new"] is True
    return client


def test_a_workers_round(world, running):
    again = post(running, "workers/w1/lease", lease_body(has=["cam-0"], room=2)).json()
    assert [c["camera"] for c in again["cameras"]] == ["cam-0", "cam-1", "cam-2"]
    assert again["renew_s"] < again["lease_s"] <= 30 and len(again["key"]) >= 32
    rules = {r["rule"]["code"]: r["rule"] for c in again["cameras"] for r in c["rules"]}
    assert "line" not in rules["park.curb"] and rules["gate.line"]["settings"]["window"] == 30
    assert rules["health.whole"]["quantities"] == {"up": "camera_up", "tampered": "camera_tampered"}
    other = post(running, "workers/w1/lease", lease_body(session="s2"))
    assert (other.status_code, other.json()["code"]) == (409, "name_taken")


def test_what_the_worker_reads_it_can_carry_out(world, running):
    from chengyun_vision.rules.preset import read_rules

    found = post(running, "workers/w1/lease", lease_body()).json()
    for camera in found["cameras"]:
        assert read_rules([r["rule"] for r in camera["rules"]], "lease")


def test_readings_go_to_the_door_of_signals(world, running):
    body = {"observations": [{"ds": "gate.line.line_flow_in", "at": clock.now().isoformat(), "v": 12}]}
    answer = running.post("/api/signals/observations", json.dumps(body), content_type=JSON)
    assert answer.json()["accepted"] == 1


@pytest.mark.parametrize("path", ["workers/w1/lease", "events", "pictures"])
def test_workers_doors_want_the_token_of_vision(world, path):
    other = people.issue_token(actor=system("test"), source="gw")
    for client in (
        Client(raise_request_exception=False),
        Client(raise_request_exception=False, headers={"Authorization": f"Bearer {other}"}),
        world.client("keeper"),
    ):
        assert post(client, path, {}).status_code == 401


def test_credentials_never_come_back(world, running):
    keeper = world.client("keeper")
    why = {"reason": "更换录像机"}
    secret = {"main": "rtsp://nvr.example:554/secret-path/1?channel=2", "login": "NVR"} | why
    answer = post(keeper, "cameras/cam-0/terms", secret)
    assert answer.json()["main"] == "rtsp://nvr.example"
    for path in (
        "cameras",
        "cameras/cam-0",
        "cameras/cam-0/terms",
        "bindings",
        "workers",
        "events",
        "pictures",
        "precision",
        "presets",
        "words",
    ):
        answer = keeper.get(f"{API}/{path}")
        assert answer.status_code == 200, path
        assert (
            b"secret-path" not in answer.content and Worker.objects.get().key.encode() not in answer.content
        )
    from chengyun.kernel.models import JournalEntry

    assert not JournalEntry.objects.filter(payload_text__contains="secret-path").exists()
    refused = post(keeper, "cameras/cam-0/terms", {"main": "rtsp://admin:hunter2@h/1"} | why)
    assert refused.status_code == 422 and "hunter2" not in refused.content.decode()


def test_lists_hold_what_one_may_see(world, running):
    """`west` sees g2-0 alone and holds no right over cameras; with it, cameras of g2-1 are still not there."""
    west = world.client("west")
    for path in ("cameras", "bindings", "events", "pictures", "workers", "precision", "presets", "viewings"):
        assert west.get(f"{API}/{path}").status_code == 403, path
    grant = RoleGrant.objects.filter(user=world.user("west")).first()
    people.grant_role(system("test"), user_id=world.user("west").pk, role="dispatcher", area="g2-1")
    people.revoke_role(system("test"), grant_id=grant.pk)
    seen = {c["code"] for c in west.get(f"{API}/cameras").json()["items"]}
    assert seen == {"cam-3", "cam-4"}
    for path in ("events", "pictures", "bindings"):
        assert west.get(f"{API}/{path}").json()["items"] == [], path
    for path in ("cameras/cam-0", "bindings/park", "bindings/park/versions", "pictures/p1/file?key=x"):
        assert west.get(f"{API}/{path}").status_code == 404, path
    for path in ("cameras/cam-0/live", "pictures/p1/view"):
        assert post(west, path, {"kind": "stated", "reason": "just looking"}).status_code == 404, path
    assert not Viewing.objects.exists()


def test_a_picture_is_given_to_whoever_said_why_and_nobody_else(world, running):
    duty = world.client("duty")
    people.grant_role(system("test"), user_id=world.user("duty").pk, role="duty_officer", area="tst")
    assert duty.get(f"{API}/pictures/p1/file").status_code == 403
    assert duty.get(f"{API}/pictures/p1/file?key=forged").status_code == 403
    assert post(duty, "pictures/p1/view", {"kind": "stated", "reason": ""}).status_code == 422
    seen = post(
        duty, "pictures/p1/view", {"kind": "alert", "ref": str(VideoEvent.objects.get().alert_id)}
    ).json()
    answer = duty.get(seen["url"])
    assert b"".join(answer.streaming_content) == jpeg() and answer["Cache-Control"] == "private, no-store"
    keeper = world.client("keeper")
    people.grant_role(system("test"), user_id=world.user("keeper").pk, role="duty_officer", area="tst")
    assert keeper.get(seen["url"]).status_code == 403, "the key is for one person"
    world.clock.advance(seconds=600)
    assert duty.get(seen["url"]).status_code == 403, "and for a few minutes"


def test_a_picture_is_taken_away_for_a_stated_reason_alone(world, running):
    people.grant_role(system("test"), user_id=world.user("duty").pk, role="duty_officer", area="tst")
    duty, why = world.client("duty"), {"reason": "移交公安机关"}
    assert post(duty, "pictures/p1/download", why).status_code == 403, "to look is not to take away"
    people.grant_role(system("test"), user_id=world.user("duty").pk, role="commander", area="tst")
    assert post(duty, "pictures/p1/download", {"reason": " x "}).status_code == 422
    taken = post(duty, "pictures/p1/download", why).json()
    answer = duty.get(taken["url"])
    assert b"".join(answer.streaming_content) == jpeg()
    assert answer["Content-Disposition"].startswith('attachment; filename="cam-0-')
    seen = post(duty, "pictures/p1/view", {"kind": "stated", "reason": "查看现场"}).json()
    assert duty.get(seen["url"])["Content-Disposition"].startswith("inline; ")
    rows = list(Viewing.objects.order_by("pk").values_list("what", "picture", "reason"))
    assert rows == [("download", "p1", "移交公安机关"), ("picture", "p1", "查看现场")]


def test_a_live_view_is_signed_for_the_worker_and_on_record(world, running):
    people.grant_role(system("test"), user_id=world.user("duty").pk, role="duty_officer", area="tst")
    duty = world.client("duty")
    seen = post(duty, "cameras/cam-0/live", {"kind": "stated", "reason": "查看路口情况"}).json()
    assert seen["form"] == "mjpeg" and seen["url"].startswith("/live/w1/cam-0.mjpeg?until=")
    assert seen["url"] == signing.live_address(Worker.objects.get(), "cam-0", Viewing.objects.get().until)
    world.clock.advance(seconds=60)
    late = post(duty, "cameras/cam-0/live", {"kind": "stated", "reason": "查看路口情况"})
    assert late.status_code == 409, "nobody holds it any more"
    assert post(duty, "cameras/cam-0/play", {"since": "2023-12-31T07:00:00Z", "until": "2023-12-31T08:00:00Z",
                "reason": "looking back"}).status_code == 403  # fmt: skip
    actions.describe(actor=system("test"), code="cam-0", live="https://media.example/{camera}/whep")
    assert (
        post(duty, "cameras/cam-0/live", {"kind": "stated", "reason": "查看路口情况"}).json()["url"]
        == "https://media.example/cam-0/whep"
    )


def test_who_looked_is_for_auditors(world, running):
    actions.view_live(actor=world.at("DUTY"), code="cam-0", kind="stated", text="查看路口情况")
    people.grant_role(system("test"), user_id=world.user("duty").pk, role="duty_officer", area="tst")
    assert world.client("duty").get(f"{API}/viewings").status_code == 403
    (row,) = world.client("audit").get(f"{API}/viewings").json()["items"]
    assert (row["camera"], row["post"], row["reason"]) == ("cam-0", "DUTY", "查看路口情况")


def test_a_binding_is_previewed_made_and_suppressed(world, running):
    keeper = world.client("keeper")
    body = {
        "code": "bins",
        "camera": "cam-0",
        "preset": "overflowing_bin",
        "zones": [{"code": "z", "points": SQUARE}],
    }
    said = post(keeper, "bindings/check", body).json()["problems"]
    assert [s["field"] for s in said] == ["preset"] and said[0]["zh"] and said[0]["en"]
    crossed = body | {
        "preset": "illegal_parking",
        "zones": [{"code": "z", "points": [[0, 0], [1, 1], [1, 0], [0, 1]]}],
    }
    assert post(keeper, "bindings/check", crossed).json()["problems"][0]["field"] == "zones.0.points"
    assert post(keeper, "bindings", body).status_code == 422
    made = post(keeper, "bindings", body | {"preset": "illegal_parking"}, headers={"Idempotency-Key": "k"})
    assert (made.status_code, made.json()["version"]) == (200, 1)
    until = (clock.now() + timedelta(hours=2)).isoformat()
    paused = post(keeper, "bindings/bins/pause", {"reason": "low_precision", "until": until}).json()
    assert paused["pause_reason"] == "low_precision"
    assert post(keeper, "bindings/bins/resume", {}).json()["paused_until"] is None
    assert [v["number"] for v in keeper.get(f"{API}/bindings/bins/versions").json()] == [1]


def test_a_camera_says_who_looks_through_it(world, running):
    (first, *_rest) = world.client("keeper").get(f"{API}/cameras?bound=true").json()["items"]
    assert (first["code"], first["analysis"]["state"], first["analysis"]["worker"]) == (
        "cam-0",
        "analysed",
        "w1",
    )
    assert first["purposes"] == ["public_safety", "traffic", "upkeep"] and first["precision"]["open"] == 1
    world.clock.advance(seconds=30)
    (first, *_rest) = world.client("keeper").get(f"{API}/cameras?bound=true").json()["items"]
    assert (first["analysis"]["state"], first["analysis"]["worker"]) == ("waiting", None)


def test_what_is_held_but_cannot_run_or_is_suppressed_is_not_said_to_be_analysed(world, running):
    people.grant_role(system("test"), user_id=world.user("duty").pk, role="duty_officer", area="tst")
    duty, look = world.client("duty"), {"kind": "stated", "reason": "查看路口情况"}

    def state(code):
        return duty.get(f"{API}/cameras/{code}").json()["analysis"]["state"]

    lacks = {"health": "no model. / 没有模型。", "park": "no model. / 没有模型。"}
    post(running, "workers/w1/lease", lease_body(has=["cam-0", "cam-1"], problems=lacks))
    assert state("cam-1") == "blind", "all that is bound to it lacks something"
    assert state("cam-0") == "analysed", "one of two still runs"
    (health,) = duty.get(f"{API}/bindings?camera=cam-1").json()["items"]
    assert (health["problem_zh"], health["problem_en"]) == ("没有模型。", "no model.")
    refused = post(duty, "cameras/cam-1/live", look)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_picture")
    assert not Viewing.objects.exists() and post(duty, "cameras/cam-0/live", look).status_code == 200
    rows = {row["binding"]: row for row in duty.get(f"{API}/precision").json()["items"]}
    assert rows["health"]["cannot_run"] and not rows["crowd"]["cannot_run"] and rows["crowd"]["camera_zh"]

    post(running, "workers/w1/lease", lease_body(has=["cam-0", "cam-1"]))
    assert state("cam-1") == "analysed"
    until = (clock.now() + timedelta(hours=2)).isoformat()
    post(world.client("keeper"), "bindings/health/pause", {"reason": "low_precision", "until": until})
    assert state("cam-1") == "paused"
    world.clock.advance(seconds=7300)
    assert state("cam-1") == "waiting", "its time is over, and nobody has it"


def test_a_changed_record_keeps_what_it_said_who_changed_it_and_why(world, running):
    keeper, auditor, path = world.client("keeper"), world.client("audit"), "cameras/cam-0/terms"
    assert post(keeper, path, {"terms_ref": "T-2"}).status_code == 422, "no reason"
    assert post(auditor, path, {"terms_ref": "T-2", "reason": "换发约定"}).status_code == 403
    body = {"purposes": ["traffic", "upkeep"], "terms_ref": "T-2", "ceiling_days": 60, "sign": "no",
            "main": "rtsp://other.example/9", "reason": " 换发  约定 "}  # fmt: skip
    changed = post(keeper, path, body).json()
    assert changed["terms"] == ["traffic", "upkeep"] and changed["bases"][0]["zh"] != "CN-SC-799-7"
    assert changed["owner"] == "ga" and changed["owner_zh"]
    assert post(keeper, path, body).status_code == 200, "saying the same again is no change"
    (row,) = auditor.get(f"{API}/{path}").json()
    assert row["reason"] == "换发 约定" and row["by"] and row["changed"] == {
        "purposes": [["public_safety", "traffic", "upkeep"], ["traffic", "upkeep"]],
        "terms_ref": ["T-1", "T-2"], "ceiling_days": [90, 60], "sign": ["yes", "no"],
        "main": ["rtsp://nvr.example", "rtsp://other.example"],
    }  # fmt: skip
    (entry,) = world.entries("camera.described")
    assert entry["fields"] == sorted(row["changed"]) and len(entry["reason_digest"]) == 64
    # What the owner no longer allows is switched off with it.
    assert keeper.get(f"{API}/bindings/crowd").json()["enabled"] is False
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TermsChange._meta.db_table}")
    words = keeper.get(f"{API}/words").json()
    assert {"CN-SC-799-7", "CN-SC-799-9"} <= {b["code"] for b in words["bases"]} and "square" in words[
        "places"
    ]


def test_the_filing_table(world):
    answer = world.client("keeper").post("/admin/video/cameraterms/export/")
    assert answer.status_code == 200
    (page,) = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets
    head, first, *_ = page.iter_rows(values_only=True)
    assert len(head) == 23 and first[1] == "cam-0" and first[9] == 30 and page.max_row == 7
    assert "nvr.example" not in str([*page.iter_rows(values_only=True)])


@pytest.mark.parametrize("more", [
    {"masked": None}, {"masked": "none"}, {"heads": None}, {"heads": -1}, {"zones": None}, {"sha256": "x"},
    {"camera": "nowhere"},
    {"at": "yesterday"}, {"width": 1}, {"content": b""}, {"content": b"x" * 3_000_000}, {"id": "../../etc"},
    {"worker": "a b"},
])  # fmt: skip
def test_a_picture_that_says_too_little_or_something_else_is_refused(world, more):
    assert 400 <= send_picture(world.worker(), **more).status_code < 500
    assert not Picture.objects.exists()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
TRIED = settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def spoilt(data, body):
    """A right body in which some places hold anything."""
    body = json.loads(json.dumps(body))
    for _ in range(data.draw(st.integers(1, 3))):
        here = body
        while isinstance(here, (dict, list)) and here:
            key = data.draw(
                st.sampled_from(sorted(here) if isinstance(here, dict) else list(range(len(here))))
            )
            if data.draw(st.booleans()) or not isinstance(here[key], (dict, list)) or not here[key]:
                here[key] = data.draw(ANYTHING)
                break
            here = here[key]
    return body


@given(st.data())
@TRIED
def test_no_body_breaks_a_workers_door(world, data):
    client = world.worker()
    stat = {"camera": "cam-0", "fps": 1, "unseen_s": 1, "over_s": 60, "seen_at": clock.now().isoformat()}
    bodies = {
        "workers/w1/lease": lease_body(has=["cam-0"], stats=[stat], problems={"park": "x"}, models=["m"]),
        "events": {
            "worker": "w1",
            "events": [word(), word(state="end", end=clock.now().isoformat(), evidence=["p1"])],
        },
    }
    path = data.draw(st.sampled_from(sorted(bodies)))
    with transaction.atomic():
        answer = post(client, path, spoilt(data, bodies[path]))
        transaction.set_rollback(True)
    assert answer.status_code < 500, answer.content[:300]


@given(st.data())
@TRIED
def test_no_body_breaks_a_persons_door(world, data):
    client = world.client("keeper")
    binding = {
        "code": "x", "camera": "cam-0", "preset": "illegal_parking", "zones": [{"code": "z", "points": SQUARE}],
        "settings": {"stay": 5}, "schedule": {"days": ["mon"], "times": ["08:00-09:00"]}, "cadence": 1.0,
    }  # fmt: skip
    terms = {
        "purposes": ["traffic"],
        "privacy": [SQUARE],
        "main": "rtsp://h/1",
        "filed_on": "2025-01-01",
        "retention_days": 40,
    }
    bodies = {
        "bindings": binding, "bindings/check": binding, "cameras/cam-0/terms": terms,
        "bindings/park/pause": {"reason": "maintenance", "until": (clock.now() + timedelta(hours=1)).isoformat()},
        "cameras/cam-0/live": {"kind": "stated", "reason": "long enough"},
    }  # fmt: skip
    path = data.draw(st.sampled_from(sorted(bodies)))
    with transaction.atomic():
        answer = post(client, path, spoilt(data, bodies[path]))
        transaction.set_rollback(True)
    assert answer.status_code < 500, (path, answer.content[:300])
