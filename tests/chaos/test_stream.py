"""A browser's stream through whatever happens to the platform: nothing is missing, nothing comes twice."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from typing import Any

from tests.chaos.installation import Installation
from tests.chaos.waiting import until
from tests.postgres import Cluster
from tests.server.fronted import Stream


def log_in(at: Installation, name: str) -> str:
    """A session of an account."""
    connection = http.client.HTTPConnection("127.0.0.1", at.port, timeout=20)
    connection.request("GET", "/api/people/csrf")
    answer = connection.getresponse()
    token = json.loads(answer.read())["token"]
    cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
    body = json.dumps({"username": name, "password": at.accounts[name]})
    headers = {"X-CSRFToken": token, "Cookie": cookie, "Content-Type": "application/json"}
    connection.request("POST", "/api/people/login", body, headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    cookies = answer.headers.get_all("Set-Cookie") or []
    connection.close()
    return next(one for one in cookies if one.startswith("sessionid=")).partition(";")[0].partition("=")[2]


class Follower:
    """Follows one log-in's stream over as many connections as it takes."""

    def __init__(self, at: Installation, session: str) -> None:
        self.at, self.session = at, session
        self.entries: list[dict[str, Any]] = []
        self.last = ""
        self.stream: Stream | None = None

    def __enter__(self) -> Follower:
        until(self._open, "a stream", within_s=60, meanwhile=self.at.tend)
        return self

    def __exit__(self, *_: object) -> None:
        if self.stream is not None:
            self.stream.close()

    def _open(self) -> bool:
        try:
            stream = Stream(self.at.port, self.session, last=self.last)
        except (OSError, IndexError):
            return False
        if stream.status != 200:
            stream.close()
            return False
        name, data = stream.next()
        assert name == "hello", (name, data)
        self.stream, self.last = stream, self.last or f"{data['gen']}-{data['seq']}"
        return True

    def read_until(self, entry: int) -> None:
        """Take entries until one with this number or a later one has come, reconnecting where the stream breaks off."""
        while not self.entries or self.entries[-1]["id"] < entry:
            try:
                assert self.stream is not None
                name, data = self.stream.next("entry", "reset", "bye")
            except ConnectionError:
                name, data = "", None
            if name == "entry":
                self.entries.append(data)
                self.last = self.stream.last
                continue
            assert name == "", (name, data)
            self.stream.close()
            until(self._open, "a stream again", within_s=60, meanwhile=self.at.tend)


def journal(at: Installation, session: str) -> list[int]:
    """The numbers of all entries that a log-in may read, oldest first."""
    found: list[int] = []
    cursor = ""
    while True:
        answer = at.ask("GET", f"/api/live/journal?limit=500{cursor}", Cookie=f"sessionid={session}")
        found += [entry["id"] for entry in answer.body["items"]]
        if not answer.body["next"]:
            return sorted(found)
        cursor = f"&cursor={answer.body['next']}"


def stir(at: Installation, key: str, value: float) -> None:
    """Something that the journal tells of: a counter goes over its limit, or back.

    Sent again until it is taken, as a gateway does: a worker of a web server that was killed may still end under it.
    """
    readings = [("c0.people", int(time.time() * 1000), value)]
    until(lambda: at.post(readings, key).status == 200, "a reading taken", meanwhile=at.tend)


def check(follower: Follower, at: Installation) -> None:
    told = [entry["id"] for entry in follower.entries]
    recorded = journal(at, follower.session)
    assert told == [number for number in recorded if told[0] <= number <= told[-1]]
    numbers = [entry["seq"] for entry in follower.entries]
    assert numbers == sorted(set(numbers))


def test_a_front_that_is_killed_loses_and_doubles_nothing(installation: Installation) -> None:
    at = installation
    at.start()
    session = log_in(at, "duty")
    with Follower(at, session) as follower:
        for turn in range(3):
            stir(at, f"before-{turn}", 160 if turn % 2 == 0 else 10)
            follower.read_until(journal(at, session)[-1])
            os.kill(at.pid("front"), signal.SIGKILL)
            until(lambda: at.child("front").process.poll() is not None, "its end")  # type: ignore[union-attr]
            at.tend()
            at.answers()
            stir(at, f"after-{turn}", 10 if turn % 2 == 0 else 160)
            follower.read_until(journal(at, session)[-1])
        check(follower, at)
        assert len(follower.entries) >= 6


def test_a_web_server_that_is_killed_leaves_the_streams_alone(on_sqlite: Installation) -> None:
    at = on_sqlite
    at.start()
    session = log_in(at, "duty")
    with Follower(at, session) as follower:
        first = follower.stream
        os.kill(at.pid("web"), signal.SIGKILL)
        until(lambda: at.child("web").process.poll() is not None, "its end")  # type: ignore[union-attr]
        at.answers()
        stir(at, "after", 160)
        follower.read_until(journal(at, session)[-1])
        assert follower.stream is first, "the stream never broke off"
        check(follower, at)


def test_streams_stay_open_while_the_database_is_away(on_postgres: Installation, cluster: Cluster) -> None:
    at = on_postgres
    at.start()
    session = log_in(at, "duty")
    with Follower(at, session) as follower:
        assert follower.stream is not None
        first = follower.stream
        cluster.stop("immediate")
        try:
            first.until(lambda name, data: name == "time" and data["stalled"])
        finally:
            cluster.start()
        first.until(lambda name, data: name == "time" and not data["stalled"])
        stir(at, "back", 160)
        follower.read_until(journal(at, session)[-1])
        assert follower.stream is first
        check(follower, at)
