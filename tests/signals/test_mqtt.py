"""The MQTT door with a real broker, configured as shipped: acknowledged after the commit, never lost, never twice."""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from django.db import OperationalError

from chengyun.kernel import clock
from chengyun.signals import actions, mqtt, queries
from chengyun.signals.models import IntakeCount, Observation, Quarantine
from tests import shared_data
from tests.signals import small
from tests.signals.broker import Mosquitto, consuming, until
from tests.signals.small import ago, reading


@pytest.fixture
def broker(tmp_path):
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    made = Mosquitto(folder)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def ready(committed, folder):
    small.load(folder)
    return committed


def bodies(count: int, size: int = 10, code: str = "c1.people") -> list[bytes]:
    """Messages with readings that each have a moment of their own, a millisecond apart."""

    def at(number: int) -> dict[str, Any]:
        return reading(code, number % 900, ago(60 - number / 1000))

    return [
        orjson.dumps({"observations": [at(n * size + i) for i in range(size)]} | {"n": n})
        for n in range(count)
    ]


def stored(code: str = "c1.people") -> int:
    return Observation.objects.filter(stream__code=code).count()


def counted(what: str) -> int:
    return sum(IntakeCount.objects.filter(what=what).values_list("n", flat=True))


@pytest.mark.parametrize("version", [5, 311])
def test_everything_that_was_published_is_stored_once_and_acknowledged(ready, broker, version):
    with consuming(broker.config(version)) as consumer:
        broker.publish("chengyun/gw/json", *bodies(120))
        now = int(clock.now().timestamp())
        pack = [{"bn": "c2.", "bt": now, "n": "people", "u": "count", "v": 1}]
        broker.publish("chengyun/gw/senml", orjson.dumps(pack))
        until(lambda: stored() == 1200 and stored("c2.people") == 1, "all readings are stored")
        assert consumer.stored == 1201
    # Nothing is left for whoever comes next under the same name.
    again = []
    with consuming(broker.config(version), taker=lambda batch: again.append(batch) or actions.take(batch)):
        broker.publish("chengyun/gw/json", *bodies(1, code="a.in"))
        until(lambda: stored("a.in") == 10, "the next message arrives")
    assert [len(batch) for batch in again] == [1]


def test_many_messages_are_one_transaction(ready, broker):
    sizes = []
    with consuming(broker.config(), taker=lambda batch: sizes.append(len(batch)) or actions.take(batch)):
        broker.publish("chengyun/gw/json", *bodies(400, 1))
        until(lambda: stored() == 400, "all readings are stored")
    assert sum(sizes) == 400 and len(sizes) < 200


def test_what_arrives_while_nobody_is_there_waits(ready, broker):
    with consuming(broker.config()):
        pass
    broker.publish("chengyun/gw/json", *bodies(1500, 1))  # more than the broker's default of 1,000
    with consuming(broker.config()):
        until(lambda: stored() == 1500, "all readings are stored")


def test_a_database_that_is_away_costs_nothing(ready, broker):
    failures = iter(range(3))

    def sometimes(batch):
        if next(failures, None) is not None:
            raise OperationalError("the server closed the connection")
        return actions.take(batch)

    with consuming(broker.config(), taker=sometimes):
        broker.publish("chengyun/gw/json", *bodies(50))
        until(lambda: stored() == 500, "all readings are stored")
    assert counted("duplicate") == 0


def test_a_consumer_that_dies_before_it_acknowledges_gets_it_again_and_stores_it_once(ready, broker):
    class Dead(BaseException):
        pass

    def dies(batch):
        actions.take(batch)
        raise Dead

    import threading

    consumer = mqtt.Consumer(broker.config(), taker=dies)

    def run() -> None:
        from django.db import connections

        with pytest.raises(Dead):
            consumer.run()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: consumer.subscribed, "the consumer is subscribed")
    broker.publish("chengyun/gw/json", *bodies(1))
    thread.join(20)
    assert stored() == 10
    consumer._client._sock_close()  # as the kernel does for a process that is gone
    with consuming(broker.config()):
        until(lambda: counted("duplicate") == 1, "the message came again")
    assert stored() == 10


def test_nothing_is_acknowledged_on_another_connection_than_it_came_on(ready, broker):
    """The broker restarts between the commit and the acknowledgement: the old ids mean nothing any more."""
    state = {"restarted": False}

    def restart_meanwhile(batch):
        receipts = actions.take(batch)
        if not state["restarted"]:
            state["restarted"] = True
            broker.stop()
            broker.start()
        return receipts

    with consuming(broker.config(), taker=restart_meanwhile):
        broker.publish("chengyun/gw/json", *bodies(1))
        until(lambda: counted("duplicate") == 1, "what was not acknowledged came again")
        broker.publish("chengyun/gw/json", *bodies(20, code="c2.people"))
        until(lambda: stored("c2.people") == 200, "the new connection works")
    assert stored() == 10


def test_a_broker_that_is_killed_and_comes_back_is_found_again(ready, broker):
    with consuming(broker.config()) as consumer:
        broker.publish("chengyun/gw/json", *bodies(5))
        until(lambda: stored() == 50, "the first are stored")
        broker.stop(kill=True)
        until(lambda: not consumer.subscribed, "the consumer notices")
        broker.start()
        until(lambda: consumer.subscribed, "the consumer is back")
        broker.publish("chengyun/gw/json", *bodies(5, code="c2.people"))
        until(lambda: stored("c2.people") == 50, "the next are stored")


