"""Secrets: passwords and tokens. From the operating system alone, never from `kernel.ids`, which a replay can seed."""

from __future__ import annotations

import secrets
from hashlib import sha256


def new_password() -> str:
    """16 characters, 96 random bits."""
    return secrets.token_urlsafe(12)


def new_token() -> str:
    """A source's key: `cy_` and 43 characters, 256 random bits."""
    return "cy_" + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is stored in place of a token. Without salt or stretching: there are 256 random bits to guess."""
    return sha256(token.encode()).hexdigest()
