"""Lock files pin by hash and say nothing about where a package came from."""

import json
import re
import subprocess

import pytest

from tests.house.source import ROOT

LOCKS = ["requirements.lock", "requirements-dev.lock"]
NODE_LOCK = "requirements-node.lock"
_ADDRESS = re.compile(r"(?i)https?://|--(index-url|extra-index-url|find-links|trusted-host)|@\s+(file|git)")


@pytest.mark.parametrize("name", [*LOCKS, NODE_LOCK])
def test_a_lock_carries_no_address(name):
    lines = (ROOT / name).read_text().splitlines()
    assert not [line for line in lines if _ADDRESS.search(line)]


@pytest.mark.parametrize("name", [*LOCKS, NODE_LOCK])
def test_every_pin_is_exact_and_hashed(name):
    text = (ROOT / name).read_text()
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    assert entries
    for entry in entries:
        assert "==" in entry.splitlines()[0], entry
        assert "--hash=sha256:" in entry, entry


def test_the_lock_of_the_console_pins_by_hash_and_names_no_registry():
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    assert len(packages) > 100
    for name, package in packages.items():
        assert "resolved" not in package, name
        if name:
            assert package["integrity"].startswith("sha512-"), name


def test_the_tools_pin_the_same_versions_as_the_product():
    run, dev = (_pins(name) for name in LOCKS)
    both = run.keys() & dev.keys()
    assert {name: run[name] for name in both} == {name: dev[name] for name in both}


def test_no_lock_with_addresses_is_committed():
    tracked = subprocess.run(
        ["git", "ls-files", "*uv.lock", "*pylock.toml"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    assert not tracked.split()


def _pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", (ROOT / name).read_text()))
