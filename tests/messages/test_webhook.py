"""Hand-over to a real HTTP server on this machine: taken, refused, slow, gone."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import Settings

from chengyun.kernel import clock, outbox
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Invalid, NotAllowed
from chengyun.kernel.models import JournalEntry, OutboxItem
from chengyun.messages import actions
from chengyun.messages.models import Channel, Delivery, Message
from tests.messages.test_notify import notify
from tests.posture.conftest import World


class Receiver(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[int] = []
        self.got: list[tuple[str, dict[str, object]]] = []
        self.hang = threading.Event()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.headers["Idempotency-Key"], body))
        status = self.server.answers.pop(0) if self.server.answers else 204
        if status == 0:
            self.server.hang.wait(10)
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver(world: World, settings: Settings) -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    settings.WEBHOOK_HOSTS = [server.host]
    url = f"http://{server.host}/in?k=1"
    actions.set_channel(
        actor=system("init"), code="hook", kind="webhook", url=url, timeout_s=1, max_attempts=3
    )
    yield server
    server.hang.set()
    server.shutdown()
    server.server_close()


def hook() -> Delivery:
    return Delivery.objects.get(channel="hook")


def retry(world: World) -> None:
    """Let the outbox's own pause pass and hand off again."""
    item = OutboxItem.objects.filter(handed_at=None).first()
    if item is not None:
        world.clock.advance_to(max(item.next_at, clock.now()))
    outbox.hand_off()


def test_a_message_is_taken_once_in_both_languages(world: World, receiver: Receiver) -> None:
    row = notify(world)
    notify(world)
    outbox.hand_off()
    outbox.hand_off()
    ((key, body),) = receiver.got
    assert key.startswith(row.ref) and body["post"] == "DUTY" and body["count"] == 2
    assert body["zh"]["title"] and body["en"]["title"]  # type: ignore[index]
    assert hook().delivered_at == clock.now() and hook().attempts == 1
    assert Message.objects.get().state == "waiting"


def test_a_failing_receiver_is_tried_again_with_the_same_key(world: World, receiver: Receiver) -> None:
    receiver.answers = [500, 429]
    notify(world)
    outbox.hand_off()
    assert (hook().failure, hook().handed_at) == ("http_500", None)
    outbox.hand_off()
    assert len(receiver.got) == 1, "the pause has not passed yet"
    retry(world)
    retry(world)
    assert len({key for key, _ in receiver.got}) == 1 and len(receiver.got) == 3
    assert hook().handed_at is not None and hook().failure == "" and hook().attempts == 3


def test_giving_up_tells_the_duty_officer_in_the_inbox_alone(world: World, receiver: Receiver) -> None:
    receiver.answers = [503, 503, 503, 503]
    notify(world, "FP-01")
    for _ in range(5):
        retry(world)
    assert len(receiver.got) == 3
    assert Delivery.objects.get(channel="hook").failure == "http_503"
    told = Message.objects.get(kind="message.undeliverable")
    assert told.post.code == "DUTY" and not told.deliveries.exclude(channel="inbox").exists()
    assert JournalEntry.objects.filter(kind="message.failed").count() == 2
    assert not OutboxItem.objects.filter(handed_at=None).exists()


@pytest.mark.parametrize("status", [400, 401, 404, 410, 302])
def test_a_refusal_is_final_and_redirects_are_not_followed(
    world: World, receiver: Receiver, status: int
) -> None:
    receiver.answers = [status]
    notify(world)
    outbox.hand_off()
    retry(world)
    assert len(receiver.got) == 1 and hook().failure == f"http_{status}"


def test_a_receiver_that_hangs_costs_the_timeout_only(world: World, receiver: Receiver) -> None:
    receiver.answers = [0]
    notify(world)
    outbox.hand_off()
    assert hook().failure == "timeout" and hook().handed_at is None


def test_a_receiver_that_hangs_lets_the_next_message_fail_at_once(world: World, receiver: Receiver) -> None:
    receiver.answers = [0]
    notify(world)
    notify(world, "FP-01")
    outbox.hand_off()
    assert len(receiver.got) == 1
    assert set(Delivery.objects.filter(channel="hook").values_list("failure", flat=True)) == {"timeout"}
    retry(world)
    retry(world)
    assert len(receiver.got) == 3 and not Delivery.objects.filter(channel="hook", handed_at=None).exists()


def test_a_receiver_that_is_gone_is_unreachable(world: World, receiver: Receiver) -> None:
    receiver.shutdown()
    receiver.server_close()
    notify(world)
    outbox.hand_off()
    assert hook().failure == "unreachable"


def test_a_host_that_left_the_list_is_refused_at_the_door(
    world: World, receiver: Receiver, settings: Settings
) -> None:
    notify(world)
    settings.WEBHOOK_HOSTS = []
    outbox.hand_off()
    assert not receiver.got and hook().failure == "host_not_allowed"


def test_read_before_it_was_pushed_is_not_pushed(world: World, receiver: Receiver) -> None:
    row = notify(world)
    actions.mark_read(actor=world.at("DUTY"), ref=row.ref)
    outbox.hand_off()
    assert not receiver.got and not OutboxItem.objects.filter(handed_at=None).exists()


def test_a_channel_is_set_only_to_listed_hosts_by_who_may(world: World, receiver: Receiver) -> None:
    with pytest.raises(Invalid):
        actions.set_channel(actor=system("x"), code="evil", kind="webhook", url="http://169.254.169.254/")
    with pytest.raises(Invalid):
        actions.set_channel(actor=system("x"), code="inbox", kind="log")
    with pytest.raises(NotAllowed):
        actions.set_channel(actor=world.at("DUTY"), code="log", kind="log")


def test_the_admin_sets_a_channel_through_the_action(
    world: World, receiver: Receiver, client: Client
) -> None:
    client.force_login(get_user_model().objects.create(username="root", is_staff=True, is_superuser=True))
    form = {
        "code": "log",
        "kind": "log",
        "on": "on",
        "post_kinds": "[]",
        "message_kinds": "[]",
        "timeout_s": 5,
    }
    form["max_attempts"] = 8
    assert client.post("/admin/message/channel/add/", form).status_code == 302
    assert JournalEntry.objects.filter(kind="message.channel_set", subject="channel:log").count() == 1
    evil = {**form, "code": "evil", "kind": "webhook", "url": "http://169.254.169.254/"}
    client.post("/admin/message/channel/add/", evil)
    assert not Channel.objects.filter(code="evil").exists()
