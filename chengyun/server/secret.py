"""The secret key: from the environment, or made once and kept beside the data, readable by its owner alone."""

import os
import secrets
from pathlib import Path


def secret_key(data_dir: Path) -> str:
    given = os.environ.get("CHENGYUN_SECRET_KEY")
    if given:
        return given
    path = data_dir / "secret.key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(50)
        file.write(key)
    return key
