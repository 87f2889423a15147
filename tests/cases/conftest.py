from collections.abc import Iterator

import pytest

from chengyun.kernel import clock
from tests.cases.world import START, World, build


@pytest.fixture
def world(db: None, settings, tmp_path) -> Iterator[World]:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    with clock.use(clock.Virtual(START)) as virtual:
        yield build(virtual)
