"""Fixtures for all tests. Nothing here sleeps: time is virtual."""

import os
from datetime import UTC, datetime

import pytest

from chengyun.kernel import clock

pytest_plugins = ["tests.committed"]

START = datetime(2023, 12, 31, 8, 0, tzinfo=UTC)


@pytest.fixture
def at():
    """A virtual clock that starts at 16:00 in Zhengzhou on New Year's Eve 2023."""
    with clock.use(clock.Virtual(START)) as virtual:
        yield virtual


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session):
    """Coverage counts what runs in this process alone: processes that tests start are killed on purpose, and what they
    leave behind half-written cannot be added up."""
    for name in ("COV_CORE_SOURCE", "COV_CORE_CONFIG", "COV_CORE_DATAFILE", "COV_CORE_CONTEXT"):
        os.environ.pop(name, None)
