"""The HTTP door, CSV files and readings by hand; and what people may read."""

from __future__ import annotations

import json
from datetime import timedelta

import orjson
import pytest
from django.test import Client

from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, NotAllowed, NotFound
from chengyun.kernel.models import JournalEntry
from chengyun.people import actions as people
from chengyun.signals import actions
from chengyun.signals.logic.decode import MAX_BODY
from chengyun.signals.models import IntakeCount, Latest, Observation, Quarantine
from tests.people import small as people_small
from tests.signals import small
from tests.signals.small import TEST, ago, reading, send

URL = "/api/signals/observations"


@pytest.fixture
def served(db, at, tmp_path):
    """District, people and signals."""
    folder = people_small.write_folder(tmp_path)
    small.write_folder(folder)
    people_small.load(folder)
    actions.load_signals(TEST, data=small.read(folder))
    return at


@pytest.fixture
def post(served):
    token = people.issue_token(TEST, source="gw")

    def call(body, *, kind="application/json", token=token, **headers):
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        names = {"HTTP_" + name.upper(): value for name, value in headers.items()}
        auth = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        return Client().post(URL, data, content_type=kind, **auth, **names)

    return call


def test_a_batch_is_stored_when_it_is_answered(post):
    answer = post({"observations": [reading("c1.people", 5), reading("c9.people", 1)]})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["accepted"], body["late"], body["duplicates"], body["quarantined"]) == (1, 0, 0, 1)
    assert body["problems"][0]["index"] == 1 and body["problems"][0]["reason"] == "unknown_stream"
    assert Observation.objects.count() == 1


@pytest.mark.parametrize("header", ["x_message_id", "idempotency_key"])
def test_sent_again_under_its_id_it_is_the_same(post, header):
    assert post([reading("c1.people", 5)], **{header: "m-1"}).json()["accepted"] == 1
    assert post([reading("c1.people", 6)], **{header: "m-1"}).json()["duplicates"] == 1


