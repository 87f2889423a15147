"""The only writer of live: the log of commands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import dumps
from chengyun.kernel.transaction import require_write
from chengyun.live.models import CommandLog
from chengyun.people.models import Duty
from chengyun.signals import registry


def note_command(*, actor: Actor, do: str, args: dict[str, Any], last_entry: int) -> None:
    """Keep what a person just did, in the transaction of what it did; forget what is older than the input log may be."""
    require_write("note_command")
    kept = registry.settings()
    now = clock.now()
    CommandLog.objects.filter(at__lt=now - timedelta(days=kept.input_log_days)).delete()
    CommandLog.objects.create(
        at=now,
        post=actor.post or _coming_to(actor.ref),
        do=do,
        args_text=dumps(args).decode(),
        last_entry=last_entry,
    )


def _coming_to(ref: str) -> str:
    """Who signs for a shift before it begins stands nowhere yet: they are named by the post that they come to."""
    coming = (
        Duty.objects.filter(staff__ref=ref, state="planned", starts_at__gte=clock.now() - timedelta(hours=12))
        .order_by("starts_at", "id")
        .values_list("post__code", flat=True)
        .first()
    )
    return f"{coming}@next" if coming else ""
