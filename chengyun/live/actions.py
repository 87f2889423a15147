"""The only writer of live: the log of commands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from chengyun.kernel import clock, sql
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import dumps
from chengyun.kernel.transaction import require_write
from chengyun.live.models import CommandLog
from chengyun.people.models import Duty
from chengyun.signals import registry

# Suggested value (建议值).
TIDIED_EVERY = 200
_NOTE = 'INSERT INTO live_commandlog (at, post, "do", args_text, last_entry) VALUES (%s, %s, %s, %s, %s) RETURNING id'


def note_command(*, actor: Actor, do: str, args: dict[str, Any], last_entry: int) -> None:
    """Keep what a person just did, in the transaction of what it did; forget what is older than the input log may be."""
    require_write("note_command")
    now = clock.now()
    # Every click ends here: one plain statement, and what has become too old goes in batches.
    values = [sql.stored(now), actor.post or _coming_to(actor.ref), do, dumps(args).decode(), last_entry]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, values)
        number = int(cursor.fetchone()[0])
    if number % TIDIED_EVERY == 0:
        days = registry.settings().input_log_days
        CommandLog.objects.filter(at__lt=now - timedelta(days=days)).delete()


def _coming_to(ref: str) -> str:
    """Who signs for a shift before it begins stands nowhere yet: they are named by the post that they come to."""
    coming = (
        Duty.objects.filter(staff__ref=ref, state="planned", starts_at__gte=clock.now() - timedelta(hours=12))
        .order_by("starts_at", "id")
        .values_list("post__code", flat=True)
        .first()
    )
    return f"{coming}@next" if coming else ""
