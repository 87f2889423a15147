"""Which columns say who: a table's links to people, and the refs that stand for them in the journal and elsewhere."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, Field, Model

from chengyun.cases.models import Reporter
from chengyun.people.models import Duty, Staff

_REFS = re.compile(r"^(actor|by|by_ref|leader_ref|\w+_by)$")
# Columns of that shape that hold something else, and what.
NO_PERSON = {"district.Assessment.signed_by": "the code of a post"}
# Of a person, what may be asked of many at once: the department is a group, the state of an account is no figure.
_OF_MANY = {"department", "state", "is_active", "is_staff"}


def people() -> tuple[type[Model], ...]:
    """Tables of which one row is one person (or, of a duty, one person for a while)."""
    return (Staff, Reporter, Duty, get_user_model())


def says_who(field: Field) -> bool:
    """Whether a column holds one person: a link to one, or a ref."""
    if field.is_relation:
        return bool(field.concrete) and field.related_model in people()
    label = f"{field.model._meta.label}.{field.name}"
    return isinstance(field, CharField) and bool(_REFS.match(field.name)) and label not in NO_PERSON


def leads_to_who(model: type[Model], path: str) -> bool:
    """Whether a lookup such as `duty__staff__ref` tells one person from another."""
    here: Any = model
    for part in path.lstrip("-").split("__"):
        if part in ("pk", "id") and here in people():
            return True
        try:
            field = here._meta.get_field(part)
        except FieldDoesNotExist:
            return False  # what is left is a transform or a comparison
        if here in people() and here is not Duty and part not in _OF_MANY and here is not model:
            return True
        if says_who(field) and path.lstrip("-").endswith(part):
            return True
        if not field.is_relation:
            return says_who(field)
        here = field.related_model
    return False


def who_columns() -> dict[str, set[str]]:
    """Table -> its columns that hold one person."""
    from django.apps import apps

    found: dict[str, set[str]] = {}
    for model in apps.get_models():
        columns = {f.column for f in model._meta.concrete_fields if says_who(f)}
        if model in people():
            columns |= {
                f.column
                for f in model._meta.concrete_fields
                if f.name in ("name", "phone", "ref", "username")
            }
        if columns:
            found[model._meta.db_table] = columns
    return found
