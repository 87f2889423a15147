"""Log-in with a password, throttled per name and per address. Named in AUTHENTICATION_BACKENDS."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied

from chengyun.people import actions, login


class ThrottledBackend(ModelBackend):
    """While a name or address must wait no password is looked at, right or wrong; `request.login_wait` says how long."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        if username is None or password is None:
            return None
        at, where = login.now(), login.address(request)
        span = login.wait(username, where, at)
        if span is not None:
            if request is not None:
                request.login_wait = span
            raise PermissionDenied
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is None:
            actions.note_login_failure(username=username, address=where, at=at)
        else:
            actions.note_login_success(username=username)
        return user
