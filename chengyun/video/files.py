"""Where pictures lie: beside case evidence, outside the web root, under their hash. Nothing but queries.picture_file hands
one out."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def path_of(digest: str) -> Path:
    return Path(settings.EVIDENCE_ROOT) / "video" / digest[:2] / digest
