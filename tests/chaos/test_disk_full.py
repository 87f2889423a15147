"""A full disk is said, nothing of a message is stored, and with space again everything goes on."""

from __future__ import annotations

import sqlite3

from chengyun.kernel.http import storage_failure
from tests.chaos.installation import Installation
from tests.chaos.waiting import until


def test_a_full_disk_is_answered_clearly(on_sqlite: Installation) -> None:
    at = on_sqlite
    at.start()
    now = 1_700_000_000_000
    assert at.post([("c0.people", now, 1.0)], "before").status == 200
    path = at.url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
    limit = at.home / "max-pages"
    limit.write_text(str(pages))
    refused: dict[str, list[tuple[str, int, float]]] = {}

    def full() -> bool:
        # There is a little room left in the pages that exist; after that every message is refused whole.
        key = f"full-{len(refused)}"
        readings = [("c0.people", now + len(refused) * 1000 + n, float(n)) for n in range(500)]
        answer = at.post(readings, key)
        if answer.status == 200:
            refused[f"taken-{key}"] = readings
            return False
        refused[key] = readings
        assert (answer.status, answer.kind, answer.body["code"]) == (
            503,
            "application/problem+json",
            "disk_full",
        )
        assert answer.body["detail"] and answer.body["hint"]
        return sum(name.startswith("full") for name in refused) >= 3

    until(full, "the disk to be full")
    stored = {tuple(row) for row in at.look()["observations"]}
    for name, readings in refused.items():
        found = stored.intersection(readings)
        assert len(found) == (len(readings) if name.startswith("taken") else 0), (
            f"{name}: {len(found)} stored"
        )
    limit.unlink()
    for name, readings in refused.items():
        answer = at.post(readings, name.removeprefix("taken-"))
        assert answer.status == 200 and answer.body["duplicates"] == int(name.startswith("taken"))
    at.tend()
    assert at.died == []
    assert at.look()["faults"] == []


def test_a_full_disk_of_postgresql_reads_the_same() -> None:
    said = Exception('could not extend file "base/16384/16500": No space left on device')
    assert storage_failure(said).code == "disk_full"
