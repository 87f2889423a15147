"""What the platform answers when it will not do a thing: a code, the reason in two languages, and what to do."""

from __future__ import annotations


class Refused(Exception):
    """Base of every refusal. `code` is stable for programs, `reason` and `hint` are for people."""

    status = 400

    def __init__(self, code: str, reason: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        parts = [str(self.reason)]
        if self.field:
            parts.insert(0, f"{self.field}:")
        if self.hint:
            parts.append(str(self.hint))
        return " ".join(parts)


class Invalid(Refused):
    """The input is wrong; `field` names the place."""

    status = 422


class NotAllowed(Refused):
    """The actor may not do this here."""

    status = 403


class NotFound(Refused):
    """There is no such thing within what the actor may see."""

    status = 404


class Conflict(Refused):
    """The thing is in a state that does not allow this, or somebody was first."""

    status = 409


class TooLarge(Refused):
    """More was sent than a door takes at once."""

    status = 413


class Unavailable(Refused):
    """The platform cannot store anything at present (disk full, database away). Nothing was taken: send it again."""

    status = 503
