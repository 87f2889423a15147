"""Where evidence lies: outside the web root, under its hash. Nothing but queries.evidence_file hands it out."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def path_of(digest: str) -> Path:
    return Path(settings.EVIDENCE_ROOT) / digest[:2] / digest
