"""Keys with which sources of signals post. Only a digest is kept, so a key can be shown once and never again."""

from __future__ import annotations

import re
from datetime import datetime

from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people import passwords
from chengyun.people.actions.roster import root_path
from chengyun.people.models import SourceToken


def issue_token(
    actor: Actor, *, source: str, expires_at: datetime | None = None, cause: int | None = None
) -> str:
    """Issue a key for a source and return it; nobody can read it again. Earlier keys stay valid until revoked."""
    with write():
        actor.require("token.issue", root_path())
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", source):
            raise Invalid(
                "source",
                T("信号源编码只含字母、数字、_ . -", "A source's code has letters, digits, _ . and - only"),
                field="source",
            )
        now = clock.now()
        if expires_at is not None and expires_at <= now:
            raise Invalid("expires_at", T("到期时间已过", "This moment is past"), field="expires_at")
        token = passwords.new_token()
        row = SourceToken.objects.create(
            source=source, sha256=passwords.token_digest(token), issued_at=now, expires_at=expires_at
        )
        journal.record(
            "token.issued",
            subject=f"token:{row.id}",
            area=root_path(),
            actor=actor,
            payload={"source": source, "expires_at": expires_at.isoformat() if expires_at else None},
            cause=cause,
        )
        return token


def revoke_token(actor: Actor, *, token_id: int, cause: int | None = None) -> SourceToken:
    """End a key at once. Revoking it again changes nothing."""
    with write():
        actor.require("token.issue", root_path())
        row = SourceToken.objects.filter(pk=token_id).first()
        if row is None:
            raise NotFound("no_token", T("没有这个密钥", "There is no such token"), field="token_id")
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            row.save()
            journal.record(
                "token.revoked",
                subject=f"token:{row.id}",
                area=root_path(),
                actor=actor,
                payload={"source": row.source},
                cause=cause,
            )
        return row
