"""Cases attacked by every door they have: who verifies and closes (4), clocks (6), evidence files (12)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client

from chengyun.cases import actions, catalogues, pack, queries
from chengyun.cases.logic.workflow import Workflow
from chengyun.cases.logic.worktime import Limit
from chengyun.cases.models import Case, Clock, Evidence, Step
from chengyun.kernel import clock, registry
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Refused
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import Pack
from chengyun.kernel.scope import ALL
from chengyun.kernel.transaction import write
from chengyun.people.models import Department, Post, RoleGrant, Staff
from tests.cases.world import RUYIHU, World

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100
Browser = Callable[[str], Client]


@pytest.fixture
def http(desks: World) -> Browser:
    """A browser in which whoever stands at a post is logged in."""

    def client(code: str) -> Client:
        return logged_in(Staff.objects.get(pk=desks.posts[code].standing_id))

    return client


def logged_in(person: Staff) -> Client:
    if person.user is None:
        with write():
            person.user = get_user_model().objects.create(username=person.ref, is_staff=True)
            person.save()
    client = Client(raise_request_exception=False)
    client.force_login(person.user, backend="chengyun.people.backends.ThrottledBackend")
    return client


# ---- 4. who settles never verifies or closes; for listed kinds not even the same organisation ----


def ends(workflow: Workflow) -> set[str]:
    """Every verb that verifies a fix or closes a case, whatever the definition calls it."""
    closing = {
        verb.code
        for verb in workflow.verbs.values()
        for source, target in verb.to.items()
        if workflow.states[source].open and target in workflow.states and not workflow.states[target].open
    }
    return closing | {"post_fix_check"}


def smoke(desks: World, upto: str) -> Case:
    """A case of a listed kind, settled by the department zfzd."""
    case = desks.through(desks.report(kind="smoke", condition="visible"), "handle", dept="DEPT-zfzd")
    if upto == "handle":
        return case
    for verb, who in (("settle", "DEPT-zfzd"), ("post_fix_check", "VERIFY")):
        case = desks.move(case, verb, who)
        if verb == upto:
            break
    return case


def colleague(*, kind: str = "verifier") -> Staff:
    """Somebody of the same department who holds every role of the centre and never touched the case."""
    with write():
        department = Department.objects.get(code="zfzd")
        user = get_user_model().objects.create(username="colleague", is_staff=True)
        person = Staff.objects.create(ref="p-colleague", state="active", department=department, user=user)
        root = Case.objects.get().area.parent.parent
        for role in ("verifier", "shift_leader", "dispatcher", "duty_officer", "commander", "admin"):
            RoleGrant.objects.create(user=user, role=role, area=root)
    return person


UPTO = {"post_fix_check": "settle", "close": "post_fix_check", "force_close": "post_fix_check"}


def test_no_verb_that_ends_a_case_is_left_out_of_the_rule(desks: World) -> None:
    workflow = catalogues.workflow(*_current_workflow())
    for code in ends(workflow):
        assert {"not_fixer", "other_organisation", "person"} <= set(workflow.verbs[code].guards), code


def _current_workflow() -> tuple[int, str]:
    row = catalogues.current_workflow("standard")
    return row.pk, row.digest


@pytest.mark.parametrize("verb", sorted(UPTO))
def test_the_same_organisation_neither_verifies_nor_closes_a_listed_kind(
    desks: World, http: Browser, verb: str
) -> None:
    case = smoke(desks, UPTO[verb])
    actions.second_sign(actor=desks.at("DUTY"), case_id=case.pk)
    person = colleague()
    steps, entries = Step.objects.count(), JournalEntry.objects.count()
    client = logged_in(person)
    answer = client.post(
        f"/api/cases/{case.pk}/move", {"verb": verb, "reason": "x"}, content_type="application/json"
    )
    assert answer.status_code == 403 and answer.json()["code"] == "same_organisation", answer.content
    listed = {row["verb"]: row for row in client.get(f"/api/cases/{case.pk}").json()["verbs"]}
    assert listed[verb]["code"] == "same_organisation" and not listed[verb]["allowed"]
    # The actor said to stand at another post is still the same person of the same organisation.
    for post in ("VERIFY", "LEAD", "CMD", None):
        mighty = Actor(ref="p-colleague", post=post, organisation="zfzd", grants=(("/", frozenset({"*"})),))
        with pytest.raises(Refused):
            actions.move(actor=mighty, case_id=case.pk, verb=verb, reason="x")
    assert (Step.objects.count(), JournalEntry.objects.count()) == (steps, entries)
    # The admin has no way either: nothing of a case can be posted to it.
    for where in ("change/", "delete/"):
        client.post(f"/admin/cases/case/{case.pk}/{where}", {"state": "closed", "is_open": "", "post": "yes"})
    assert Case.objects.get(pk=case.pk).state == case.state
    by_others = {"post_fix_check": "VERIFY", "close": "LEAD", "force_close": "LEAD"}[verb]
    assert desks.move(case, verb, by_others, reason="x").state != case.state


@pytest.mark.parametrize("verb", sorted(UPTO))
def test_the_settler_does_not_by_any_of_their_roles(desks: World, http: Browser, verb: str) -> None:
    case = smoke(desks, UPTO[verb])
    actions.second_sign(actor=desks.at("DUTY"), case_id=case.pk)
    settler = Staff.objects.get(pk=desks.posts["DEPT-zfzd"].standing_id)
    with write():
        user = get_user_model().objects.create(username="settler", is_staff=True, is_superuser=True)
        settler.user = user
        settler.save()
        # Made verifier and shift leader meanwhile: the person stays the person.
        Post.objects.filter(code__in=["VERIFY", "LEAD"]).update(standing=settler)
    body = {"verb": verb, "reason": "x"}
    answer = logged_in(settler).post(f"/api/cases/{case.pk}/move", body, content_type="application/json")
    assert answer.status_code == 403, answer.content
    assert answer.json()["code"] in ("fixer_cannot_verify", "same_organisation")
    assert Case.objects.get(pk=case.pk).is_open


def test_a_co_handler_settled_too(desks: World) -> None:
    case = smoke(desks, "handle")
    desks.move(case, "join", "DISP", post="DEPT-sw")
    desks.move(case, "co_settle", "DEPT-sw")
    case = desks.move(case, "settle", "DEPT-zfzd")
    for organisation in ("sw", "zfzd"):
        same = replace(desks.at("VERIFY"), organisation=organisation)
        with pytest.raises(Refused) as refused:
            actions.move(actor=same, case_id=case.pk, verb="post_fix_check")
        assert refused.value.code == "same_organisation"
    assert desks.move(case, "post_fix_check", "VERIFY").state == "verified"


# ---- 12. evidence files ----


def send(client: Client, case: Case, content: bytes, *, kind: str = "photo_before", **headers: str) -> Any:
    return client.post(
        f"/api/cases/{case.pk}/evidence?kind={kind}",
        content,
        content_type=headers.pop("content_type", "application/octet-stream"),
        headers=headers,
    )


def archive() -> bytes:
    """A zip of a megabyte of nothing: a kilobyte."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("../../../etc/cron.d/x", b"\0" * 1_000_000)
    return made.getvalue()


