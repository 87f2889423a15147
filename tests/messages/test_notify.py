"""One message per post while it waits, whatever storm is behind it; the facts of delivery stand apart."""

import importlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel import clock, journal
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, OutboxItem, Timer
from chengyun.kernel.scope import Scope
from chengyun.kernel.transaction import WriteOutsideAction, write
from chengyun.messages import actions, logic, pack, queries, texts
from chengyun.messages.models import Channel, Delivery, Message
from tests.posture.conftest import World

ALERTS = system("alerts")


def notify(world: World, post: str = "DUTY", **more: object) -> Message:
    given: dict[str, object] = {
        "actor": ALERTS,
        "post_id": world.posts[post].pk,
        "subject": "alert:1",
        "kind": "incident.opened",
        "bundle": "incident:1",
        "params": {"area": "a"},
    }
    return actions.notify(**{**given, **more})  # type: ignore[arg-type]


def test_ten_thousand_alerts_of_one_incident_are_one_message_per_post(world: World) -> None:
    actions.load_messages(actor=system("init"), data=pack.defaults())
    with write():
        for number in range(10_000):
            notify(world, ("DUTY", "LEAD")[number % 2], subject=f"alert:{number}")
    rows = Message.objects.order_by("post__code")
    assert [(row.post.code, row.count) for row in rows] == [("DUTY", 5000), ("LEAD", 5000)]
    assert OutboxItem.objects.filter(topic="message.send").count() == 2
    assert rows[0].subject == "alert:0" and rows[0].last_subject == "alert:9998"


def test_another_kind_another_bundle_another_post_is_another_message(world: World) -> None:
    refs = {
        notify(world).ref,
        notify(world, kind="alert.worsened").ref,
        notify(world, bundle="incident:2").ref,
        notify(world, "LEAD").ref,
    }
    assert len(refs) == 4


def test_after_reading_the_next_one_is_new(world: World) -> None:
    first = notify(world)
    assert notify(world).ref == first.ref
    actions.mark_read(actor=world.at("DUTY"), ref=first.ref)
    second = notify(world)
    assert second.ref != first.ref and second.count == 1


def test_the_database_itself_refuses_a_second_waiting_message(world: World) -> None:
    row = notify(world)
    with pytest.raises(IntegrityError), write(), transaction.atomic():
        row.pk, row.ref = None, "m-other"
        row.save(force_insert=True)


def test_rows_change_only_inside_actions(world: World) -> None:
    row = notify(world)
    with pytest.raises(WriteOutsideAction):
        row.save()
    with pytest.raises(WriteOutsideAction):
        Message.objects.filter(pk=row.pk).update(state="read")


def test_only_the_post_itself_reads_and_answers(world: World) -> None:
    row = notify(world)
    with pytest.raises(NotAllowed):
        actions.mark_read(actor=world.at("LEAD"), ref=row.ref)
    with pytest.raises(NotFound):
        actions.mark_read(actor=world.at("DUTY"), ref="m-none")
    world.pass_time(seconds=30)
    actions.answer(actor=world.at("DUTY"), ref=row.ref, answer="coming")
    actions.answer(actor=world.at("DUTY"), ref=row.ref, answer="coming")
    with pytest.raises(Conflict):
        actions.answer(actor=world.at("DUTY"), ref=row.ref, answer="cannot")
    with pytest.raises(Invalid):
        actions.answer(actor=world.at("DUTY"), ref=row.ref, answer="perhaps")
    inbox = Delivery.objects.get(message=row, channel="inbox")
    assert inbox.read_at == inbox.answered_at == row.created_at + timedelta(seconds=30)
    kinds = list(
        JournalEntry.objects.filter(subject=f"message:{row.ref}")
        .order_by("id")
        .values_list("kind", flat=True)
    )
    assert kinds == ["message.sent", "message.read", "message.answered"]


def test_free_text_is_not_a_parameter(world: World) -> None:
    for bad in ({"text": "x" * 101}, {"who": ["a"]}, {"who": {"a": 1}}):
        with pytest.raises(Invalid):
            notify(world, params=bad)


def test_one_sensitive_part_makes_the_whole_sensitive(world: World) -> None:
    notify(world)
    row = notify(world, klass="sensitive")
    everywhere = {"paths": ("/",)}
    assert not queries.visible_to(Scope(**everywhere, classes=frozenset({"open"}))).exists()
    assert (
        queries.visible_to(Scope(**everywhere, classes=frozenset({"open", "sensitive"}))).get().pk == row.pk
    )


def test_an_area_sees_the_messages_of_its_own_posts(world: World) -> None:
    notify(world, "FP-01")
    notify(world, "FP-02")
    seen = queries.visible_to(Scope(paths=(world.a.path,), classes=frozenset({"open"})))
    assert [row.post.code for row in seen] == ["FP-01"]


def test_the_inbox_is_that_of_the_post_one_is_on_duty_at(world: World) -> None:
    notify(world, "FP-01")
    assert queries.inbox(world.at("FP-01"), waiting=True).count() == 1
    assert queries.inbox(world.at("FP-02")).count() == 0
    assert queries.inbox(system("x")).count() == 0


