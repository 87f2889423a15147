"""New Year's Eve 2023, whole: the tape of the sample night is what its screens showed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.live.taping import ALL_OF_A_NIGHT, Night, compare, follow, taped

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db


def test_new_years_eve_as_it_was_shown(settings: Any, tmp_path: Path) -> None:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    with Night(ROOT / "scenarios" / "nye-2023", timedelta(minutes=10)).played() as eve:
        assert len(eve.shots) > 50
        # A proposal stands for two minutes that night.
        assert compare(eve) >= ALL_OF_A_NIGHT - {"proposal"}
        ats = sorted(eve.shots)
        # From each to one an hour or two later, so that every entry of the night is followed by some of them.
        for since, until in zip(ats[::8], [*ats[8::8], ats[-1]], strict=True):
            assert follow(taped(since), since, until) == taped(until)
