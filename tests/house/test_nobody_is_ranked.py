"""No score, mileage, online time or ranking of a person: no query counts by person, except a person's own."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.source import Module, modules, snippet

# Where a group by person is not a figure about a person, and why.
ALLOWED: dict[str, str] = {}

_PERSON = re.compile(
    r"(^|__|\.)(staff|person|user|reporter|owner_staff|by_staff|judged_by|handled_by)(_id|_ref|__\w+)?$"
)
_SUMMING = {"annotate", "aggregate"}
_SQL = re.compile(r"group\s+by[^;]*\b(staff|person|user|reporter)(_id|_ref)?\b", re.I)


def groups_by_person(module: Module) -> Iterator[str]:
    """Where rows are grouped by who: values("..staff..").annotate(), GROUP BY staff, Counter(x.staff for ..)."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value):
            yield f"{module.at(node)} GROUP BY a person"
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SUMMING:
            for call in _calls_below(node.func.value):
                if call.func.attr in {"values", "values_list"} and any(map(_is_person, call.args)):
                    yield f"{module.at(node)} .{call.func.attr}(a person).{node.func.attr}()"
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in {"Counter", "groupby"}:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Attribute) and _PERSON.search(inner.attr):
                    yield f"{module.at(node)} {name} by {inner.attr}"


def _calls_below(node: ast.AST) -> Iterator[ast.Call]:
    """The calls of a chain a().b().c(), from the last to the first."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield node
        node = node.func.value


def _is_person(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(_PERSON.search(node.value))


def test_nothing_is_counted_by_person():
    found = [p for m in modules() if m.name not in ALLOWED for p in groups_by_person(m)]
    assert not found, "a figure about a person:\n" + "\n".join(found)


@pytest.mark.parametrize("code", [
    "Step.objects.values('staff').annotate(n=Count('id'))",
    "Step.objects.filter(x=1).values('holder__duty__staff_id').order_by('n').annotate(n=Count('id'))",
    "cursor.execute('select staff_id, count(*) from step group by staff_id')",
    "Counter(step.staff_id for step in steps)",
])  # fmt: skip
def test_a_ranking_is_seen(code):
    assert list(groups_by_person(snippet(code)))


@pytest.mark.parametrize("code", [
    "Case.objects.values('department').annotate(n=Count('id'))",
    "Counter(case.state for case in cases)",
    "cursor.execute('select department_id, count(*) from c group by department_id')",
])  # fmt: skip
def test_figures_of_departments_are_let_through(code):
    assert not list(groups_by_person(snippet(code)))
