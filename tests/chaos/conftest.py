"""Real processes on both databases. Nothing here uses the test database of pytest-django."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.installation import Installation, Workshop
from tests.needs import needs
from tests.postgres import Cluster
from tests.postgres import cluster as make_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    needs("postgres")
    # Durable, as in production: a database that crashes may lose nothing that it has confirmed.
    with make_cluster(durable=True) as made:
        yield made


@pytest.fixture(scope="session")
def sqlite_workshop() -> Iterator[Workshop]:
    workshop = Workshop()
    yield workshop
    workshop.close()


@pytest.fixture(scope="session")
def postgres_workshop(cluster: Cluster) -> Iterator[Workshop]:
    workshop = Workshop(cluster)
    yield workshop
    workshop.close()


@pytest.fixture
def on_sqlite(sqlite_workshop: Workshop) -> Iterator[Installation]:
    with sqlite_workshop.make() as made:
        yield made


@pytest.fixture
def on_postgres(postgres_workshop: Workshop) -> Iterator[Installation]:
    with postgres_workshop.make() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request: pytest.FixtureRequest) -> Installation:
    made: Installation = request.getfixturevalue(f"on_{request.param}")
    return made
