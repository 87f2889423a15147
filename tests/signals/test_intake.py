"""Idempotency, the judging hook and its tokens, the input log, loading."""

from __future__ import annotations

import threading

import orjson
import pytest
from django.db import connection

from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import NotAllowed
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.kernel.transaction import write
from chengyun.signals import actions, judging, queries, registry
from chengyun.signals.actions import Message
from chengyun.signals.models import Datastream, Ingested, InputLog, IntakeCount, Latest, Observation
from tests.signals import small
from tests.signals.small import TEST, ago, reading, send


def test_the_same_message_twice_is_stored_once_and_judged_once(loaded, judged):
    first = send(reading("c1.people", 1), reading("c2.people", 2), key="m-1")
    again = send(reading("c1.people", 1), reading("c2.people", 2), key="m-1")
    assert (first.accepted, first.duplicates) == (2, 0)
    assert (again.accepted, again.duplicates, again.message_id) == (0, 1, None)
    assert Observation.objects.count() == 2
    assert len(judged) == 1


def test_without_an_id_the_content_is_the_key(loaded):
    at = ago()
    assert send(reading("c1.people", 1, at)).accepted == 1
    assert send(reading("c1.people", 1, at)).duplicates == 1
    assert send(reading("c1.people", 2, at)).accepted == 1


def test_the_topic_belongs_to_the_content(loaded):
    body = orjson.dumps([reading("c1.people", 1)])
    assert actions.receive(source="gw", body=body, topic="chengyun/gw/a").accepted == 1
    other = actions.receive(source="gw", body=body, topic="chengyun/gw/b")
    assert (other.duplicates, other.repeats) == (0, 1), "another message that brings the same reading"
    assert actions.receive(source="gw", body=body, topic="chengyun/gw/a").duplicates == 1


def test_the_same_key_of_two_sources_is_two_messages(loaded):
    assert send(reading("c1.people", 1), key="k").accepted == 1
    assert send(reading("w1.depth", 1), source="water", key="k").accepted == 1


def test_a_redelivery_within_one_batch_is_seen(loaded):
    body = orjson.dumps([reading("c1.people", 1)])
    receipts = actions.receive_many(
        [Message("gw", body), Message("gw", body), Message("gw", body, key="other")]
    )
    assert [(r.accepted, r.duplicates, r.repeats) for r in receipts] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_two_equal_readings_of_one_message_are_two(loaded):
    at = ago()
    assert send(reading("c1.people", 1, at), reading("c1.people", 1, at)).accepted == 2
    assert sorted(Observation.objects.values_list("idx", flat=True)) == [0, 1]


def test_keys_are_kept_seven_days(loaded):
    send(reading("c1.people", 1), key="k")
    loaded.advance(seconds=7 * 86_400 - 5)
    actions.forget_old()
    assert send(reading("c1.people", 1), key="k").duplicates == 1
    loaded.advance(seconds=10)
    actions.forget_old()
    assert not Ingested.objects.filter(arrived_ms__lt=1).exists()
    assert send(reading("c1.people", 1), key="k").accepted == 1


def test_many_messages_keep_their_order(loaded):
    bodies = [orjson.dumps([reading("c1.people", value)]) for value in (5, 3, 9)]
    actions.receive_many([Message("gw", body) for body in bodies])
    assert Latest.objects.get(stream__code="c1.people").value == 9


def test_a_batch_names_its_streams_times_values_and_sources(loaded, judged):
    send(reading("c1.people", 7), reading("s1.smoke", 1))
    batch = judged[0]
    assert [(s.code, s.quantity, s.area_path, s.asset_code, v) for s, _, v, _ in batch.readings] == [
        ("c1.people", "people_present", "/tst/g2-0/d-1/dm-1/", "cnt-1", 7.0),
        ("s1.smoke", "smoke", "/tst/g2-0/g3-00/m-001/", "cam-1", 1.0),
    ]
    assert batch.sources == {"gw"}
    assert batch.arrived_ms == batch.readings[0][1]


def test_each_batch_carries_the_token_that_the_last_one_left(loaded, judged):
    for value in range(3):
        send(reading("c1.people", value))
    assert judged[1].epoch_before == judged[0].epoch
    assert judged[2].epoch_before == judged[1].epoch


def test_a_rolled_back_batch_leaves_no_token(loaded, judged):
    send(reading("c1.people", 1))

    class Undone(Exception):
        pass

    with pytest.raises(Undone), write():
        from chengyun.kernel.transaction import attempt

        with attempt():
            send(reading("c1.people", 2))
            raise Undone
    send(reading("c1.people", 3))
    assert judged[2].epoch_before == judged[0].epoch != judged[1].epoch
    assert sorted(Observation.objects.values_list("value", flat=True)) == [1.0, 3.0]


def test_whoever_changes_what_judges_remember_leaves_a_token_too(loaded, judged):
    send(reading("c1.people", 1))
    with write():
        before, after = judging.lock()
    assert before == judged[0].epoch
    send(reading("c1.people", 2))
    assert judged[1].epoch_before == after


def test_tokens_never_repeat():
    assert len({judging.token() for _ in range(1000)}) == 1000


