"""The throwaway PostgreSQL that tests use: reachable while it lives, stoppable in between, gone afterwards."""

import psycopg
import pytest

from tests.needs import find, missing, needs
from tests.postgres import cluster


def test_a_cluster_lives_as_long_as_its_block():
    needs("postgres")
    with cluster() as made:
        with psycopg.connect(made.url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        made.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(made.url, connect_timeout=2)
        made.start()
        psycopg.connect(made.url).close()
        home = made.data.parent
    assert not home.exists()


def test_what_is_missing_is_skipped_here_and_fails_in_continuous_integration(monkeypatch):
    assert find("no-such-program") is None
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception):
        missing("not here")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        missing("not here")