def test_one_bad_message_holds_up_nobody(ready, broker):
    with consuming(broker.config()):
        broker.publish("chengyun/gw/json", b"{", b"\xff" * 30, b"[" + b" " * 10_000_000 + b"]", *bodies(3))
        until(lambda: stored() == 30 and Quarantine.objects.count() == 3, "all have their answer")
    assert sorted(Quarantine.objects.values_list("reason", flat=True)) == [
        "bad_json",
        "bad_json",
        "too_large",
    ]


def test_a_message_id_of_mqtt_5_is_the_key(ready, broker):
    with consuming(broker.config()):
        broker.publish("chengyun/gw/json", *bodies(2), ids=["same", "same"])
        until(lambda: counted("duplicate") == 1, "the second is seen as the first")
    assert stored() == 10


def test_a_source_may_write_below_its_own_name_only(ready, broker):
    with consuming(broker.config()):
        broker.publish("chengyun/gw/json", *bodies(1), user="water")
        broker.publish("chengyun/gw/json", *bodies(1, code="c2.people"))
        until(lambda: stored("c2.people") == 10, "the rightful message is stored")
    assert stored() == 0


def test_the_counts_of_melbourne_on_new_years_eve(committed, broker, tmp_path):
    """Real counts: every sensor's hourly number of 2012-12-31, as flows through its line."""
    packed = shared_data.path("crowd", "melbourne_pedestrian_hourly_2012_2013.csv.gz").read_bytes()
    rows = csv.DictReader(io.StringIO(gzip.decompress(packed).decode()))
    zone = timezone(timedelta(hours=11))  # Melbourne in summer
    hours: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        if row["local_time"].startswith("2012-12-31"):
            hours[row["local_time"]].append((row["sensor_id"], int(row["count"])))
    sensors = sorted({sensor for pairs in hours.values() for sensor, _ in pairs})
    lines = [small.HEAD, *[f"mel-{s}.in,line_flow_in,,m-000,melbourne,3600,86400,,,open," for s in sensors]]
    source = {"code": "melbourne", "name_zh": "墨尔本", "name_en": "Melbourne"}
    folder = tmp_path / "district"
    folder.mkdir()
    with clock.use(clock.Virtual(datetime(2012, 12, 30, tzinfo=UTC))) as virtual:
        small.load(small.write_folder(folder, streams=lines, sources={"sources": [source]}))
        virtual.advance_to(datetime(2013, 1, 1, tzinfo=zone))
        messages = []
        for local, pairs in sorted(hours.items()):
            at = datetime.fromisoformat(local).replace(tzinfo=zone).isoformat()
            messages.append(
                orjson.dumps(
                    [{"ds": f"mel-{s}.in", "at": at, "v": n / 60, "u": "person/min"} for s, n in pairs]
                )
            )
        with consuming(broker.config()) as consumer:
            broker.publish("chengyun/melbourne/json", *messages, user="melbourne")
            broker.publish("chengyun/melbourne/json", *messages[:6], user="melbourne")
            expected = sum(len(pairs) for pairs in hours.values())
            until(
                lambda: consumer.stored == expected and counted("duplicate") == 6, "the day is stored, once"
            )
        assert Observation.objects.count() == expected
        people = sum(Observation.objects.values_list("value", flat=True)) * 60
        assert round(people) == sum(count for pairs in hours.values() for _, count in pairs)
        assert (
            len(list(queries.inputs(datetime(2013, 1, 1, tzinfo=zone), clock.now() + timedelta(seconds=1))))
            == 30
        )


@pytest.mark.parametrize(
    "url",
    ["", "http://x", "mqtt://", "mqtt://h/?version=4", "mqtt://h/?nonsense=1"],
)
def test_an_address_that_cannot_be_is_refused_with_a_reason(url):
    with pytest.raises(mqtt.Misconfigured, match="CHENGYUN_MQTT"):
        mqtt.broker_from(url)


def test_an_address_says_all_there_is():
    made = mqtt.broker_from(
        "mqtts://us%40er:pa%3Ass@b.example/?client=c-2&version=311&topic=%24share%2Fg%2Fchengyun%2F%2B%2F%23"
    )
    assert (made.host, made.port, made.user, made.password, made.tls) == (
        "b.example",
        8883,
        "us@er",
        "pa:ss",
        True,
    )
    assert (made.client, made.version, made.topic) == ("c-2", 311, "$share/g/chengyun/+/#")


@pytest.mark.parametrize(
    ("topic", "source", "form"),
    [
        ("chengyun/gw/json", "gw", "json"), ("chengyun/gw/senml", "gw", "senml"), ("chengyun/gw", "gw", "raw"),
        ("site/a/chengyun/gw/json/x", "gw", "json"), ("", "", "raw"), ("gw/json", "gw", "json"),
    ],
)  # fmt: skip
def test_topics(topic, source, form):
    message = mqtt.message_of(topic, b"[]")
    assert (message.source, message.form) == (source, form)
