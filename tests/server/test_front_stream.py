"""The stream on the wire: who is let in, what they get, where it goes on, when it ends."""

from __future__ import annotations

import functools
import time

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import OperationalError

from chengyun.kernel import journal, sealer
from chengyun.kernel.transaction import write
from chengyun.live import picture
from chengyun.live.stream import following
from chengyun.people import actions as people
from chengyun.people.models import RoleGrant
from chengyun.server.front import hub as hubs
from chengyun.server.front import viewer as viewers
from chengyun.server.front.gate import Admitted
from tests.people import small
from tests.server.fronted import Stream, running, session_of

journal.declare("test.noted", "Noted", keys={"n": int})
TREE = "/tst/"
WEST, EAST = "/tst/g2-0/", "/tst/g2-1/"


@pytest.fixture
def town(committed, tmp_path):
    """The small district with its roster, and log-ins of its accounts."""
    small.load(small.write_folder(tmp_path))
    small.start()
    people.create_demo_accounts(small.TEST)
    sealer.seal_pending()
    return {user.username: user for user in get_user_model().objects.all()}


@pytest.fixture
def port(town):
    with running() as found:
        yield found


def note(n: int, area: str = TREE, klass: str = "open") -> None:
    """An entry that changes no row, committed and sealed."""
    with write():
        journal.record(
            "test.noted", subject=f"note:{n}", area=area, actor=small.TEST, payload={"n": n}, klass=klass
        )
    sealer.seal_pending()


def numbers(events) -> list[int]:
    return [data["payload"]["n"] for name, data in events if name == "entry"]


def upto(stream: Stream, n: int) -> list[int]:
    return numbers(stream.until(lambda name, data: name == "entry" and data["payload"]["n"] == n))


def test_an_entry_reaches_those_who_may_read_it_in_both_languages(town, port):
    with Stream(port, session_of(town["duty"])) as stream:
        assert stream.status == 200 and stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.headers["Cache-Control"] == "no-store"
        name, hello = stream.next()
        assert name == "hello" and hello["seq"] == sealer.head()[0]
        note(1)
        name, entry = stream.next("entry")
        assert entry["seq"] == hello["seq"] + 1 and entry["kind"] == "test.noted" and entry["rows"] == {}
        assert entry["text_zh"] and entry["text_en"] and entry["subject"] == "note:1"
        assert stream.last == f"{hello['gen']}-{entry['seq']}"


def test_nobody_without_a_session_gets_a_stream(town, port):
    for session in ("", "made-up", "x" * 5000):
        with Stream(port, session) as stream:
            assert stream.status == 401 and stream.headers["Content-Type"].startswith(
                "application/problem+json"
            )
            assert stream.body()["code"] == "not_logged_in"


def test_who_may_see_nothing_gets_no_stream(town, port):
    with write():
        idle = get_user_model().objects.create(username="idle")
    with Stream(port, session_of(idle)) as stream:
        assert stream.status == 403 and stream.body()["code"] == "nothing_to_see"


def test_a_grid_gets_nothing_of_another_and_nothing_of_a_class_it_is_not_cleared_for(town, port):
    with Stream(port, session_of(town["west"])) as west, Stream(port, session_of(town["duty"])) as duty:
        west.next("hello"), duty.next("hello")
        note(1, EAST)
        note(2, WEST, klass="sensitive")
        note(3, TREE)
        assert upto(duty, 3) == [1, 2, 3]
        # What was hidden is counted all the same: a client that comes back does not ask for it again.
        seen = west.until(lambda name, data: name == "time" and data["seq"] >= sealer.head()[0])
        assert [name for name, _ in seen if name in ("entry", "rows")] == []


def test_it_goes_on_exactly_where_it_stopped(town, port):
    session = session_of(town["duty"])
    with Stream(port, session) as stream:
        stream.next("hello")
        for n in range(1, 4):
            note(n)
        assert upto(stream, 3) == [1, 2, 3]
        last = stream.last
    for n in range(4, 8):
        note(n)
    with Stream(port, session, last=last) as again:
        assert upto(again, 7) == [4, 5, 6, 7]
    with Stream(port, session, query=f"?after={last}") as first:
        assert upto(first, 7) == [4, 5, 6, 7]


def test_from_a_snapshot_on_nothing_is_missing(town, port):
    first = picture.snapshot(town["duty"])
    note(1)
    with Stream(port, session_of(town["duty"]), query=f"?after={first['gen']}-{first['seq']}") as stream:
        name, hello = stream.next()
        assert (hello["gen"], hello["seq"]) == (first["gen"], first["seq"])
        assert upto(stream, 1) == [1]


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ("{gen}-{far}", "ahead"),
        ("0123456789abcdef-1", "gen"),
        ("nonsense", "gen"),
        ("{gen}-", "gen"),
        ("-5", "gen"),
    ],
)
def test_what_cannot_be_continued_begins_anew(town, port, mark, reason):
    gen = picture.snapshot(town["duty"])["gen"]
    mark = mark.format(gen=gen, far=sealer.head()[0] + 5)
    with Stream(port, session_of(town["duty"]), last=mark) as stream:
        assert stream.next() == ("reset", {"reason": reason})
        assert stream.next() == ("", None), "and that is its end"


