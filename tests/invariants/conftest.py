"""Two worlds to attack: a whole small district with accounts (`full`), and one with every desk a case needs (`desks`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from chengyun.alerts import runtime
from chengyun.cases import actions
from chengyun.cases.models import Case
from chengyun.kernel import clock, timers
from chengyun.kernel.actor import system
from chengyun.people import actions as people
from chengyun.people import actors
from chengyun.server import district_folder
from chengyun.signals import actions as signals
from tests.cases import world as cases
from tests.chaos import district
from tests.conftest import START

PICTURE = (Path(__file__).resolve().parents[2] / "scenarios/nye-2023/files/after.png").read_bytes()


@dataclass
class Full:
    clock: clock.Virtual

    def send(self, values: dict[str, float], key: str | None = None) -> Any:
        """Readings of now: {"c0.people": 120}."""
        readings = [(ds, clock.now(), value, None) for ds, value in values.items()]
        key = key or f"m-{clock.now().isoformat()}"
        return signals.ingest(source="gw", readings=readings, message_key=key)

    def all(self, value: float) -> None:
        self.send(dict.fromkeys(district.STREAMS, value))

    def pass_time(self, **duration: float) -> None:
        """Advance through every timer that falls due, as the worker would."""
        until = clock.now() + timedelta(**duration)
        while (due := timers.next_due()) is not None and due <= until:
            self.clock.advance_to(max(due, clock.now()))
            timers.fire_due()
        self.clock.advance_to(until)

    def user(self, name: str) -> Any:
        return get_user_model().objects.get(username=name)

    def client(self, name: str) -> Client:
        """A browser in which this account is logged in; errors are answered, not raised."""
        client = Client(raise_request_exception=False)
        client.force_login(self.user(name))
        return client

    def at(self, post: str) -> Any:
        return actors.at_post(post)


@pytest.fixture
def full(db: None, tmp_path: Path) -> Iterator[Full]:
    """Accounts: duty (duty officer), keeper (admin), west (grid worker of g2-0 alone), audit (auditor)."""
    runtime.forget()
    with clock.use(clock.Virtual(START)) as virtual:
        district_folder.load(district.write_folder(tmp_path / "district"))
        people.start_roster(actor=system("test"))
        yield Full(virtual)
    runtime.forget()


# The plain path of a case: verb, who does it, what it is given.
PATH: list[tuple[str, str, dict[str, Any]]] = [
    ("file", "DUTY", {}),
    ("dispatch", "DISP", {}),
    ("sign_for", "DEPT-sw", {}),
    ("handle", "DEPT-sw", {}),
    ("settle", "DEPT-sw", {}),
    ("post_fix_check", "VERIFY", {}),
    ("close", "LEAD", {}),
    ("call_back", "DISP", {"ok": True}),
    ("archive", "LEAD", {}),
]
ROLES = ("duty_officer", "shift_leader", "dispatcher", "commander", "verifier", "auditor")


@pytest.fixture
def mighty(full: Full, settings: Any, tmp_path: Path) -> Client:
    """Somebody who holds almost every role, so that what is sent reaches the actions; and something to act upon: open
    alerts, a proposal, a case in each state of the plain path, one of them supervised, one with a picture."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    user = full.user("keeper")
    for role in ROLES:
        people.grant_role(system("test"), user_id=user.pk, role=role, area="tst")
    full.all(160)
    for length in range(len(PATH) + 1):
        case = actions.report(
            actor=full.at("GS-0"), kind="noise", condition="plain", area="m-000", description="x"
        )
        for verb, post, given in PATH[:length]:
            actions.move(actor=full.at(post), case_id=case.pk, verb=verb, **given)
        if length == 2:
            until = clock.now() + timedelta(hours=2)
            actions.supervise(
                actor=full.at("CMD"), case_id=case.pk, level="important", reply_by=until, reason="x"
            )
        if length == 3:
            actions.add_evidence(
                actor=full.at("DEPT-sw"), case_id=case.pk, kind="photo_before", content=PICTURE
            )
    return full.client("keeper")


@pytest.fixture
def desks(db: None, settings: Any, tmp_path: Path) -> Iterator[cases.World]:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    with clock.use(clock.Virtual(cases.START)) as virtual:
        yield cases.build(virtual)


@pytest.fixture
def case(desks: cases.World) -> Case:
    """An open case that a department works on."""
    return desks.through(desks.report(), "handle")
