"""Reads roles.yaml: role -> permissions and clearance. A faulty table stops the start, with every fault named."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chengyun.people.logic.roles import Role, RoleTable, faults

FILE = Path(__file__).with_name("roles.yaml")


@cache
def table() -> RoleTable:
    return parse(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def parse(value: dict[str, Any]) -> RoleTable:
    """A table from plain data; ValueError lists all faults."""
    roles = {
        code: Role(
            code,
            str(role["name"]["zh"]),
            str(role["name"]["en"]),
            frozenset(role["permissions"]),
            frozenset(role["clearance"]),
        )
        for code, role in value["roles"].items()
    }
    labels = {code: (str(label["zh"]), str(label["en"])) for code, label in value["permissions"].items()}
    found = RoleTable(roles, dict(value["posts"]), labels)
    wrong = faults(found)
    if wrong:
        raise ValueError("roles.yaml: " + "; ".join(wrong))
    return found
