"""Packed bodies: taken as if they were not packed, and never unpacked further than a message may be long."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import orjson
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from chengyun.people import actions as people
from chengyun.signals.logic import reasons
from chengyun.signals.logic.decode import MAX_BODY, Fault
from chengyun.signals.logic.packing import unpack
from chengyun.signals.models import InputLog, IntakeCount, Observation, Quarantine
from tests.signals.small import TEST, ago, reading

URL = "/api/signals/observations"


@pytest.fixture
def post(loaded):
    token = people.issue_token(TEST, source="gw")

    def call(body: bytes, coding: str = "gzip"):
        headers = {"authorization": f"Bearer {token}"} | ({"content-encoding": coding} if coding else {})
        return Client().post(URL, body, content_type="application/json", headers=headers)

    return call


def test_packed_or_not_it_is_the_same_message(post):
    body = orjson.dumps([reading("c1.people", n, ago(n)) for n in range(50)])
    answer = post(gzip.compress(body))
    assert answer.status_code == 200 and answer.json()["accepted"] == 50
    assert post(body, "").json()["duplicates"] == 1
    assert post(gzip.compress(body, 1), "X-GZIP").json()["duplicates"] == 1
    assert Observation.objects.count() == 50
    kept = InputLog.objects.order_by("id").first()
    assert (zlib.decompress(kept.body) if kept.packed else bytes(kept.body)) == body


def test_a_bomb_is_refused_before_it_has_grown(post):
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b" " * 1_000_000) for _ in range(1000)) + packer.flush()
    assert len(bomb) < 1_100_000, "a gigabyte in one"
    tracemalloc.start()
    answer = post(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 413 and answer.json()["code"] == "too_large"
    assert peak < 6 * MAX_BODY
    row = Quarantine.objects.get()
    assert (row.reason, row.source) == ("too_large", "gw") and IntakeCount.objects.get().n == 1


def test_exactly_as_long_as_a_message_may_be():
    assert unpack(gzip.compress(b"x" * MAX_BODY), "gzip") == b"x" * MAX_BODY
    longer = unpack(gzip.compress(b"x" * (MAX_BODY + 1)), "gzip")
    assert isinstance(longer, Fault) and longer.reason == reasons.TOO_LARGE


BODY = orjson.dumps([{"ds": "c1.people", "at": 1704009600000, "v": 1}])
BROKEN = {
    "not gzip": BODY,
    "cut off": gzip.compress(BODY)[:-9],
    "checksum": gzip.compress(BODY)[:-8] + bytes(8),
    "two members": gzip.compress(BODY) + gzip.compress(BODY),
    "rubbish behind": gzip.compress(BODY) + b"?",
    "zlib": zlib.compress(BODY),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_unpacked_is_set_apart(post, body):
    answer = post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_encoding")
    assert Quarantine.objects.get().reason == "bad_encoding" and not Observation.objects.exists()


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "zstd", "x" * 300])
def test_other_codings_are_not_taken(post, coding):
    answer = post(BODY, coding)
    assert (answer.status_code, answer.json()["code"]) == (415, "bad_encoding")
    assert Quarantine.objects.get().field == "Content-Encoding"


@given(st.binary(max_size=2000))
def test_any_bytes_are_unpacked_or_refused(body):
    found = unpack(body, "gzip", 500)
    assert isinstance(found, Fault) or len(found) <= 500


@given(st.binary(max_size=3000), st.data())
def test_any_damage_is_refused_or_does_no_harm(plain, data):
    packed = bytearray(gzip.compress(plain))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(packed) - 1))
        if data.draw(st.booleans()):
            packed[place] ^= data.draw(st.integers(1, 255))
        else:
            del packed[place:]
            break
    found = unpack(bytes(packed), "gzip", 2000)
    assert isinstance(found, Fault) or found == plain or len(plain) > 2000


@given(st.binary(max_size=3000))
def test_what_was_packed_comes_out_again(plain):
    found = unpack(gzip.compress(plain), "gzip", 2000)
    assert found == plain if len(plain) <= 2000 else isinstance(found, Fault)
