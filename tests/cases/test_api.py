"""The HTTP door: scope, verbs with reasons, idempotency, evidence, figures."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from chengyun.cases.models import Case, Evidence
from chengyun.kernel import clock
from chengyun.kernel.transaction import write

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100


@pytest.fixture
def http(world):
    """Clients by post: whoever stands at it, logged in."""

    def client(code: str) -> Client:
        person = world.posts[code].standing
        if person.user is None:
            with write():
                person.user = get_user_model().objects.create(username=code.lower(), is_staff=True)
                person.save()
        found = Client(enforce_csrf_checks=False)
        found.force_login(person.user)
        return found

    return client


def post(client, path, body=None, **headers):
    return client.post(f"/api/cases{path}", body or {}, content_type="application/json", headers=headers)


def test_report_move_and_read(world, http):
    sent = {"kind": "noise", "condition": "shop", "area": "m", "description": "吵"}
    made = post(http("GS-m"), "", sent, **{"Idempotency-Key": "k-1"})
    assert made.status_code == 200, made.content
    again = post(http("GS-m"), "", sent, **{"Idempotency-Key": "k-1"})
    assert again.json() == made.json() and Case.objects.count() == 1
    number = made.json()["id"]
    seen = http("DUTY").get(f"/api/cases/{number}").json()
    verbs = {verb["verb"]: verb for verb in seen["verbs"]}
    assert verbs["file"]["allowed"] and not verbs["dispatch"]["allowed"]
    assert (
        verbs["dispatch"]["reason"] and verbs["dispatch"]["hint"] and verbs["dispatch"]["code"] == "not_filed"
    )
    moved = post(http("DUTY"), f"/{number}/move", {"verb": "file"})
    assert moved.json()["state"] == "filed"
    refused = post(http("DUTY"), f"/{number}/move", {"verb": "file"})
    assert refused.status_code == 409 and refused.json()["code"] == "wrong_state"
    listed = http("DISP").get("/api/cases", {"open": "true", "post": "DISP"}).json()
    assert [row["id"] for row in listed["items"]] == [number]


def test_a_case_elsewhere_is_not_there(world, http):
    case = world.report("DUTY", area=world.areas["b"])
    grid = http("GS-m")
    assert grid.get("/api/cases").json()["items"] == []
    for path, verb in [("", None), ("/move", "file"), ("/remind", None)]:
        answer = (
            grid.get(f"/api/cases/{case.pk}")
            if not path
            else post(grid, f"/{case.pk}{path}", {"verb": verb} if verb else {"reason": ""})
        )
        assert answer.status_code == 404, path
    assert Client().get("/api/cases").status_code in (401, 403)


def test_whoever_has_to_work_on_a_sensitive_case_sees_it(world, http):
    case = world.report("DUTY", kind="missing-person", condition="child")
    desk = http("DEPT-sw")
    assert desk.get(f"/api/cases/{case.pk}").status_code == 404
    world.through(case, "dispatch", dept="DEPT-sw")
    assert desk.get(f"/api/cases/{case.pk}").status_code == 200
    assert http("DEPT-cg").get(f"/api/cases/{case.pk}").status_code == 404


def test_evidence_up_and_down(world, http):
    case = world.report()
    sent = http("GS-m").post(
        f"/api/cases/{case.pk}/evidence?kind=photo_before", JPEG, content_type="application/octet-stream"
    )
    assert sent.status_code == 200, sent.content
    ref = sent.json()["ref"]
    got = http("DUTY").get(f"/api/cases/evidence/{ref}")
    assert b"".join(got.streaming_content) == JPEG and got["Content-Type"] == "image/jpeg"
    assert "attachment" in got["Content-Disposition"] and got["X-Content-Type-Options"] == "nosniff"
    bad = http("GS-m").post(
        f"/api/cases/{case.pk}/evidence?kind=photo_before", b"<html>", content_type="application/octet-stream"
    )
    assert bad.status_code == 422 and Evidence.objects.count() == 1
    elsewhere = world.report("DUTY", area=world.areas["b"])
    with write():
        Evidence.objects.update(case=elsewhere)
    assert http("GS-m").get(f"/api/cases/evidence/{ref}").status_code == 404


def test_why_a_deadline_is_what_it_is(world, http):
    case = world.through(world.report(kind="manhole", condition="damaged"), "dispatch", dept="DEPT-sw")
    clocks = http("DUTY").get(f"/api/cases/{case.pk}").json()["clocks"]
    limit = next(row for row in clocks if row["name"] == "limit")
    why = http("DUTY").get(f"/api/cases/clocks/{limit['id']}/why").json()
    assert why["counted_s"] == 4 * 3600 and why["spans"][0]["text"].startswith("12-29 17:00 – 18:00")
    assert http("DUTY").get("/api/cases/clocks/999999/why").status_code == 404


def test_supervision_appeal_and_figures(world, http):
    case = world.through(world.report(), "sign_for")
    until = (clock.now() + timedelta(hours=1)).isoformat()
    made = post(http("CMD"), f"/{case.pk}/supervise", {"level": "leader", "reply_by": until, "reason": "快"})
    assert made.status_code == 200, made.content
    number = made.json()["id"]
    assert (
        post(http("DEPT-cg"), f"/supervisions/{number}/reply", {"text": "在办"}).json()["state"] == "replied"
    )
    assert post(http("DUTY"), f"/supervisions/{number}/end", {"reason": "x"}).status_code == 403
    assert post(http("CMD"), f"/supervisions/{number}/end", {"reason": "好"}).json()["state"] == "ended"
    assert post(http("DEPT-cg"), f"/{case.pk}/appeal", {"reason": "x"}).status_code == 409
    period = {
        "since": (clock.now() - timedelta(days=1)).isoformat(),
        "until": (clock.now() + timedelta(days=1)).isoformat(),
    }
    rows = http("DUTY").get("/api/cases/evaluation", period).json()
    assert rows[0]["department"] == "cg" and {"numerator", "denominator"} <= set(rows[0]["rates"][0])
    assert http("DUTY").get("/api/cases/catalogue").json()["kinds"][0]["code"]


def test_the_admin_shows_cases_and_changes_none(world, http):
    case = world.through(world.report(), "sign_for")
    admin = http("DUTY")
    for page in (
        "case",
        "kind",
        "catalogueversion",
        "workflowversion",
        "clock",
        "supervision",
        "appeal",
        "evidence",
    ):
        assert admin.get(f"/admin/cases/{page}/").status_code == 200, page
    assert admin.get(f"/admin/cases/case/{case.pk}/change/").status_code == 200
    before = Case.objects.values().get(pk=case.pk)
    admin.post(f"/admin/cases/case/{case.pk}/change/", {"state": "closed"})
    admin.post(f"/admin/cases/case/{case.pk}/delete/", {"post": "yes"})
    assert Case.objects.values().get(pk=case.pk) == before
    sensitive = world.report("DUTY", kind="missing-person", condition="child")
    assert http("DEPT-sw").get(f"/admin/cases/case/{sensitive.pk}/change/").status_code in (302, 403, 404)