def test_further_back_than_is_kept_begins_anew(town, monkeypatch):
    monkeypatch.setattr(hubs, "KEPT", 3)
    monkeypatch.setattr(hubs.Backlog.__init__, "__defaults__", (3,))
    for n in range(6):
        note(n)
    first = picture.snapshot(town["duty"])
    with running() as port:
        session = session_of(town["duty"])
        with Stream(port, session, last=f"{first['gen']}-{first['seq'] - 3}") as stream:
            assert upto(stream, 5) == [3, 4, 5]
        with Stream(port, session, last=f"{first['gen']}-{first['seq'] - 4}") as stream:
            assert stream.next() == ("reset", {"reason": "gap"})


def test_a_role_taken_away_ends_the_stream_before_anything_behind_it(town, port):
    session = session_of(town["west"])
    with Stream(port, session) as stream:
        name, hello = stream.next()
        grant = RoleGrant.objects.get(user=town["west"])
        people.revoke_role(actor=small.TEST, grant_id=grant.pk)
        with write():
            journal.record("test.noted", subject="note:1", area=WEST, actor=small.TEST, payload={"n": 1})
        sealer.seal_pending()
        assert stream.next("entry", "rows", "bye") == ("bye", {"reason": "rights"})
        assert stream.next() == ("", None)
    with Stream(port, session, last=f"{hello['gen']}-{hello['seq']}") as again:
        assert again.status == 403


def test_a_session_that_is_over_ends_its_stream(town, port, monkeypatch):
    monkeypatch.setattr(hubs, "SWEEP_S", 0.2)
    session = session_of(town["duty"])
    with Stream(port, session) as stream:
        stream.next("hello")
        Session.objects.filter(session_key=session).delete()
        assert stream.next("bye") == ("bye", {"reason": "session"})
    with Stream(port, session) as again:
        assert again.status == 401


def test_a_changed_password_ends_the_streams_of_other_sessions(town, port, monkeypatch):
    monkeypatch.setattr(hubs, "SWEEP_S", 0.2)
    with Stream(port, session_of(town["duty"])) as stream:
        stream.next("hello")
        town["duty"].set_password("another-long-one-77")
        town["duty"].save()
        assert stream.next("bye") == ("bye", {"reason": "session"})


def test_signs_of_life(town, monkeypatch):
    monkeypatch.setattr(hubs, "PING_S", 1)
    with running() as port, Stream(port, session_of(town["duty"])) as stream:
        stream.until(lambda name, data: stream.comments > 0)


def test_so_many_streams_and_no_more(town, port, settings):
    settings.STREAMS_PER_USER = 1
    session = session_of(town["duty"])
    with Stream(port, session) as first:
        first.next("hello")
        with Stream(port, session) as second:
            assert second.status == 429 and second.headers["Retry-After"]
    # A stream that was closed is found out at the latest when the next second is written to it.
    deadline = time.monotonic() + 20
    while True:
        with Stream(port, session) as third:
            if third.status == 200:
                break
        assert time.monotonic() < deadline


def test_new_names_begin_anew(town, port):
    with Stream(port, session_of(town["duty"])) as stream:
        stream.next("hello")
        payload = {"code": "GS-1", "fields": ["name_zh"]}
        with write():
            journal.record("post.changed", subject="post:GS-1", area=TREE, actor=small.TEST, payload=payload)
        sealer.seal_pending()
        assert stream.next("reset") == ("reset", {"reason": "names"})


def test_while_the_database_is_away_it_says_so_and_then_goes_on(town, port, monkeypatch):
    with Stream(port, session_of(town["duty"])) as stream:
        stream.next("hello")
        real = following.after

        @functools.wraps(real)
        def away(*args):
            raise OperationalError("away")

        monkeypatch.setattr(following, "after", away)
        stream.until(lambda name, data: name == "time" and data["stalled"])
        note(1)
        monkeypatch.setattr(following, "after", real)
        assert upto(stream, 1) == [1]
        stream.until(lambda name, data: name == "time" and not data["stalled"])


def test_entries_that_nobody_seals_are_a_standstill(town, port, monkeypatch):
    monkeypatch.setattr(hubs, "STILL_S", 1)
    with Stream(port, session_of(town["duty"])) as stream:
        stream.next("hello")
        with write():
            journal.record("test.noted", subject="note:1", area=TREE, actor=small.TEST, payload={"n": 1})
        stream.until(lambda name, data: name == "time" and data["stalled"])
        sealer.seal_pending()
        stream.until(lambda name, data: name == "time" and not data["stalled"])


class TestViewer:
    """What waits for a client is bounded, in size and in time."""

    def viewer(self, town):
        from chengyun.live.stream import sight

        dropped = []
        admitted = Admitted("s", 1, sight.of(town["duty"]), "0" * 8, 0)
        return viewers.Viewer(admitted, 0, lambda: dropped.append(True)), dropped

    def test_one_frame_too_many_drops_the_connection(self, town):
        viewer, dropped = self.viewer(town)
        frame = b"x" * (1024 * 1024)
        for _ in range(4):
            viewer.put(frame)
        assert not dropped
        viewer.put(b"x")
        assert dropped and not viewer._waiting, "nothing waits in memory for it any more"

    def test_a_client_that_takes_nothing_for_long_is_dropped(self, town, monkeypatch):
        viewer, dropped = self.viewer(town)
        now = time.monotonic()
        viewer.put(b"x")
        monkeypatch.setattr(viewers.time, "monotonic", lambda: now + 31)
        viewer.put(b"y")
        assert dropped

    def test_a_stream_that_was_quiet_for_long_is_not(self, town, monkeypatch):
        viewer, dropped = self.viewer(town)
        now = time.monotonic()
        monkeypatch.setattr(viewers.time, "monotonic", lambda: now + 3600)
        viewer.put(b"x")
        assert not dropped
