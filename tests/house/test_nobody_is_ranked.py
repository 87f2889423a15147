"""No score, mileage, online time or ranking of a person: no query counts by person, except a person's own."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from chengyun.people.models import Duty, StaffPosition
from tests.house.persons import says_who
from tests.house.source import Module, dotted, modules, snippet

# Where a group by person is not a figure about a person, and why.
ALLOWED: dict[str, str] = {}

_PERSON = re.compile(
    r"(^|__|\.)(staff|person|user|reporter|owner_staff|by_staff|by|by_ref|actor|standing|(?!breached|suppressed)\w+_by)"
    r"(_id|_ref|__\w+)?$"
)
_SUMMING = {"annotate", "aggregate"}
_SQL = re.compile(r"group\s+by[^;]*\b(staff|person|user|reporter|actor|by|\w+_by)(_id|_ref)?\b", re.I)
# Where somebody on duty is: one row, read one by one. What sums over it would be mileage or online time.
_POSITIONS = {"StaffPosition", "position"}
_OVER_MANY = {"annotate", "aggregate", "count", "dates", "datetimes", "in_bulk"}
_POSITION_SQL = re.compile(r"people_staffposition", re.I)
_COORDINATES = {"lon", "lat", "x", "y", "geometry", "point", "place", "location", "heading", "speed", "route"}
# Coordinates beside a link to a person that are not where that person is, and what they are.
PLACES = {"people.Post": "where the post stands, whoever holds it"}


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


def sums_positions(module: Module) -> Iterator[str]:
    """Where positions of people are counted, summed or kept elsewhere."""
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and _POSITION_SQL.search(node.value)
        ):
            yield f"{module.at(node)} SQL over positions"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _OVER_MANY
        ):
            if _POSITIONS & set(dotted(node.func.value).split(".")):
                yield f"{module.at(node)} positions .{node.func.attr}()"
            if any(_of_positions(part) for part in ast.walk(node) if isinstance(part, ast.Constant)):
                yield f"{module.at(node)} .{node.func.attr}() over positions"


def _of_positions(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and bool(re.search(r"(^|__)position(__|$)", node.value))


def tracks(tables: Iterable[Any]) -> Iterator[str]:
    """Tables that could hold more than one place of a person: coordinates beside a link to one that is not unique."""
    for model in tables:
        fields = model._meta.concrete_fields
        if model._meta.label in PLACES or not _COORDINATES & {field.name for field in fields}:
            continue
        for field in fields:
            if says_who(field) and not field.unique:
                yield f"{model._meta.label}: coordinates beside {field.name}, which may stand there many times"


def test_no_table_can_keep_a_track():
    ours = [model for model in apps.get_models() if model.__module__.startswith("chengyun.")]
    assert not list(tracks(ours))
    kept = {field.name for field in StaffPosition._meta.get_fields()}
    assert kept == {"duty", "lon", "lat", "at", "expires_at"}, "a position says more than where and when"
    relations = [f for m in ours for f in m._meta.concrete_fields if f.is_relation]
    pointing = [f for f in relations if f.related_model is StaffPosition]
    assert not pointing, "something hangs on a position and would outlive it"


def test_a_track_would_be_seen():
    # Never registered as a table: made, looked at and forgotten.
    with isolate_apps("chengyun.people"):

        class Walked(models.Model):
            duty = models.ForeignKey(Duty, models.CASCADE)
            lon = models.FloatField()

            class Meta:
                app_label = "people"

        class Seen(models.Model):
            by = models.CharField(max_length=40)
            point = models.JSONField()

            class Meta:
                app_label = "people"

    assert len(list(tracks([Walked, Seen]))) == 2


def test_nothing_sums_up_where_people_were():
    found = [p for m in modules() for p in sums_positions(m)]
    assert not found, "a figure from positions of people:\n" + "\n".join(found)


@pytest.mark.parametrize("code", [
    "StaffPosition.objects.filter(at__gt=x).count()",
    "StaffPosition.objects.values('duty').annotate(n=Count('pk'))",
    "Duty.objects.annotate(last=Max('position__at'))",
    "duty.position.objects.aggregate(Min('at'))",
    "cursor.execute('insert into walked select * from people_staffposition')",
])  # fmt: skip
def test_such_a_sum_is_seen(code):
    assert list(sums_positions(snippet(code)))


def test_nothing_is_counted_by_person():
    found = [p for m in modules() if m.name not in ALLOWED for p in groups_by_person(m)]
    assert not found, "a figure about a person:\n" + "\n".join(found)


@pytest.mark.parametrize("code", [
    "Step.objects.values('staff').annotate(n=Count('id'))",
    "Step.objects.filter(x=1).values('holder__duty__staff_id').order_by('n').annotate(n=Count('id'))",
    "cursor.execute('select staff_id, count(*) from step group by staff_id')",
    "Counter(step.staff_id for step in steps)",
    "Alert.objects.values('judged_by').annotate(n=Count('id'))",
    "cursor.execute('select actor, count(*) from kernel_journalentry group by actor')",
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
