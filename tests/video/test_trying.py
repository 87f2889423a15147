"""A draft is tried where it might be saved, by whoever might save it, and the worker takes no other rules for it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta

import pytest

from chengyun.kernel import clock
from chengyun.kernel.transaction import write
from chengyun.video.models import Binding, BindingVersion, CameraTerms, Viewing, Worker
from tests.video.conftest import SQUARE
from tests.video.test_api import lease_body, post

DRAFT = {"code": "draft", "camera": "cam-0", "preset": "crowd_over_capacity", "settings": {"at_least": 3}}


@pytest.fixture
def seen(world):
    """A worker that looks through the cameras now."""
    client = world.worker()
    assert post(client, "workers/w1/lease", lease_body()).status_code == 200
    return world


def test_a_draft_gets_an_address_and_the_very_words_to_send(seen):
    zones = [{"code": "square", "points": SQUARE}, {"code": "edge", "points": SQUARE}]
    answer = post(seen.client("keeper"), "bindings/try", {**DRAFT, "zones": zones})
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert said["worker"] == "w1"
    rules = json.loads(said["body"])["rules"]
    assert [(r["code"], r["preset"], r["settings"]) for r in rules] == [
        ("draft.square", "crowd_over_capacity", {"at_least": 3}),
        ("draft.edge", "crowd_over_capacity", {"at_least": 3}),
    ]
    found = re.fullmatch(r"/live/w1/cam-0\.preview\?until=(\d+)&key=([0-9a-f]{64})", said["url"])
    assert found is not None
    until = datetime.fromisoformat(said["until"])
    assert int(found[1]) == int(until.timestamp()) and until - clock.now() <= timedelta(seconds=60)
    key = Worker.objects.get(name="w1").key
    text = f"preview|cam-0|{found[1]}|{hashlib.sha256(said['body'].encode()).hexdigest()}"
    assert found[2] == hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_the_worker_understands_what_it_is_sent(seen):
    from chengyun_vision.worker.live import Pictures
    from chengyun_vision.worker.preview import Past, answered

    said = post(seen.client("keeper"), "bindings/try", DRAFT).json()
    status, text = answered(said["body"].encode(), Past("cam-0", [], 0.0, lambda at: at, clock.now().tzinfo))
    assert status == 200 and json.loads(text)["rules"][0]["rule"] == "draft.whole"
    door = Pictures(lambda: clock.now().timestamp())
    door.key = Worker.objects.get(name="w1").key
    until, key = re.search(r"until=(\d+)&key=(\w+)", said["url"]).groups()
    assert door.allows("cam-0", said["body"].encode(), until, key)
    assert not door.allows("cam-0", said["body"].encode() + b" ", until, key)
    assert not door.opens("cam-0", until, key), "it opens no picture"
    seen.clock.advance(seconds=61)
    assert not door.allows("cam-0", said["body"].encode(), until, key)


def test_trying_makes_nothing(seen):
    before = Binding.objects.count(), BindingVersion.objects.count(), Viewing.objects.count()
    assert post(seen.client("keeper"), "bindings/try", DRAFT).status_code == 200
    assert (Binding.objects.count(), BindingVersion.objects.count(), Viewing.objects.count()) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"camera": "cam-9"}, 404),
        ({"preset": "nonsense"}, 422),
        ({"preset": "people_over_line"}, 422),  # without a line
        ({"zones": [{"code": "z", "points": [[0, 0], [1, 1]]}]}, 422),
        ({"zones": [{"code": "z", "points": [[0, 0], [2, 0], [1, 1]]}]}, 422),
    ],
)
def test_what_might_not_be_saved_is_not_tried(seen, body, status):
    tried = post(seen.client("keeper"), "bindings/try", {**DRAFT, **body})
    assert tried.status_code == status, tried.content
    saved = post(
        seen.client("keeper"), "bindings", {**DRAFT, **body}, headers={"Idempotency-Key": "0123456789abcdef"}
    )
    assert saved.status_code == status and saved.json()["detail"] == tried.json()["detail"]


def test_only_who_may_bind_may_try(seen):
    assert post(seen.client("audit"), "bindings/try", DRAFT).status_code == 403
    assert post(seen.client("west"), "bindings/try", DRAFT).status_code in (403, 404)
    assert post(seen.worker(), "bindings/try", DRAFT).status_code == 401


def test_without_a_worker_that_sees_it_nothing_is_promised(world):
    client = world.client("keeper")
    answer = post(client, "bindings/try", DRAFT)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_worker") and answer.json()["hint"]
    post(world.worker(), "workers/w1/lease", lease_body())
    assert post(client, "bindings/try", DRAFT).status_code == 200
    world.pass_time(seconds=40)
    assert post(client, "bindings/try", DRAFT).status_code == 409, "its lease is over"


def test_a_camera_whose_owner_allows_nothing_is_not_tried(seen):
    with write():
        CameraTerms.objects.filter(camera__code="cam-0").update(purposes=[])
    assert post(seen.client("keeper"), "bindings/try", DRAFT).status_code == 422