WRONG = {
    "html": b"<html><script>alert(1)</script>",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "gif": b"GIF89a" + b"\0" * 50,
    "program": b"MZ\x90\x00" + b"\0" * 50,
    "elf": b"\x7fELF" + b"\0" * 50,
    "zip": archive(),
    "text": "现场照片.jpg".encode(),
    "late magic": b" " + JPEG,
    "riff that is no picture": b"RIFF\0\0\0\0WAVE" + b"\0" * 50,
    "empty": b"",
    "null": b"\0",
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_a_file_is_is_found_from_its_content(desks: World, http: Browser, name: str) -> None:
    case = desks.report()
    for content_type in ("image/jpeg", "application/octet-stream", "text/html"):
        answer = send(
            http("GS-m"), case, WRONG[name], content_type=content_type,
            **{"Content-Disposition": 'attachment; filename="photo.jpg"'},
        )  # fmt: skip
        assert answer.status_code == 422, answer.content
        assert answer["Content-Type"].startswith("application/problem+json") and answer.json()["hint"]
    assert not Evidence.objects.exists() and not files_kept()


def files_kept() -> list[Path]:
    root = Path(django_settings.EVIDENCE_ROOT)
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


@pytest.mark.parametrize("kind", ["photo_before", "video", "document"])
def test_a_right_file_under_a_wrong_kind_is_refused(desks: World, http: Browser, kind: str) -> None:
    right = {"photo_before": b"%PDF-1.7", "video": JPEG, "document": b"\0\0\0\x18ftypmp42"}[kind]
    assert send(http("GS-m"), desks.report(), right, kind=kind).status_code == 422


def test_a_file_that_is_two_things_leaves_as_one_and_is_never_shown_in_the_page(
    desks: World, http: Browser
) -> None:
    """A picture to us, a page or an archive to somebody else: it leaves as a picture to be saved, not to be guessed at."""
    case = desks.report()
    for tail in (b"<script>alert(1)</script>", archive(), b"*/=1;alert(1)//", b"%PDF-1.7"):
        sent = send(http("GS-m"), case, b"\xff\xd8\xff\xe0" + tail, content_type="text/html")
        assert sent.status_code == 200
        got = http("DUTY").get(f"/api/cases/evidence/{sent.json()['ref']}")
        assert got["Content-Type"] == "image/jpeg" and got["X-Content-Type-Options"] == "nosniff"
        assert got["Content-Disposition"].startswith("attachment") and "no-store" in got["Cache-Control"]
        assert "default-src 'self'" in got["Content-Security-Policy"]
        assert b"".join(got.streaming_content).endswith(tail)


def test_a_huge_file_is_refused_before_it_is_kept(desks: World, http: Browser) -> None:
    case = desks.report()
    for size in (10 * 1024 * 1024 + 1, 13 * 1024 * 1024):
        answer = send(http("GS-m"), case, JPEG + b"\0" * (size - len(JPEG)))
        assert answer.status_code == 413, (size, answer.content)
    # A bomb is not set off: nothing here unpacks what it is given.
    packed = send(http("GS-m"), case, archive(), **{"Content-Encoding": "gzip"})
    assert packed.status_code in (415, 422) and not Evidence.objects.exists() and not files_kept()


PLACES = [
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/x",
    "e-x/../../secret_key",
    "/etc/passwd",
    "e-\x00",
    "*",
]


@pytest.mark.parametrize("place", PLACES)
def test_no_name_leads_out_of_the_store(desks: World, http: Browser, place: str) -> None:
    case = desks.report()
    ref = send(http("GS-m"), case, JPEG).json()["ref"]
    for where in (place, f"{ref}/../{place}", f"{ref}%00", ref.upper() + "x"):
        assert http("DUTY").get(f"/api/cases/evidence/{where}").status_code in (404, 400), where
    named = send(
        http("GS-m"), case, JPEG + b"2", **{"Content-Disposition": f'attachment; filename="{place!r}"'}
    )
    assert named.status_code == 200
    assert send(http("GS-m"), case, JPEG, kind="../photo").status_code == 422
    root = Path(django_settings.EVIDENCE_ROOT).resolve()
    assert len(files_kept()) == 2 and all(root in path.resolve().parents for path in files_kept())
    # Kept under its hash, whatever it was called, and readable by this user alone.
    assert {path.name for path in files_kept()} == set(Evidence.objects.values_list("sha256", flat=True))
    assert all(path.stat().st_mode & 0o077 == 0 for path in files_kept())


def test_a_file_is_there_for_whoever_may_see_its_case_and_for_nobody_else(
    desks: World, http: Browser
) -> None:
    elsewhere = desks.report("DUTY", area=desks.areas["b"])
    hidden = desks.report("DUTY", kind="missing-person", condition="child")
    mine = desks.report()
    refs = {
        case.pk: send(http("DUTY"), case, JPEG + str(case.pk).encode()).json()["ref"]
        for case in (elsewhere, hidden, mine)
    }

    def status(client: Client, case: Case) -> int:
        return client.get(f"/api/cases/evidence/{refs[case.pk]}").status_code

    grid, desk, duty = http("GS-m"), http("DEPT-sw"), http("DUTY")
    assert [status(grid, case) for case in (mine, elsewhere, hidden)] == [200, 404, 404]
    assert status(desk, hidden) == 404 and status(duty, hidden) == 200
    assert {status(Client(), case) for case in (mine, elsewhere, hidden)} <= {401, 403}
    unknown = grid.get("/api/cases/evidence/e-00000000000000000000").json()
    there = grid.get(f"/api/cases/evidence/{refs[elsewhere.pk]}").json()
    assert unknown == there, "a file out of sight must read like one that does not exist"
    # No way in either, nor by the number of another case.
    for case in (elsewhere, hidden):
        assert send(grid, case, JPEG).status_code == 404
        assert grid.get(
            f"/admin/cases/evidence/{Evidence.objects.get(case=case).pk}/change/"
        ).status_code in (302, 403)
    assert Evidence.objects.count() == 3
    desks.through(hidden, "dispatch", dept="DEPT-sw")
    assert status(desk, hidden) == 200, "who has to work on it sees it"
    actions.erase_texts(actor=system("privacy"), case_id=mine.pk)
    assert status(duty, mine) == 404


# ---- 6. clocks survive restarts, edits and transfers, and explain themselves ----


def new_process() -> None:
    """What a process knows when it starts: nothing."""
    catalogues._catalogues.clear()
    catalogues._workflows.clear()
    registry.forget()


def all_clocks() -> dict[int, tuple[Any, ...]]:
    return {row.pk: (row.due_at, row.next_at, row.stopped_at, row.policy) for row in Clock.objects.all()}


def honest(row: Clock) -> dict[str, Any]:
    """An explanation adds up: stretch follows stretch, and what counts comes to the limit at the deadline."""
    why = queries.why_due(row)
    spans = why["spans"]
    assert spans[0]["from"] == row.started_at and spans[-1]["to"] == row.due_at == why["due_at"]
    assert all(a["to"] == b["from"] for a, b in zip(spans, spans[1:], strict=False))
    limit = Limit(row.policy["amount"] * (1 + row.extra), row.policy["unit"])
    assert timedelta(seconds=why["counted_s"]) == limit.length
    counted = sum(((span["to"] - span["from"]) for span in spans if span["kind"] == "counting"), timedelta(0))
    assert counted == limit.length
    assert all(span["text"] and span["kind"] in ("counting", "paused", "off") for span in spans)
    return why


def test_a_clock_does_not_notice_a_restart(desks: World) -> None:
    case = desks.through(desks.report(), "sign_for")
    before = all_clocks()
    new_process()
    assert all_clocks() == before
    desks.pass_time(minutes=100)
    new_process()
    desks.pass_time(minutes=21)
    new_process()
    row = Clock.objects.get(case=case, overall=True)
    assert row.breached_at == row.due_at == before[row.pk][0]
    honest(row)
    new_process()
    said = [
        entry.payload["event"]
        for entry in JournalEntry.objects.filter(kind="case.clock", subject=f"case:{case.pk}").order_by("id")
        if entry.payload["clock"] == "limit"
    ]
    assert said == ["warning", "breach"], "each once, restarts or not"


def test_editing_catalogue_policy_and_calendar_moves_no_clock_that_runs(desks: World, tmp_path: Path) -> None:
    urgent = desks.through(desks.report(kind="crowd-safety", condition="surge"), "dispatch")
    slow = desks.through(desks.report(kind="manhole", condition="damaged"), "dispatch", dept="DEPT-sw")
    before, said = (
        all_clocks(),
        {row.pk: queries.why_due(row) for row in Clock.objects.filter(stopped_at=None)},
    )
    body = yaml.safe_load((RUYIHU / "catalogue.yaml").read_text())
    body |= {"version": "changed", "warn_left": 0.9, "rungs": [0, 9]}
    for kind in body["kinds"]:
        for condition in kind["conditions"]:
            condition["limit"] = [9, "natural_day"]
    body["policies"]["one_three_five"] = {
        "clocks": {"respond": [9, "minute"], "arrive": [9, "minute"], "act": [9, "minute"]}
    }
    body["stage_limits"] = {"signing": [9, "minute"]}
    (tmp_path / "catalogue.yaml").write_text(yaml.safe_dump(body, allow_unicode=True))
    (tmp_path / "calendar.yaml").write_text(yaml.safe_dump({"windows": [["01:00", "02:00"]]}))
    found = Pack(tmp_path)
    data = pack.read(found)
    found.check()
    actions.load_cases(actor=system("init"), data=data)
    assert catalogues.current().code == "changed"
    new_process()
    assert all_clocks() == before
    assert {row.pk: queries.why_due(row) for row in Clock.objects.filter(pk__in=said)} == said
    # What begins now goes by the new one, also inside a case that runs: a new stage; the old limit goes on beside it.
    fresh = desks.through(desks.report(kind="manhole", condition="damaged"), "dispatch", dept="DEPT-sw")
    limit = Clock.objects.get(case=fresh, overall=True)
    assert (limit.policy["amount"], limit.policy["unit"]) == (9, "natural_day")
    desks.pass_time(minutes=6)
    broken = Clock.objects.filter(case=urgent).exclude(breached_at=None)
    assert {row.name: row.breached_at for row in broken} == {
        name: before[row.pk][0]
        for name in ("respond", "arrive", "act")
        for row in [Clock.objects.get(case=urgent, name=name)]
    }
    for row in Clock.objects.filter(case__in=[urgent, slow], stopped_at=None):
        honest(row)


def test_a_deadline_explains_itself_through_pause_extension_and_holiday(desks: World) -> None:
    # 4 working hours from Friday 17:00: one today, the rest on Tuesday 2 January, for 1 January is a holiday.
    case = desks.through(desks.report(kind="manhole", condition="damaged"), "handle", dept="DEPT-sw")

    def limit() -> Clock:
        return Clock.objects.get(case=case, overall=True)

    why = honest(limit())
    # From Friday evening to Tuesday morning in one stretch: the weekend, and Monday 1 January, a holiday.
    assert any(
        span["kind"] == "off" and span["to"] - span["from"] > timedelta(days=3) for span in why["spans"]
    )
    before = limit().due_at
    desks.move(case, "request_extension", "DEPT-sw", reason="配件未到")
    desks.move(case, "review_extension", "DEPT-cg")
    desks.move(case, "approve_extension", "DUTY")
    why = honest(limit())
    assert why["extended"] == 1 and limit().due_at > before
    until = clock.now() + timedelta(days=5)
    desks.move(case, "request_suspension", "DEPT-sw", reason="待停水", until=until)
    desks.move(case, "approve_suspension", "LEAD")
    assert limit().due_at is None and Case.objects.get(pk=case.pk).due_at is None
    new_process()
    desks.pass_time(days=6)
    why = honest(limit())
    assert why["spans"][0]["kind"] == "paused" and why["spans"][0]["to"] == until
    assert [span["kind"] for span in why["spans"]].count("paused") >= 1
    assert Case.objects.get(pk=case.pk).state == "handling"
    new_process()
    assert honest(limit()) == why
    client = logged_in(Staff.objects.get(pk=desks.posts["DUTY"].standing_id))
    shown = client.get(f"/api/cases/clocks/{limit().pk}/why").json()
    assert shown["counted_s"] == why["counted_s"] and len(shown["spans"]) == len(why["spans"])


def test_every_clock_of_a_busy_life_can_explain_itself(desks: World) -> None:
    case = desks.through(desks.report(kind="crowd-safety", condition="surge"), "sign_for")
    desks.pass_time(minutes=2)
    desks.move(case, "return", "DEPT-cg", reason="x")
    desks.pass_time(minutes=3)
    desks.move(case, "redispatch", "DISP", post="DEPT-sw")
    for verb, who in (("sign_for", "DEPT-sw"), ("handle", "DEPT-sw"), ("settle", "DEPT-sw")):
        desks.move(case, verb, who)
    desks.pass_time(minutes=9)
    desks.move(case, "fail_verification", "VERIFY", reason="x")
    assert queries.visible_case(ALL, case.pk).state == "handling"
    rows = list(Clock.objects.filter(case=case).exclude(due_at=None))
    assert len(rows) >= 8
    for row in rows:
        honest(row)
