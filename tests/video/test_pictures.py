"""Masked pictures: none without its masking facts, none for ever, none to whoever may not see it or says no reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from chengyun.alerts import actions as alerts
from chengyun.cases import actions as cases
from chengyun.cases.models import Case
from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, TooLarge
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import write
from chengyun.video import actions, files
from chengyun.video.actions import pictures
from chengyun.video.logic.jpeg import MAX_BYTES
from chengyun.video.models import Picture, Viewing
from tests.video.pictures import facts, jpeg, segment


def store(world, **more):
    content = more.pop("content", None) or jpeg()
    return actions.store(worker="w1", facts=facts(content, **more), content=content)


def test_a_masked_picture_is_kept_with_its_facts(world):
    row, new = store(world)
    assert new and files.path_of(row.sha256).read_bytes() == jpeg()
    assert files.path_of(row.sha256).stat().st_mode & 0o777 == 0o600
    (told,) = world.entries("camera.picture")
    assert (told["how"], told["heads"], told["models"]) == ("heads", 2, ["yolox-nano"])
    assert store(world) == (row, False) and Picture.objects.count() == 1


@pytest.mark.parametrize("how", ["", "none", "raw", "HEADS", None])
def test_never_a_picture_without_masking_facts(world, how):
    with pytest.raises(Invalid) as refused:
        store(world, masked=how)
    assert refused.value.field == "masked"
    row, _ = store(world)
    with pytest.raises(IntegrityError), transaction.atomic(), write():
        Picture.objects.filter(pk=row.pk).update(how=how or "")


@pytest.mark.parametrize(("more", "error"), [
    ({"sha256": "0" * 64}, Invalid),
    ({"width": 65}, Invalid),
    ({"content": b"GIF89a"}, Invalid),
    ({"content": jpeg(extra=segment(0xE1, b"Exif\x00\x00secret"))}, Invalid),
    ({"content": jpeg() + b"x" * MAX_BYTES}, TooLarge),
    ({"at": "old"}, Invalid),
])  # fmt: skip
def test_what_is_not_what_it_says_is_not_taken(world, more, error):
    if more.get("at") == "old":
        more = {"at": clock.now() - timedelta(days=30)}
    with pytest.raises(error):
        store(world, **more)
    assert not Picture.objects.exists() and not list(files.path_of("00").parents[1].rglob("*"))


def test_an_id_stays_with_its_picture(world):
    store(world)
    with pytest.raises(Conflict):
        store(world, camera="cam-1")


def test_a_picture_finds_its_event_whichever_comes_first(world):
    world.lease()
    store(world, id="p1", event="e1")
    world.clock.advance(seconds=1)
    world.say(world.word(evidence=["p2"]))
    store(world, id="p2", event="e1", content=jpeg(scan=b"\x55"))
    assert [p.ref for p in world.event().pictures.order_by("ref")] == ["p1", "p2"]


def with_alert(world):
    world.lease()
    world.clock.advance(seconds=1)
    world.say(world.word())
    store(world, event="e1")
    return world.event().alert


def days(world, n):
    """So many days later the timer of retention fires; the others, each minute of them, are not waited for."""
    world.clock.advance(seconds=n * 86_400)
    actions.forget_old()


def left():
    return Picture.objects.filter(erased_at=None).count()


def test_it_stays_until_the_floor_and_then_goes(world):
    row, _ = store(world)
    days(world, 29)
    assert left() == 1
    days(world, 3)
    assert left() == 0 and not files.path_of(row.sha256).exists()
    assert Picture.objects.count() == 1, "that it was there stays on record"
    assert world.entries("camera.pictures_erased")[-1]["count"] == 1


def test_it_waits_for_a_verdict_but_not_beyond_the_ceiling(world):
    with_alert(world)
    days(world, 60)
    assert left() == 1
    days(world, 32)
    assert left() == 0


def test_pictures_that_are_held_do_not_hide_later_ones(world, monkeypatch):
    monkeypatch.setattr(pictures, "AT_ONCE", 2)
    with_alert(world)
    for number in range(3):
        store(world, id=f"held{number}", event="e1", content=jpeg(scan=bytes([number])))
    store(world, id="free", content=jpeg(scan=b"\x77"))
    days(world, 40)
    assert left() == 5, "the first two looked at are held"
    for _ in range(3):
        (timer,) = Timer.objects.filter(kind=pictures.RETENTION)
        if not timer.payload["after"]:
            break
        actions.forget_old(timer.payload["after"])
    assert left() == 4 and not Picture.objects.filter(ref="free", erased_at=None).exists()


def test_an_open_case_holds_it_beyond_the_ceiling(world):
    alert = with_alert(world)
    alerts.judge(actor=world.at("DUTY"), alert_id=alert.pk, verdict="true")
    case = Case.objects.get()
    days(world, 95)
    assert left() == 1
    cases.move(actor=world.at("DUTY"), case_id=case.pk, verb="void", reason="test")
    days(world, 2)
    assert left() == 0


def test_one_file_behind_two_pictures_stays_for_the_other(world):
    row, _ = store(world)
    days(world, 20)
    store(world, id="p2")
    days(world, 12)
    assert left() == 1 and files.path_of(row.sha256).exists()


# Looking


def test_looking_is_on_record_and_stays_there(world):
    row, _ = store(world)
    seen = actions.view_picture(actor=world.at("DUTY"), picture=row, kind="stated", text="核对误报原因")
    assert (seen.what, seen.by, seen.post) == ("picture", world.at("DUTY").ref, "DUTY")
    (told,) = world.entries("camera.viewed")
    assert "核对误报原因" not in str(told) and told["reason_digest"]
    for change in ("update", "delete"):
        with pytest.raises(Exception, match="stays"), transaction.atomic(), write():
            rows = Viewing.objects.filter(pk=seen.pk)
            rows.update(reason="") if change == "update" else rows.delete()


@pytest.mark.parametrize(("kind", "ref", "text"), [
    ("stated", "", ""), ("stated", "", "   "), ("stated", "", "x"), ("curiosity", "", "because I can"),
    ("incident", "999", ""), ("incident", "x", ""), ("alert", "-1", ""), ("case", "1", ""),
    ("case", "9" * 30, ""), ("", "", "no kind at all"),
])  # fmt: skip
def test_nobody_looks_without_a_reason(world, kind, ref, text):
    with pytest.raises(Invalid):
        actions.view_live(actor=world.at("DUTY"), code="cam-0", kind=kind, ref=ref, text=text)
    assert not Viewing.objects.exists()


def test_a_live_view_inherits_its_reason(world):
    alert = with_alert(world)
    duty = world.at("DUTY")
    for kind, ref in (("alert", alert.pk), ("incident", alert.incident_id)):
        if ref is not None:
            assert actions.view_live(actor=duty, code="cam-0", kind=kind, ref=str(ref)).reason_ref == str(ref)
    alerts.judge(actor=duty, alert_id=alert.pk, verdict="true")
    case = Case.objects.get()
    assert actions.view_live(actor=duty, code="cam-0", kind="case", ref=str(case.pk)).what == "live"
    assert actions.view_live(actor=duty, code="cam-0", kind="shift").reason_kind == "shift"


def test_what_is_over_is_no_reason(world):
    alert = with_alert(world)
    alerts.judge(actor=world.at("DUTY"), alert_id=alert.pk, verdict="false")
    with pytest.raises(Invalid):
        actions.view_live(actor=world.at("DUTY"), code="cam-0", kind="alert", ref=str(alert.pk))


def test_no_machine_and_nobody_without_the_right_looks(world):
    for actor in (system("x"), world.at("GS-0")):
        with pytest.raises(NotAllowed):
            actions.view_live(actor=actor, code="cam-0", kind="stated", text="just looking")
    now = clock.now()
    with pytest.raises(NotAllowed):
        actions.play(
            actor=world.at("DUTY"),
            code="cam-0",
            since=now - timedelta(hours=1),
            until=now,
            text="looking back",
        )
    row = actions.play(
        actor=world.at("LEAD"),
        code="cam-0",
        since=now - timedelta(hours=1),
        until=now,
        text="复盘事件",
        download=True,
    )
    assert row.what == "download"


def test_a_recording_has_a_span_that_has_passed(world):
    now = clock.now()
    for since, until in (
        (now, now),
        (now, now - timedelta(1)),
        (now - timedelta(2), now),
        (now, now + timedelta(1)),
    ):
        with pytest.raises(Invalid):
            actions.play(actor=world.at("LEAD"), code="cam-0", since=since, until=until, text="looking back")
