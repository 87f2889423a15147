from __future__ import annotations

from pathlib import Path

import pytest

from chengyun.signals import judging
from tests.signals import small


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small.write_folder(tmp_path)


@pytest.fixture
def loaded(db, at, folder):
    """The small district with its datastreams; virtual time 2023-12-31 16:00 in Zhengzhou."""
    small.load(folder)
    return at


@pytest.fixture(autouse=True)
def only_our_judges(monkeypatch):
    """Alerts hang themselves on judging; here it is looked at by itself."""
    monkeypatch.setattr(judging, "_judges", [])


@pytest.fixture
def judged():
    """The batches that were judged."""
    batches: list[judging.Batch] = []
    judging.register(batches.append)
    return batches
