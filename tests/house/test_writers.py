"""Only actions write: no state changes outside actions.py, the kernel, a store (bulk storage) and migrations."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.source import Module, dotted, modules, snippet

# A file that writes for a reason of its own, and the reason. Keep it short.
ALLOWED: dict[str, str] = {
    "chengyun/alerts/runtime.py": "the memory of the rule engine, derived from the observations it stands beside",
    "chengyun/server/time.py": "the clock of a demonstration: not a fact about the district",
    "chengyun/server/bench/sse.py": "opens log-ins in the scratch database of a benchmark",
    "chengyun/server/bench/cases.py": "fills the scratch table of a benchmark with copies of old cases",
}

_ALWAYS = {
    "bulk_create", "bulk_update", "get_or_create", "update_or_create", "abulk_create", "abulk_update",
    "acreate", "aupdate", "adelete", "asave", "aget_or_create", "aupdate_or_create",
}  # fmt: skip
_SQL = re.compile(
    r"^\s*(insert\s+(or\s+\w+\s+)?into|replace\s+into|update\s+\S+\s+set|delete\s+from|truncate)\b", re.I
)


def may_write(name: str) -> bool:
    parts = name.split("/")
    return (
        parts[1] == "kernel"
        or parts[2:3] in (["actions"], ["store"])
        or parts[-1] in {"actions.py", "store.py"}
    )


def writes(module: Module) -> Iterator[str]:
    """Where a module writes rows, by the shape of the call.

    QuerySet.update takes keywords only, on a variable or at the end of a chain of calls; dict.update or hash.update
    rarely do. Model.delete and Model.save take no
    positional argument and the HTTP or file methods of these names do. So the shapes tell them apart.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value):
            yield f"{module.at(node)} SQL that writes"
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        verb, on = node.func.attr, dotted(node.func.value).split(".")
        keywords_only = (
            bool(node.keywords) and not node.args and not isinstance(node.func.value, ast.Attribute)
        )
        if (
            verb in _ALWAYS
            or (verb == "update" and (keywords_only or "objects" in on))
            or (verb == "create" and ("objects" in on or on[-1].endswith("_set")))
            or (verb in {"delete", "save"} and not node.args)
        ):
            yield f"{module.at(node)} .{verb}()"


def test_only_actions_write():
    found = [
        place
        for module in modules()
        if not may_write(module.name) and module.name not in ALLOWED
        for place in writes(module)
    ]
    assert not found, "a write outside actions.py:\n" + "\n".join(found)


@pytest.mark.parametrize("code", [
    "Case.objects.create(kind='x')",
    "row.save()",
    "row.save(update_fields=['state'])",
    "Case.objects.filter(pk=1).update(state='x')",
    "case.steps.all().delete()",
    "case.step_set.create(verb='file')",
    "Step.objects.bulk_create(rows)",
    "cursor.execute('insert or ignore into t values (1)')",
    "cursor.execute('DELETE FROM t')",
])  # fmt: skip
def test_a_write_is_seen(code):
    assert list(writes(snippet(code)))


@pytest.mark.parametrize("code", [
    "seen.update(other)",
    "report.figures.update(timers=3)",
    "digest.update(b'x')",
    "client.delete('/api/cases/1')",
    "storage.save(name, content)",
    "cursor.execute('select 1')",
    "Case.objects.select_for_update().get(pk=1)",
])  # fmt: skip
def test_what_only_looks_like_a_write_is_let_through(code):
    assert not list(writes(snippet(code)))
