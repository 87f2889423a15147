"""Free text and personal data stay in rows that can be erased; the journal holds a salted digest of them."""

import hashlib

from chengyun.kernel import ids


def seal_text(text: str, *, salt: str | None = None) -> tuple[str, str]:
    """Return `(salt, digest)` for a text. With the salt erased, nobody can test a guess against the digest."""
    salt = salt or ids.token(16).hex()
    return salt, hashlib.sha256(f"{salt}\x00{text}".encode()).hexdigest()
