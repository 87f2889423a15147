"""The hand-over in the admin: drafted and signed by buttons, each side with a log-in of its own, read in both languages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation

from chengyun.kernel.models import JournalEntry
from chengyun.kernel.transaction import write
from chengyun.people import handover, queries, record_text
from chengyun.people.models import Department, DutyPattern, HandOver, Post, Shift, Staff
from tests.people.test_shifts import END, shift, team


def browser(code: str) -> Client:
    with write():
        user, _ = get_user_model().objects.get_or_create(username=code.lower(), defaults={"is_staff": True})
        Staff.objects.filter(pack_ref=code).update(user=user)
    client = Client()
    client.force_login(user)
    return client


def language(client: Client, code: str) -> None:
    client.cookies["django_language"] = code


@pytest.fixture
def evening(running):
    running.advance_to(END - timedelta(minutes=20))
    return running


def page(row: HandOver) -> str:
    return f"/admin/people/handover/{row.pk}/change/"


def buttons(html: str) -> set[str]:
    return set(re.findall(r'type="submit" name="(_\w+)"', html)) - {"_save", "_continue", "_addanother"}


def test_drafted_and_signed_by_both_sides_each_with_their_own_log_in(evening):
    running = shift()
    out, into = team(running)["DUTY"], team(queries.next_shift(running))["DUTY"]
    leaving, coming = browser(out), browser(into)
    url = f"/admin/people/shift/{running.pk}/change/"
    assert buttons(leaving.get(url).content.decode()) == {"_draft", "_roster"}
    answer = leaving.post(url, {"remarks": "湖边人多", "_draft": "1"})
    row = HandOver.objects.get()
    assert answer.status_code == 302 and answer.url == page(row)
    assert row.remarks == "湖边人多" and JournalEntry.objects.get(kind="shift.drafted").actor != "system"
    shown = leaving.get(page(row)).content.decode()
    assert buttons(shown) == {"_out", "_draft"} and "湖边人多" in shown
    assert buttons(coming.get(page(row)).content.decode()) == {"_in", "_draft"}
    # The other side's button does not sign for one, even where it is sent.
    coming.post(page(row), {"_out": "1", "read": row.digest, "remarks": ""})
    row.refresh_from_db()
    assert row.signed_out_by is None and row.signed_in_by is None
    leaving.post(page(row), {"_out": "1", "read": row.digest, "remarks": ""})
    coming.post(page(row), {"_in": "1", "read": row.digest, "remarks": ""})
    row.refresh_from_db()
    assert (row.state, shift().code) == ("done", "night")
    assert (row.signed_out_by.pack_ref, row.signed_in_by.pack_ref) == (out, into)
    assert buttons(leaving.get(page(row)).content.decode()) == set()


def test_a_record_drafted_anew_is_not_signed_unread(evening):
    running = shift()
    out = team(running)["DUTY"]
    client = browser(out)
    url = f"/admin/people/shift/{running.pk}/change/"
    client.post(url, {"remarks": "first", "_draft": "1"})
    read = HandOver.objects.get().digest
    client.post(page(HandOver.objects.get()), {"remarks": "second", "_draft": "1", "read": read})
    row = HandOver.objects.get()
    assert row.remarks == "second" and row.digest != read
    client.post(page(row), {"_out": "1", "read": read, "remarks": ""})
    row.refresh_from_db()
    assert row.signed_out_by is None


def test_somebody_else_sees_no_button_and_cannot_press_one(evening):
    running = shift()
    outsiders = Staff.objects.exclude(
        pk__in=[*queries.signers(running).values(), *queries.signers(queries.next_shift(running)).values()]
    )
    client = browser(outsiders.filter(state="active").order_by("id").first().pack_ref)
    url = f"/admin/people/shift/{running.pk}/change/"
    client.post(url, {"remarks": "", "_draft": "1"})
    assert not HandOver.objects.exists()
    browser(team(running)["DUTY"]).post(url, {"remarks": "", "_draft": "1"})
    row = HandOver.objects.get()
    assert client.post(page(row), {"_out": "1", "read": row.digest}).status_code in (302, 403)
    assert client.post(page(row), {"_draft": "1", "read": row.digest}).status_code in (302, 403)
    row.refresh_from_db()
    assert row.signed_out_by is None


def test_the_record_reads_in_both_languages(evening, monkeypatch):
    monkeypatch.setattr(handover, "_sections", dict(handover._sections))
    handover.section(
        "with_words",
        "words",
        lambda area, at: [{"post": "DUTY"}],
        say=lambda item: record_text.post(item["post"]),
    )
    handover.section("without", "bare", lambda area, at: [{"n": 1, "code": "x"}])
    handover.section("broken_words", "old", lambda area, at: [{"other": 1}], say=lambda item: item["gone"])
    running = shift()
    client = browser(team(running)["DUTY"])
    client.post(f"/admin/people/shift/{running.pk}/change/", {"remarks": "", "_draft": "1"})
    row = HandOver.objects.get()
    post = Post.objects.get(code="DUTY")
    assert post.name_zh != post.name_en
    language(client, "zh-hans")
    chinese = client.get(page(row)).content.decode()
    language(client, "en")
    english = client.get(page(row)).content.decode()
    assert f"DUTY {post.name_zh}" in chinese and f"DUTY {post.name_en}" in english
    assert f"DUTY {post.name_zh}" not in english
    assert "code: x, n: 1" in english and "other: 1" in english


def test_names_follow_the_readers_language(running):
    for row in (
        Post.objects.get(code="DUTY"),
        Department.objects.first(),
        DutyPattern.objects.first(),
        shift().area,
    ):
        with translation.override("zh-hans"):
            assert row.name_zh in str(row)
        with translation.override("en"):
            assert row.name_en in str(row) and row.name_zh not in str(row)


def test_a_reader_without_rights_can_look_at_both_pages(evening):
    running = shift()
    browser(team(running)["DUTY"]).post(
        f"/admin/people/shift/{running.pk}/change/", {"remarks": "", "_draft": "1"}
    )
    leader = browser(team(running)["DUTY"])
    for path in (
        f"/admin/people/shift/{queries.next_shift(running).pk}/change/",
        page(HandOver.objects.get()),
    ):
        assert leader.get(path).status_code == 200
    assert Shift.objects.filter(state="handing_over").count() == 1


def test_substitutes_are_chosen_in_one_table_and_saved_together(evening):
    row = shift()
    client = browser(team(row)["LEAD"])
    url = f"/admin/people/shift/{row.pk}/change/"
    answer = client.get(url)
    lines = {line.duty.post.code: line for line in answer.context["roster"]}
    assert set(lines) == {"DUTY", "LEAD", "DISP"} and "_roster" in buttons(answer.content.decode())
    assert "示例人员" in lines["DISP"].serves, "names for who may read them"
    spare = [ref for ref, _ in lines["DISP"].fields["substitute"].choices if ref][-2:]
    said = {line.add_prefix("was"): line.initial["was"] for line in lines.values()}
    wanted = said | {
        lines["DISP"].add_prefix("substitute"): spare[0],
        lines["DISP"].add_prefix("reason"): "ill",
        "_roster": "1",
    }
    before = JournalEntry.objects.latest("id").id
    assert client.post(url, wanted).status_code == 302
    entry = JournalEntry.objects.get(id__gt=before)
    assert (entry.kind, entry.payload["in"], entry.payload["reason"]) == ("duty.substituted", spare[0], "ill")
    # The same page once more: somebody else serves by now, so that nothing of it is saved.
    both = wanted | {lines["LEAD"].add_prefix("substitute"): spare[1]}
    client.post(url, both)
    assert JournalEntry.objects.latest("id").id == entry.id


def test_who_may_not_substitute_sees_the_roster_and_changes_nothing(evening):
    row = shift()
    with write():
        user = get_user_model().objects.get(username="audit")
        user.is_staff = True
        user.save()
    client = Client()
    client.force_login(user)
    url = f"/admin/people/shift/{row.pk}/change/"
    answer = client.get(url)
    html = answer.content.decode()
    assert answer.status_code == 200 and "示例人员" not in html and "<select" not in html.split("roster")[1]
    line = answer.context["roster"][0]
    before = JournalEntry.objects.latest("id").id
    sent = {line.add_prefix("was"): line.duty.staff.ref, line.add_prefix("substitute"): "p-x", "_roster": "1"}
    assert client.post(url, sent).status_code == 403
    assert JournalEntry.objects.latest("id").id == before


def test_what_an_action_refuses_stands_at_its_field_and_nothing_typed_is_lost(running):
    with write():
        user = get_user_model().objects.get(username="keeper")
        user.is_staff = True
        user.save()
    client = Client()
    client.force_login(user)
    row = DutyPattern.objects.get(code="centre")
    url = f"/admin/people/dutypattern/{row.pk}/change/"
    typed = {
        "name_zh": "新名",
        "name_en": row.name_en,
        "area": row.area_id,
        "handover": "on",
        "in_service": "on",
        "body": '{"shifts": [], "teams": [{"DUTY": "nobody"}]}',
    }
    answer = client.post(url, typed)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["body"] and "新名" in answer.content.decode()
    row.refresh_from_db()
    assert row.name_zh != "新名"
