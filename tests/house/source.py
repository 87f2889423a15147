"""The source as data for the house rules: parsed modules, and words inside names."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "chengyun"


@dataclass(frozen=True)
class Module:
    """One Python file. `name` is its path from the repository root, with forward slashes."""

    name: str
    tree: ast.Module

    def at(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 0)}"


def modules(folder: Path = PACKAGE, but: tuple[str, ...] = ("migrations",)) -> Iterator[Module]:
    """Every Python file below a folder, except below the named folders."""
    for path in sorted(folder.rglob("*.py")):
        if not set(but) & set(path.relative_to(folder).parts):
            yield Module(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))


def snippet(code: str) -> Module:
    return Module("snippet.py", ast.parse(code))


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of attributes, calls and subscripts seen through; '' where it starts with something else."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Name):
            parts.append(node.id)
            return ".".join(reversed(parts))
        else:
            return ".".join(["", *reversed(parts)])


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def words(name: str) -> list[str]:
    """The words of an identifier or code, lower case: `PlateText` and `plate_text` both give plate, text."""
    return [word.lower() for word in _WORD.findall(name)]
