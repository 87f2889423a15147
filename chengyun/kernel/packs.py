"""Reads a district's open files. Every problem is collected with file, feature and field; one refuses the whole pack."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import orjson
import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

# Suggested value: larger than any file of a real district, smaller than what would fill the memory of a small machine.
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Problem:
    file: str
    feature: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.feature}: {self.field}: {self.reason}"


class PackRefused(Exception):
    """The pack has problems; nothing of it was loaded."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a GeoJSON file: its properties as a model, its geometry as GeoJSON (or None), and where it stood."""

    properties: Any
    geometry: dict[str, Any] | None
    where: str


class Pack:
    """A folder of district files. Files that are not there read as empty unless `required`."""

    def __init__(self, folder: Path | str, *, instead: dict[str, Path] | None = None) -> None:
        """`instead` reads other files for some names: `{"rules/": Path("other.yaml")}` takes all rules from there."""
        self.folder = Path(folder)
        self.instead = instead or {}
        self.problems: list[Problem] = []
        if not self.folder.is_dir():
            self.problem(str(folder), "-", "-", "no such folder; name the folder that holds district.yaml")
            self.check()

    def problem(self, file: str, feature: str, field: str, reason: str) -> None:
        self.problems.append(Problem(file, feature, field, reason))

    def check(self) -> None:
        """Raise `PackRefused` if anything was wrong so far."""
        if self.problems:
            raise PackRefused(self.problems)

    def exists(self, name: str) -> bool:
        return self._path(name).is_file()

    def _path(self, name: str) -> Path:
        for prefix, other in self.instead.items():
            if name.startswith(prefix):
                return other if other.is_file() else other / name.removeprefix(prefix)
        return self.folder / name

    def names(self, pattern: str) -> list[str]:
        """File names below the folder that match a glob, sorted."""
        for prefix, other in self.instead.items():
            if pattern.startswith(prefix):
                if other.is_file():
                    return [prefix + other.name]
                return sorted(
                    prefix + path.name for path in other.glob(pattern.removeprefix(prefix)) if path.is_file()
                )
        return sorted(
            str(path.relative_to(self.folder)) for path in self.folder.glob(pattern) if path.is_file()
        )

    def hash(self) -> str:
        """SHA-256 over the names and contents of all data files, to tell one state of a pack from another."""
        total = sha256()
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path.suffix in {".yaml", ".csv", ".geojson", ".json"}:
                total.update(str(path.relative_to(self.folder)).encode() + b"\0" + path.read_bytes() + b"\0")
        return total.hexdigest()

    def text(self, name: str, *, required: bool = False) -> str | None:
        """A file as text: UTF-8 with or without a byte order mark. None (and a problem if required) where it is missing."""
        path = self._path(name)
        if not path.is_file():
            if required:
                self.problem(name, "-", "-", "the file is missing")
            return None
        try:
            if path.stat().st_size > MAX_BYTES:
                self.problem(name, "-", "-", f"the file is larger than {MAX_BYTES // 1024 // 1024} MB")
                return None
            return path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.problem(name, f"byte {error.start}", "-", "is not UTF-8; save the file as UTF-8")
        except OSError as error:
            self.problem(name, "-", "-", f"cannot be read: {error.strerror}")
        return None

    def yaml(self, name: str, model: type[M], *, required: bool = False) -> M | None:
        """A YAML file as one model."""
        text = self.text(name, required=required)
        if text is None:
            return None
        try:
            value = yaml.safe_load(text)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}" if mark else "-"
            self.problem(
                name, where, "-", f"is not YAML: {getattr(error, 'problem', None) or type(error).__name__}"
            )
            return None
        return self._model(name, "-", model, value if value is not None else {})

    def csv(self, name: str, model: type[M], *, required: bool = False) -> list[tuple[M, str]]:
        """A CSV file with a header line; returns (row, where it stood). Empty cells are absent, so that defaults hold."""
        text = self.text(name, required=required)
        if text is None:
            return []
        rows: list[tuple[M, str]] = []
        try:
            reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            known = {field.alias or key for key, field in model.model_fields.items()}
            if not reader.fieldnames:
                self.problem(name, "line 1", "-", f"has no header line; columns: {', '.join(sorted(known))}")
                return []
            unknown = [column or "-" for column in reader.fieldnames or [] if column not in known]
            if unknown:
                self.problem(
                    name,
                    "line 1",
                    ", ".join(map(str, unknown)),
                    f"unknown column; known: {', '.join(sorted(known))}",
                )
                return []
            for row in reader:
                where = f"line {reader.line_num}"
                if None in row:
                    self.problem(name, where, "-", "more cells than the header has columns")
                    continue
                cells = {
                    key: value.strip()
                    for key, value in row.items()
                    if value is not None and value.strip() != ""
                }
                parsed = self._model(name, where, model, cells)
                if parsed is not None:
                    rows.append((parsed, where))
        except csv.Error as error:
            self.problem(name, "-", "-", f"is not CSV: {error}")
        return rows

    def geojson(self, name: str, model: type[BaseModel], *, required: bool = False) -> list[Feature]:
        """The features of a GeoJSON FeatureCollection; geometry is handed on as it stands, for the domain to judge."""
        text = self.text(name, required=required)
        if text is None:
            return []
        try:
            document = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            self.problem(name, f"line {error.lineno}", "-", f"is not JSON: {error.msg}")
            return []
        features = document.get("features") if isinstance(document, dict) else None
        if not isinstance(features, list):
            self.problem(name, "-", "features", "is not a GeoJSON FeatureCollection")
            return []
        found: list[Feature] = []
        for number, feature in enumerate(features):
            where = f"feature {number}"
            if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
                self.problem(name, where, "properties", "a feature needs an object here")
                continue
            code = feature["properties"].get("code")
            where = f"feature {number} ({code})" if isinstance(code, str) else where
            geometry = feature.get("geometry")
            if geometry is not None and not isinstance(geometry, dict):
                self.problem(name, where, "geometry", "must be an object or null")
                continue
            parsed = self._model(name, where, model, feature["properties"])
            if parsed is not None:
                found.append(Feature(parsed, geometry, where))
        return found

    def _model(self, name: str, where: str, model: type[M], value: Any) -> M | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for item in error.errors(include_url=False, include_context=False):
                field = ".".join(str(part) for part in item["loc"]) or "-"
                self.problem(name, where, field, f"{item['msg']} (got {_short(item.get('input'))})")
        except RecursionError:
            self.problem(name, where, "-", "is nested too deeply")
        return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """The cells of an `attrs` column: `k=v;k=v`. Raises ValueError for a part without "="."""
    for part in text.split(";"):
        if part.strip():
            key, equals, value = part.partition("=")
            if not equals or not key.strip():
                raise ValueError(f"{part.strip()!r} is not key=value")
            yield key.strip(), value.strip()