def test_senml(post):
    pack = [{"bn": "c1.", "bt": clock.now().timestamp(), "n": "people", "u": "count", "v": 12}]
    assert post(pack, kind="application/senml+json").json()["accepted"] == 1
    assert Latest.objects.get().value == 12


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [(b"{", 400, "bad_json"), (b"7", 400, "bad_shape"), (b"[" + b"{}," * 20_000 + b"{}]", 413, "too_many")],
)
def test_what_cannot_be_read_is_answered_and_set_apart(post, body, status, code):
    answer = post(body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code and answer.json()["detail"]
    assert Quarantine.objects.get().reason == code


def test_ten_megabytes_are_refused_before_they_are_read(post):
    answer = post(b" " * 10_000_000)
    assert answer.status_code == 413
    assert str(MAX_BODY) in answer.json()["detail"] and answer.json()["hint"]
    assert Quarantine.objects.get().reason == "too_large"
    assert IntakeCount.objects.get().what == "too_large"


def test_a_message_of_the_largest_size_is_taken(post):
    one = orjson.dumps([reading("c1.people", 5)])
    assert post(one + b" " * (MAX_BODY - len(one))).json()["accepted"] == 1


@pytest.mark.parametrize("token", [None, "cy_wrong", ""])
def test_without_a_key_nothing_is_taken(post, token):
    assert post([reading("c1.people", 5)], token=token).status_code == 401
    assert not Observation.objects.exists()


def test_a_revoked_or_expired_key_is_no_key(post, served):
    short = people.issue_token(TEST, source="gw", expires_at=clock.now() + timedelta(hours=1))
    assert post([reading("c1.people", 5)], token=short).status_code == 200
    served.advance(seconds=3601)
    assert post([reading("c1.people", 5)], token=short).status_code == 401


def test_a_key_of_a_source_that_is_not_there(post):
    stranger = people.issue_token(TEST, source="stranger")
    assert post([reading("c1.people", 5)], token=stranger).status_code == 403


def test_an_id_that_is_too_long(post):
    assert post([reading("c1.people", 5)], x_message_id="x" * 201).status_code == 422


def test_a_database_that_is_away_takes_nothing_and_says_so(post, monkeypatch):
    from django.db import OperationalError

    def away(messages):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(actions, "take", away)
    answer = post([reading("c1.people", 5)])
    assert answer.status_code == 503 and answer.json()["code"] == "disk_full"


def logged_in(name: str) -> Client:
    from django.contrib.auth import get_user_model

    client = Client()
    client.force_login(get_user_model().objects.get(username=name))
    return client


class TestReading:
    def test_streams_with_value_age_and_source_within_the_scope(self, served):
        send(reading("c1.people", 5), reading("c3.people", 6))
        served.advance(seconds=200)
        found = {
            row["code"]: row for row in logged_in("keeper").get("/api/signals/datastreams").json()["items"]
        }
        assert "w1.depth" in found
        one = found["c1.people"]
        assert (one["latest"]["value"], one["latest"]["age_s"], one["latest"]["stale"], one["source"]) == (
            5,
            200,
            True,
            "gw",
        )
        assert found["c2.people"]["latest"] is None

    def test_outside_the_scope_it_is_not_there(self, served):
        west = logged_in("west")  # g2-0 only
        codes = {row["code"] for row in west.get("/api/signals/datastreams").json().get("items", [])}
        assert "w1.depth" not in codes and "c3.people" not in codes
        assert west.get("/api/signals/datastreams/w1.depth").status_code in (403, 404)
        assert west.get("/api/signals/datastreams/w1.depth/observations").status_code in (403, 404)

    def test_observations_minutes_and_totals(self, served):
        duty = logged_in("duty")
        for value in (1, 2, 3):
            send(reading("c1.people", value))
            served.advance(seconds=60)
        actions.roll_up()
        rows = duty.get("/api/signals/datastreams/c1.people/observations").json()
        assert [row["value"] for row in rows] == [3, 2, 1]
        older = duty.get("/api/signals/datastreams/c1.people/observations", {"until": rows[0]["at"]}).json()
        assert [row["value"] for row in older] == [2, 1]
        span = {"since": ago(3600), "until": ago(-60)}
        assert [row["mean"] for row in duty.get("/api/signals/datastreams/c1.people/minutes", span).json()][
            :2
        ] == [1, 2]
        total = duty.get("/api/signals/totals", {"area": "tst", "quantity": "people_present"}).json()
        assert (total["value"], total["known"], total["of"], total["complete"]) == (3, 1, 4, False)

    def test_quarantine_and_intake_are_for_those_who_look_after_them(self, served):
        send(reading("c9.people", 5))
        keeper = logged_in("keeper")
        rows = keeper.get("/api/signals/quarantine").json()["items"]
        assert rows[0]["reason"] == "unknown_stream" and rows[0]["source"] == "gw"
        assert {row["what"] for row in keeper.get("/api/signals/intake").json()} == {"unknown_stream"}
        assert logged_in("west").get("/api/signals/quarantine").status_code == 403

    def test_the_vocabulary(self, served):
        codes = {row["code"] for row in logged_in("duty").get("/api/signals/quantities").json()}
        assert {"people_present", "line_flow_in", "line_count"} <= codes

    def test_nobody_reads_without_a_log_in(self, served):
        assert Client().get("/api/signals/datastreams").status_code == 401

    def test_the_admin_shows_its_pages(self, served):
        send(reading("c1.people", 5), reading("c9.people", 1))
        people_client = logged_in("keeper")
        from django.contrib.auth import get_user_model

        user = get_user_model().objects.get(username="keeper")
        if not user.is_staff:
            pytest.skip("the small district's keeper is no staff user of the admin")
        for page in (
            "source",
            "datastream",
            "latest",
            "balance",
            "quarantine",
            "intakecount",
            "inputlog",
            "signalsettings",
        ):
            assert people_client.get(f"/admin/signals/{page}/").status_code == 200, page


class TestByHand:
    def who(self, *permissions: str, path: str = "/tst/g2-0/") -> Actor:
        return Actor(ref="p-x", grants=((path, frozenset(permissions)),))

    def test_it_is_stored_judged_and_journalled_without_the_words(self, loaded, judged):
        receipt = actions.enter_reading(
            self.who("signal.manual"), datastream="c1.people", value=77, reason="counted with Li Lei"
        )
        assert receipt.accepted == 1 and judged[0].readings[0][2] == 77
        entry = JournalEntry.objects.get(kind="signals.manual")
        assert entry.actor == "p-x" and entry.payload["value"] == 77 and "Li Lei" not in entry.payload_text

    def test_only_within_ones_areas(self, loaded):
        with pytest.raises(NotAllowed):
            actions.enter_reading(self.who("signal.read"), datastream="c1.people", value=1)
        with pytest.raises(NotFound):
            actions.enter_reading(self.who("signal.manual"), datastream="w1.depth", value=1)

    @pytest.mark.parametrize(("value", "seconds"), [(-1, 0), (float("nan"), 0), (1, -600), (1, 40 * 86_400)])
    def test_what_a_device_may_not_send_a_person_may_not_enter(self, loaded, value, seconds):
        at = clock.now() - timedelta(seconds=seconds)
        with pytest.raises(Invalid):
            actions.enter_reading(TEST, datastream="c1.people", value=value, at=at)

    def test_the_same_key_is_the_same_reading(self, loaded):
        for _ in range(2):
            actions.enter_reading(TEST, datastream="c1.people", value=5, key="tap")
        assert Observation.objects.count() == 1
        assert JournalEntry.objects.filter(kind="signals.manual").count() == 1


class TestFiles:
    def write(self, path, *lines: str, head: str = "ds,at,v,u"):
        file = path / "counts.csv"
        file.write_text("\n".join([head, *lines]) + "\n", "utf-8")
        return file

    def test_twice_the_same_file_is_once(self, loaded, tmp_path):
        file = self.write(
            tmp_path, f"c1.people,{ago(60)},5,person", f"c1.people,{ago()},6,", f"c2.people,{ago()},1.5,count"
        )
        first = actions.ingest_csv(TEST, path=file, source="gw")
        assert (first.accepted, first.quarantined) == (3, 0)
        again = actions.ingest_csv(TEST, path=file, source="gw")
        assert (again.accepted, again.duplicates) == (0, 1)
        assert Observation.objects.count() == 3

    def test_a_bad_line_is_named_by_its_number(self, loaded, tmp_path):
        file = self.write(
            tmp_path,
            f"c1.people,{ago()},5,",
            f"c1.people,{ago()},many,",
            f",{ago()},1,",
            "c1.people,never,1,",
        )
        receipt = actions.ingest_csv(TEST, path=file, source="gw")
        assert receipt.accepted == 1
        assert sorted((f.index, f.field) for f in receipt.problems) == [(3, "v"), (4, "ds"), (5, "at")]
        assert set(Quarantine.objects.values_list("idx", flat=True)) == {3, 4, 5}

    def test_large_files_go_in_parts(self, loaded, tmp_path, monkeypatch):
        from chengyun.signals.actions import files

        monkeypatch.setattr(files, "ROWS_AT_ONCE", 10)
        file = self.write(tmp_path, *[f"c1.people,{ago(n)},{n}," for n in range(95)])
        assert actions.ingest_csv(TEST, path=file, source="gw").accepted == 95

    @pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x00\x01\xff", b'ds,at\n"'])
    def test_what_is_no_such_file_is_refused(self, loaded, tmp_path, content):
        file = tmp_path / "x.csv"
        file.write_bytes(content)
        with pytest.raises(Invalid):
            actions.ingest_csv(TEST, path=file, source="gw")

    def test_a_file_that_is_not_there(self, loaded, tmp_path):
        with pytest.raises(Invalid):
            actions.ingest_csv(TEST, path=tmp_path / "none.csv", source="gw")

    def test_broken_bytes_inside(self, loaded, tmp_path):
        file = tmp_path / "x.csv"
        file.write_bytes(b"ds,at,v\n\xff\xfe,\x00,1\nc1.people," + ago().encode() + b",4\n")
        receipt = actions.ingest_csv(TEST, path=file, source="gw")
        assert (receipt.accepted, receipt.quarantined) == (1, 1)
        json.dumps([fault.detail for fault in receipt.problems])
