"""A night replays to the same hash: one clock, ids from kernel.ids, nothing left to chance or to the process."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import Module, dotted, modules, snippet

# Real time where business time would be wrong, and why.
WALL_CLOCK: dict[str, str] = {
    "chengyun/kernel/clock.py": "it is the clock",
}
# Chance that never reaches the journal, and why.
CHANCE: dict[str, str] = {
    "chengyun/kernel/ids.py": "the one source of ids; deterministic while seeded",
    "chengyun/kernel/privacy.py": "salts that a replay seeds",
    "chengyun/people/passwords.py": "passwords and tokens that are handed to people",
    "chengyun/server/secret.py": "the key that signs sessions",
}

_CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now", "datetime.datetime.utcnow",
    "date.today", "datetime.date.today", "timezone.now", "time.time", "time.time_ns",
}  # fmt: skip
# With an argument these convert a moment; without one they ask for this moment.
_CONVERTERS = {"timezone.localdate", "timezone.localtime", "time.localtime", "time.gmtime"}
_CLOCK_NAMES = {("time", "time"), ("time", "time_ns"), ("django.utils.timezone", "now")}
_CHANCE_MODULES = {"random", "secrets", "numpy.random"}
_CHANCE = {"uuid.uuid1", "uuid.uuid4", "os.urandom", "np.random", "numpy.random"}
_CHANCE_NAMES = {("uuid", "uuid1"), ("uuid", "uuid4"), ("os", "urandom")}


def reads_wall_clock(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and dotted(node) in _CLOCKS:
            yield f"{module.at(node)} {dotted(node)}"
        elif isinstance(node, ast.Call) and not node.args and dotted(node.func) in _CONVERTERS:
            yield f"{module.at(node)} {dotted(node.func)}()"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (node.module, alias.name) in _CLOCK_NAMES:
                    yield f"{module.at(node)} {node.module}.{alias.name}"
        elif isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield f"{module.at(node.value)} {node.arg}"


def leaves_to_chance(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _CHANCE_MODULES:
                    yield f"{module.at(node)} import {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            if node.module in _CHANCE_MODULES:
                yield f"{module.at(node)} from {node.module}"
            for alias in node.names:
                if (node.module, alias.name) in _CHANCE_NAMES:
                    yield f"{module.at(node)} {node.module}.{alias.name}"
        elif isinstance(node, ast.Attribute) and dotted(node) in _CHANCE:
            yield f"{module.at(node)} {dotted(node)}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash":
            # hash() of a text differs from process to process.
            yield f"{module.at(node)} hash()"


def test_one_clock():
    found = [p for m in modules() if m.name not in WALL_CLOCK for p in reads_wall_clock(m)]
    assert not found, "use kernel.clock.now():\n" + "\n".join(found)


def test_nothing_is_left_to_chance():
    found = [p for m in modules() if m.name not in CHANCE for p in leaves_to_chance(m)]
    assert not found, "use kernel.ids.new():\n" + "\n".join(found)


@pytest.mark.parametrize("code", [
    "at = datetime.now(UTC)",
    "at = timezone.now()",
    "at = models.DateTimeField(default=timezone.now)",
    "at = models.DateTimeField(auto_now_add=True)",
    "from time import time",
    "day = timezone.localdate()",
    "import datetime\nday = datetime.date.today()",
])  # fmt: skip
def test_a_second_clock_is_seen(code):
    assert list(reads_wall_clock(snippet(code)))


@pytest.mark.parametrize(
    "code",
    [
        "at = clock.now()",
        "began = time.monotonic()",
        "from time import sleep",
        "shown = timezone.localtime(at)",
    ],
)
def test_the_clock_and_spans_of_the_process_are_let_through(code):
    assert not list(reads_wall_clock(snippet(code)))


@pytest.mark.parametrize("code", [
    "import random",
    "from uuid import uuid4",
    "ref = uuid.uuid4()",
    "salt = os.urandom(8)",
    "shard = hash(name) % 8",
])  # fmt: skip
def test_chance_is_seen(code):
    assert list(leaves_to_chance(snippet(code)))
