"""How somebody likes their screen. A state change without a journal entry, for a stated reason:

which layers a person looks at and how loud their desk is decides nothing about the district, and a line for each change
would say when they sat there. So neither the journal nor the log of commands has it (live/recording.py).
"""

from __future__ import annotations

from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import NotAllowed, TooLarge
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.people.models import Preference
from chengyun.people.preferences import MAX_BYTES, Preferences


def set_preferences(actor: Actor, *, preferences: Preferences) -> Preferences:
    """Keep one's own preferences in place of those kept before; the same again changes nothing.

    Raises `NotAllowed` for what is no log-in (nobody sets another's), `TooLarge` above 8 kB.
    """
    with write():
        user = actor.user
        if actor.is_system or user is None or not getattr(user, "pk", None):
            raise NotAllowed(
                "not_a_person", T("界面偏好只能由本人设置", "Everybody sets their own preferences")
            )
        body = preferences.model_dump_json(exclude_none=True)
        if len(body.encode()) > MAX_BYTES:
            raise TooLarge("too_large", T("界面偏好超过 8 kB", "The preferences are longer than 8 kB"))
        kept = Preference.objects.filter(user_id=user.pk).first()
        if kept is None or kept.body != body:
            Preference.objects.update_or_create(user_id=user.pk, defaults={"body": body})
        return preferences