def test_a_push_over_the_limit_waits_and_goes_later(world: World) -> None:
    actions.set_channel(actor=system("init"), code="log", kind="log")
    actions.set_limit(actor=system("init"), per_seconds=60, at_most=3)
    for number in range(5):
        notify(world, bundle=f"incident:{number}")
    assert OutboxItem.objects.filter(topic="message.send").count() == 3
    assert Timer.objects.filter(kind="message.held").count() == 2
    assert Delivery.objects.filter(channel="inbox").count() == 5
    world.pass_time(seconds=59)
    assert OutboxItem.objects.filter(topic="message.send").count() == 3
    world.pass_time(seconds=1)
    assert OutboxItem.objects.filter(topic="message.send").count() == 5


def test_reading_before_the_held_push_spares_it(world: World) -> None:
    actions.set_channel(actor=system("init"), code="log", kind="log")
    actions.set_limit(actor=system("init"), per_seconds=60, at_most=1)
    notify(world)
    held = notify(world, bundle="incident:2")
    actions.mark_read(actor=world.at("DUTY"), ref=held.ref)
    world.pass_time(minutes=5)
    assert OutboxItem.objects.filter(topic="message.send").count() == 1


def test_what_needs_a_decision_is_never_held(world: World) -> None:
    actions.set_channel(actor=system("init"), code="log", kind="log")
    actions.set_limit(actor=system("init"), per_seconds=60, at_most=1)
    for number in range(4):
        notify(world, kind="posture.asked", bundle=f"proposal:{number}")
    assert not Timer.objects.filter(kind="message.held").exists()


def test_the_next_shift_is_told_that_the_last_did_not_hand_over(world: World) -> None:
    if "shift.overdue" not in journal.kinds:
        journal.declare("shift.overdue", T("", ""), keys={"tell": list})
    with write():
        journal.record(
            "shift.overdue",
            subject="shift:1",
            area=world.root.path,
            actor=system("people"),
            payload={"late_s": 900, "post": "DUTY", "tell": ["LEAD", "DUTY"]},
        )
    assert set(Message.objects.values_list("post__code", flat=True)) == {"LEAD", "DUTY"}
    zh = queries.text(Message.objects.first(), zh=True)  # type: ignore[arg-type]
    assert "交接" in zh.title and "r" in zh.body


def test_loading_the_channels_twice_changes_nothing(world: World) -> None:
    actions.load_messages(actor=system("init"), data=pack.defaults())
    entries = JournalEntry.objects.count()
    actions.load_messages(actor=system("init"), data=pack.defaults())
    assert JournalEntry.objects.count() == entries and Channel.objects.count() == 1


def test_every_text_is_in_both_languages_and_uses_parameters_it_names() -> None:
    for kind in texts.kinds():
        template = texts.template(kind)
        assert logic.places(template.title_zh) == logic.places(template.title_en), kind
        assert logic.places(template.body_zh) == logic.places(template.body_en), kind


def test_a_kind_without_a_text_still_reaches_its_reader(world: World) -> None:
    row = notify(world, kind="not.written.yet")
    assert "not.written.yet" in queries.text(row, zh=False).title


@given(st.lists(st.integers(0, 300), max_size=40), st.integers(1, 5), st.integers(1, 100))
def test_no_window_ever_holds_more_pushes_than_the_limit(asked: list[int], most: int, window: int) -> None:
    start = clock.Virtual(clock.wall()).now()
    sent: list[float] = []
    limit = logic.Limit(window, most)
    for moment in sorted(asked):
        now = start + timedelta(seconds=moment)
        free = logic.free_at(now, [start + timedelta(seconds=s) for s in sent], [limit])
        sent.append(((free or now) - start).total_seconds())
        assert sent[-1] >= moment
    for at in sent:
        assert sum(at <= other < at + window for other in sent) <= most


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://hooks.example/x", True),
        ("https://HOOKS.example:443/x", True),
        ("http://hooks.example/x", True),
        ("https://hooks.example:8443/x", False),
        ("http://10.0.0.5:9000/", True),
        ("http://10.0.0.5/", False),
        ("https://hooks.example@evil.example/", False),
        ("https://evil.example/?hooks.example", False),
        ("https://hooks.example.evil.example/", False),
        ("ftp://hooks.example/", False),
        ("file:///etc/passwd", False),
        ("https://[::1]:9/", True),
        ("http://hooks.example:99999/", False),
        ("", False),
    ],
)
def test_a_webhook_goes_only_to_listed_hosts(url: str, allowed: bool) -> None:
    assert logic.host_allowed(url, ["hooks.example", "10.0.0.5:9000", "[::1]:9"]) is allowed


def test_two_workers_with_the_same_message_make_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("chengyun.messages.actions.notify")

    first = notify(world)
    count_in, blind = module._count_in, [True]

    def not_yet_visible(*args: object) -> Message | None:
        return None if blind and blind.pop() else count_in(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_count_in", not_yet_visible)
    again = notify(world)
    assert again.ref == first.ref and again.count == 2 and Message.objects.count() == 1
