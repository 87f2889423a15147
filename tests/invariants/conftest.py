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


@pytest.fixture
def desks(db: None, settings: Any, tmp_path: Path) -> Iterator[cases.World]:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    with clock.use(clock.Virtual(cases.START)) as virtual:
        yield cases.build(virtual)


@pytest.fixture
def case(desks: cases.World) -> Case:
    """An open case that a department works on."""
    return desks.through(desks.report(), "handle")
