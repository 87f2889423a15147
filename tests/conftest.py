"""Fixtures for all tests. Nothing here sleeps: time is virtual."""

from datetime import UTC, datetime

import pytest

from chengyun.kernel import clock

START = datetime(2023, 12, 31, 8, 0, tzinfo=UTC)


@pytest.fixture
def at():
    """A virtual clock that starts at 16:00 in Zhengzhou on New Year's Eve 2023."""
    with clock.use(clock.Virtual(START)) as virtual:
        yield virtual
