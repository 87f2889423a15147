"""Reads for the door: how long a name or an address must wait. Real time, not the district's: a demonstration that runs a
night in minutes must not open the door faster."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings

from chengyun.kernel import clock
from chengyun.kernel.errors import Refused
from chengyun.kernel.i18n import T
from chengyun.people.logic.throttle import Count, locked_for
from chengyun.people.models import LoginFailures


class TooMany(Refused):
    """Too many attempts; the answer says how long to wait."""

    status = 429


def now() -> datetime:
    return clock.wall()


def key(kind: str, value: str) -> str:
    """A keyed digest, so that the table holds neither names nor addresses."""
    text = f"{kind}:{value.strip().casefold()}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), sha256).hexdigest()


def address(request: Any) -> str:
    """Where a request comes from. A reverse proxy has to set REMOTE_ADDR: a header that anybody can send is not asked."""
    return request.META.get("REMOTE_ADDR", "") if request is not None else ""


def wait(username: str, where: str, at: datetime) -> timedelta | None:
    """How long this name or this address still has to wait, the longer of the two; None when it may try."""
    keys = [key(kind, value) for kind, value in (("account", username), ("address", where)) if value]
    rows = LoginFailures.objects.filter(key__in=keys)
    waits = [locked_for(Count(row.failures, row.since, row.locked_until), at) for row in rows]
    return max((span for span in waits if span is not None), default=None)


def too_many(span: timedelta) -> TooMany:
    minutes = max(1, -(-int(span.total_seconds()) // 60))
    return TooMany(
        "too_many_attempts",
        T(
            f"登录失败次数过多，请 {minutes} 分钟后再试",
            f"Too many failed log-ins: try again in {minutes} minutes",
        ),
        hint=T("忘记密码请联系管理员。", "If the password is forgotten, ask an administrator."),
    )
