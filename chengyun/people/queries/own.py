"""What a person keeps for themselves."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from chengyun.people.models import Preference
from chengyun.people.preferences import Preferences


def preferences(user: Any) -> Preferences:
    """One's own; nothing chosen where nothing is kept, or where what is kept is from before a change of their shape."""
    body = Preference.objects.filter(user_id=user.pk).values_list("body", flat=True).first()
    try:
        return Preferences() if body is None else Preferences.model_validate_json(body)
    except ValidationError:
        return Preferences()
