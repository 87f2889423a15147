"""Who a session is, and what they may see by now. Its functions ask the database: they are called in a thread.

A thousand open streams must cost little: sessions and log-ins are looked at in one query each, and what people may see is
found again only where something it depends on has changed (the registries of people and places, who is on duty).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from chengyun.kernel import clock, registry, sealer, sql
from chengyun.live.stream import sight, values
from chengyun.live.stream.sight import Sight
from chengyun.people import queries as people


@dataclass(frozen=True, slots=True)
class Admitted:
    """A session that is logged in, and what it may see. `head` is the seal's number at that moment."""

    session: str
    user: int
    sight: Sight
    journal: str
    head: int
    paths: tuple[str, ...] = ("/",)


@dataclass
class Gate:
    """`sights` of log-ins under the rights of `state`. One per process; its methods are called from one thread."""

    sights: dict[tuple[int, bool], Sight] = field(default_factory=dict)
    state: Any = None
    # The data and the password under which a session was last found to be logged in.
    _proved: dict[str, tuple[str, str]] = field(default_factory=dict)

    @registry.steady()
    def admit(self, session: str, asked: str) -> Admitted | None:
        """Let a session in; None where it is not logged in. `asked` is its subscription to values. Raises NotFound."""
        data = _data_of([session]).get(session)
        user = self._prove(session, data) if data is not None else None
        if user is None:
            return None
        self._renew()
        return Admitted(
            session=session,
            user=user.pk,
            sight=self._sight(user),
            journal=sight.journal_name(),
            head=sealer.head()[0],
            paths=values.below(user, asked),
        )

    @registry.steady()
    def changed(self, viewers: Iterable[tuple[str, int, Sight]]) -> dict[str, str]:
        """Sessions whose streams end now, and why (`session`, `rights`), of those given: (session, user, sight)."""
        open_ones = set(viewers)
        self._renew()
        data = _data_of(session for session, _, _ in open_ones)
        users: dict[int, Any] = get_user_model().objects.in_bulk({user for _, user, _ in open_ones})
        ended: dict[str, str] = {}
        for session, number, seen in open_ones:
            user = users.get(number)
            if session not in data or user is None or not self._proven(session, data[session], user):
                ended[session] = "session"
            elif self._sight(user) != seen:
                ended[session] = "rights"
        self._proved = {session: self._proved[session] for session in data if session in self._proved}
        return ended

    def _proven(self, session: str, data: str, user: Any) -> bool:
        """Whether a session still is that log-in's; looked into only where one of the two has changed."""
        if not user.is_active:
            return False
        if self._proved.get(session) == (data, user.password):
            return True
        again = self._prove(session, data)
        return again is not None and again.pk == user.pk

    def _prove(self, session: str, data: str) -> Any:
        """The log-in of a session, as Django finds it: session not altered, password not changed since. None for none."""
        user: Any = get_user(SimpleNamespace(session=SessionStore(session)))  # type: ignore[arg-type]
        if not user.is_authenticated or not user.is_active:
            return None
        self._proved[session] = (data, user.password)
        return user

    def _sight(self, user: Any) -> Sight:
        key = (user.pk, user.is_superuser)
        if key not in self.sights:
            self.sights[key] = sight.of(user)
        return self.sights[key]

    def _renew(self) -> None:
        """Forget the sights if anything has changed that they are made of."""
        tokens = sql.rows(
            "SELECT name, token FROM kernel_registryversion WHERE name IN ('people', 'district')"
        )
        state = (sorted(tokens), people.holders(clock.now()))
        if state != self.state:
            self.state, self.sights = state, {}


def _data_of(keys: Iterable[str]) -> dict[str, str]:
    """The data of those sessions that have not run out."""
    wanted = sorted(set(keys))
    found: dict[str, str] = {}
    for part in sql.parts(wanted):
        rows = Session.objects.filter(session_key__in=part, expire_date__gt=clock.wall())
        found |= dict(rows.values_list("session_key", "session_data"))
    return found


def cookie_of(cookies: Any) -> str:
    """The session's key as the browser sent it; empty without one."""
    return str(cookies.get(settings.SESSION_COOKIE_NAME, ""))