def test_what_came_in_is_kept_as_it_came_in_the_order_of_arrival(loaded):
    start = loaded.now()
    send(*[reading("c1.people", n) for n in range(100)], key="big")  # large enough to be packed
    actions.receive(source="gw", body=b"{broken")
    send(reading("c1.people", 1), source="nobody")
    loaded.advance(seconds=60)
    found = list(queries.inputs(start, loaded.now()))
    assert [(i.source, i.key, i.form) for i in found] == [
        ("gw", "big", "json"),
        ("gw", None, "json"),
        ("nobody", None, "json"),
    ]
    assert len(orjson.loads(found[0].body)["observations"]) == 100
    assert found[1].body == b"{broken"


def test_the_input_log_can_be_switched_off(db, at, tmp_path):
    small.load(small.write_folder(tmp_path, sources=small.SOURCES | {"keep": {"input_log": False}}))
    send(reading("c1.people", 1))
    assert not InputLog.objects.exists()


def test_loading_twice_changes_nothing(loaded, folder):
    entries, timers = (
        JournalEntry.objects.count(),
        list(Timer.objects.order_by("id").values_list("id", "due_at")),
    )
    token = registry.current().token
    loaded.advance(seconds=30)
    small.load(folder)
    assert JournalEntry.objects.count() == entries
    assert registry.current().token == token
    assert list(Timer.objects.order_by("id").values_list("id", "due_at")) == timers


def test_a_stream_that_the_folder_drops_goes_out_of_service_and_an_operators_switch_stays(loaded, folder):
    actions.set_service(TEST, datastream="c2.people", in_service=False, reason="broken")
    small.load(
        small.write_folder(folder, streams=[line for line in small.STREAMS if not line.startswith("c1.")])
    )
    services = dict(Datastream.objects.values_list("code", "in_service"))
    assert services["c1.people"] is False and services["c2.people"] is False and services["w1.depth"] is True
    assert send(reading("c1.people", 1), reading("c2.people", 1)).accepted == 0
    small.load(small.write_folder(folder))
    services = dict(Datastream.objects.values_list("code", "in_service"))
    assert services["c1.people"] is True and services["c2.people"] is False


def test_a_change_reaches_the_registry_at_once(loaded):
    assert send(reading("c1.people", 1)).accepted == 1
    actions.set_service(TEST, datastream="c1.people", in_service=False, reason="moved")
    assert send(reading("c1.people", 2)).quarantined == 1
    actions.set_service(TEST, datastream="c1.people", in_service=True, reason="back")
    assert send(reading("c1.people", 3)).accepted == 1


def test_readings_that_are_already_apart(loaded):
    receipt = actions.ingest(source="gw", readings=[("c1.people", loaded.now(), 5, "count")], message_key="z")
    assert receipt.accepted == 1
    assert (
        actions.ingest(
            source="gw", readings=[("c1.people", loaded.now(), 5, None)], message_key="z"
        ).duplicates
        == 1
    )


def test_ten_threads_that_send_the_same_messages_store_each_once(committed, folder):
    small.load(folder)
    bodies = [
        orjson.dumps([reading("c1.people", n), reading("a.in", 6, ago(n)), reading("c9.people", n)])
        for n in range(30)
    ]
    results: list[tuple[int, int]] = []

    def run(offset: int) -> None:
        try:
            for number in range(30):
                body = bodies[(number + offset) % 30]
                receipt = actions.receive(source="gw", body=body, key=f"k{(number + offset) % 30}")
                results.append((receipt.accepted, receipt.duplicates))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n * 7,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == 300
    assert sorted(results, reverse=True) == [(2, 0)] * 30 + [(0, 1)] * 270
    assert Observation.objects.filter(stream__code="c1.people").count() == 30
    counts = {row.what: row.n for row in IntakeCount.objects.filter(source="gw")}
    assert counts["accepted"] == 60 and counts["duplicate"] == 270 and counts["unknown_stream"] == 30
    # Each inflow of six counted once: 30 messages of 6 a minute over one minute.
    assert Latest.objects.get(stream__code="a.present").value == 180


def test_the_datastreams_of_a_source_go_into_service_together_by_pattern(loaded):
    assert (
        actions.set_source_service(TEST, source="gw", pattern="c?.people", in_service=False, reason="x") >= 2
    )
    assert not Datastream.objects.filter(code__in=["c1.people", "c2.people"], in_service=True).exists()
    assert send(reading("c1.people", 1)).problems[0].reason == "out_of_service"
    assert Datastream.objects.get(code="a.in").in_service
    changed = actions.set_source_service(TEST, source="gw", pattern="c1.*", in_service=True, reason="x")
    assert changed == 1 and send(reading("c1.people", 2)).accepted == 1
    assert actions.set_source_service(TEST, source="gw", pattern="c1.*", in_service=True, reason="x") == 0
    entry = JournalEntry.objects.filter(kind="source.service_changed").latest("id")
    assert (entry.payload["pattern"], entry.payload["count"]) == ("c1.*", 1)
    with pytest.raises(NotAllowed):
        actions.set_source_service(Actor(ref="p-x"), source="gw", pattern="*", in_service=False, reason="x")
