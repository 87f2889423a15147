"""A small district that runs, for what a console asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chengyun.alerts import runtime
from chengyun.kernel import clock
from tests.conftest import START
from tests.invariants.conftest import Full
from tests.live import city as small_city


@pytest.fixture
def city(db: None, tmp_path: Path) -> Iterator[Full]:
    """Accounts as in tests/invariants: duty, keeper, west (a grid worker of g2-0 alone), audit."""
    runtime.forget()
    with clock.use(clock.Virtual(START)) as virtual:
        small_city.load(tmp_path / "district")
        yield Full(virtual)
    runtime.forget()
