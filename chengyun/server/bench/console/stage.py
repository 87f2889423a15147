"""The sample district with something going on, and the platform as `chengyun run` starts it."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from chengyun.server.bench import measure, mqtt
from chengyun.server.bench.console import ROOT

SAMPLE = ROOT / "districts" / "ruyihu"
START_S = 180


@dataclass(frozen=True, slots=True)
class Load:
    """What the generators of entries work on: alerts to acknowledge, cases to remind of."""

    alerts: list[int]
    cases: list[int]


def prepare() -> None:
    """The sample district on the scratch database, its roster running."""
    # Playwright keeps an event loop in this thread, at which Django would refuse to touch a database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    measure.prepare(district=str(SAMPLE))
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people

    people.start_roster(actor=system("bench"))


@contextmanager
def running() -> Iterator[int]:
    """Front, web server and workers; yields the port once all of it answers."""
    port = mqtt.free_port()
    process = measure.start("chengyun.server.cli", "run", "--port", str(port))
    try:
        _wait(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/api/people/csrf")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise SystemExit("the platform did not come up; see the messages above")


def busy(*, alerts: int, cases: int) -> Load:
    """So many alerts that wait to be acknowledged and open cases, over the micro grids."""
    from chengyun.alerts import actions as alerting
    from chengyun.alerts.models import Alert, Rule
    from chengyun.cases import actions as casework
    from chengyun.district import queries as district
    from chengyun.district.models import Area
    from chengyun.kernel.actor import system
    from chengyun.people import actors

    grids = list(Area.objects.filter(kind="micro").order_by("code").values_list("code", flat=True))
    rule = Rule.objects.filter(current__body__when="external").first()
    if rule is None:
        raise SystemExit("the sample district has no rule of the kind `external` to raise alerts with")
    raised = [
        {"rule": rule.code, "subject": f"bench:{n}", "area": grids[n % len(grids)]} for n in range(alerts)
    ]
    alerting.raise_many(actor=system("bench"), rows=raised)  # type: ignore[arg-type]
    duty = actors.at_post("DUTY")
    made = [
        casework.report(
            actor=duty, kind="illegal-parking", condition="blocking",
            area=district.area(grids[n % len(grids)]), source="phone",
        ).pk
        for n in range(cases)
    ]  # fmt: skip
    open_ones = Alert.objects.filter(subject__startswith="bench:").order_by("id")
    return Load(list(open_ones.values_list("id", flat=True)), sorted(set(made)))


def cookies(post: str = "DUTY") -> dict[str, str]:
    """A log-in of whoever holds this post now, as a browser would have it after logging in."""
    from django.test import Client

    from chengyun.people.models import Duty

    user = Duty.objects.get(post__code=post, state="serving").staff.user
    if user is None:
        raise SystemExit(f"whoever holds {post} has no account")
    client = Client()
    client.force_login(user)
    client.get("/api/people/csrf")
    return {name: morsel.value for name, morsel in client.cookies.items()}


def headers(given: dict[str, str]) -> dict[str, str]:
    """The same log-in for commands over HTTP."""
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in given.items()),
        "X-CSRFToken": given["csrftoken"],
        "Content-Type": "application/json",
    }
