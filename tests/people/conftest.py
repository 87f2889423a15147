"""A small district with a centre that hands over and a desk that goes by the clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.people import small


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small.write_folder(tmp_path)


@pytest.fixture
def loaded(db, at, folder):
    """The district is loaded; no roster yet. Virtual time: 2023-12-31 16:00 in Zhengzhou."""
    small.load(folder)
    return at


@pytest.fixture
def running(loaded):
    """The roster stands and the day shift (08:00 to 20:00) runs."""
    small.start()
    return loaded
