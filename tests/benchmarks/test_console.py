"""What the console is measured with: sizes by the build's own rule, a denser district, and what is missing here."""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from pathlib import Path

import pytest

from chengyun.server import bench, district_folder
from chengyun.server.bench import console
from chengyun.server.bench.console import denser, sizes, stage


def built(folder: Path, manifest: dict[str, dict[str, object]]) -> Path:
    """A build of as many bytes as each file's name says."""
    (folder / ".vite").mkdir(parents=True)
    (folder / ".vite" / "manifest.json").write_text(json.dumps(manifest))
    for chunk in manifest.values():
        for name in (chunk["file"], *chunk.get("css", ()), *chunk.get("assets", ())):  # type: ignore[misc]
            (folder / str(name)).write_bytes(bytes(range(256)) * 4)
    return folder


def test_a_page_weighs_what_it_imports_at_once_each_file_once_and_nothing_that_it_fetches_later(tmp_path):
    dist = built(tmp_path, {
        "console.html": {"file": "c.js", "css": ["c.css"], "assets": ["worker.mjs", "font.woff"],
                         "imports": ["_shared.js", "_more.js"], "dynamicImports": ["later.vue"]},
        "_shared.js": {"file": "s.js"},
        "_more.js": {"file": "m.js", "imports": ["_shared.js"]},
        "later.vue": {"file": "later.js"},
        "field.html": {"file": "f.js", "imports": ["_shared.js"]},
    })  # fmt: skip
    one = len(gzip.compress(bytes(range(256)) * 4, 9)) / 1000
    assert sizes.sizes(dist) == pytest.approx({"console": 5 * one, "field": 2 * one})


def test_the_denser_district_is_one_that_the_platform_takes(tmp_path):
    denser.write(stage.SAMPLE, tmp_path / "denser", 70)
    district_folder.check(tmp_path / "denser")

    def rows(folder: Path) -> list[list[str]]:
        return list(csv.reader((folder / "datastreams.csv").open(encoding="utf-8")))

    more = rows(tmp_path / "denser")[len(rows(stage.SAMPLE)) :]
    assert len(more) == 70 and {row[1] for row in more} == {denser.QUANTITY}
    places = list(csv.DictReader((tmp_path / "denser/assets/gauges.csv").open(encoding="utf-8")))[-70:]
    assert len({(row["lon"], row["lat"]) for row in places}) == 70
    assert len({row["area"] for row in places}) > 20, "they are spread over the district"
    denser.write(stage.SAMPLE, tmp_path / "again", 70)
    assert rows(tmp_path / "again") == rows(tmp_path / "denser")


def test_where_nothing_is_built_it_says_what_to_do_and_measures_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("CHENGYUN_WEB", str(tmp_path))
    monkeypatch.setattr(console, "find_spec", lambda name: object())
    monkeypatch.setattr(console, "chromium", lambda: "/usr/bin/chromium")
    said: list[str] = []
    args = argparse.Namespace(name="console", quick=True, json=False, peers=False, database=None)
    assert bench.run_bench(args, say=said.append, show=print) == 2
    assert "make web" in said[-1]


@pytest.mark.parametrize(
    ("what", "word"), [("find_spec", "make setup-dev"), ("chromium", "apt install chromium")]
)
def test_what_is_missing_is_named_with_the_way_to_get_it(what, word, monkeypatch):
    monkeypatch.setattr(console, "find_spec", lambda name: object())
    monkeypatch.setattr(console, what, lambda *name: None)
    assert word in str(console.missing())
