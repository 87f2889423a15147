"""What a sheet would change, and making it so.

django-import-export compares: it walks the lines, finds the row that each is about, and says new, changed, unchanged or not
valid. It never saves. `try_out` saves what differs through the sheet's action inside a transaction that is then undone, so
that the preview knows every refusal; `carry_out` does it for good, all of it or nothing, if the plan is still the one
that was shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from import_export.fields import Field
from import_export.resources import Resource
from import_export.results import RowResult
from pydantic import ValidationError as NotValid

from chengyun.kernel import http, journal
from chengyun.kernel.canonical import digest
from chengyun.kernel.errors import Conflict, Refused
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets.columns import Change, Column, Sheet, Viewer, plain
from chengyun.kernel.sheets.words import Fault, from_model, from_refusal
from chengyun.kernel.transaction import attempt, write

_NUMBER = "__row__"


@dataclass(slots=True)
class Plan:
    """`changes` in the order in which they are saved. `names`: the columns the file has."""

    names: list[str]
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    not_named: int = 0

    @property
    def refused(self) -> int:
        """Lines that are not taken."""
        return len({fault.number for fault in self.faults})

    @property
    def digest(self) -> str:
        """Of everything that was shown: what is there now, and what would be."""
        shown = [[c.number, list(c.key), c.new, c.before, c.after] for c in self.changes]
        return digest({"changes": shown, "unchanged": self.unchanged})


class _Comparison(Resource):  # type: ignore[misc]
    """The library's walk through the lines, with nothing of its own that writes."""

    class Meta:
        report_skipped = True
        skip_html_diff = True
        store_instance = True
        use_transactions = False
        instance_loader_class = staticmethod(lambda resource, dataset: None)

    def __init__(self, sheet: Sheet, names: Sequence[str], there: Mapping[tuple[str, ...], Any]) -> None:
        super().__init__()
        self.sheet, self.names, self.there = sheet, set(names), there
        self.columns = {column.name: column for column in sheet.columns if not column.fixed}
        self.fields = {name: Field(attribute=name, column_name=name) for name in self.columns}
        self.seen: dict[tuple[str, ...], int] = {}

    def get_import_id_fields(self) -> list[str]:
        return list(self.sheet.key)

    def get_instance(self, instance_loader: Any, row: Any) -> Any:
        key = self._key(row)
        found = self.there.get(key)
        return None if found is None else SimpleNamespace(**found.texts, line=found)

    def init_instance(self, row: Any = None) -> Any:
        return SimpleNamespace(**dict.fromkeys(self.columns, ""), line=None)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Fill in what the file leaves out, have the model read the line, and put its texts back in one form."""
        number, key = int(row[_NUMBER]), self._key(row)
        found = self.there.get(key)
        if found is None and self.sheet.numbered and any(key):
            reason = T("在您可见的范围内没有这一行", "there is no such line within what you may see")
            hint = T("新增时请留空。", "Leave it empty for a new one.")
            raise _wrong([Fault(number, self.sheet.key[0], str(reason), str(hint))])
        if any(key) and (first := self.seen.setdefault(key, number)) != number:
            reason = T(f"与第 {first} 行重复", f"stands on line {first} already")
            raise _wrong([Fault(number, self.sheet.key[0], str(reason))])
        for name in self.columns:
            if name not in self.names:
                row[name] = found.texts[name] if found is not None else ""
        assert self.sheet.model is not None
        given = {name: row[name] for name in self.columns if row[name]}
        try:
            values = self.sheet.model.model_validate(given)
        except NotValid as error:
            raise _wrong(from_model(number, error, self.columns)) from error
        for name in self.columns:
            row[name] = plain(getattr(values, name))
        row["__values__"] = values

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not import_validation_errors and not self.differing(instance, original)

    def differing(self, instance: Any, original: Any) -> tuple[str, ...]:
        if instance.line is None:
            return tuple(name for name in self.columns if getattr(instance, name))
        return tuple(name for name in self.columns if getattr(instance, name) != getattr(original, name))

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Nothing is saved here: `Sheet.save` calls an action."""

    def validate_instance(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """The sheet's model has looked at the line."""

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        row_result.read = (int(row[_NUMBER]), self._key(row), row.get("__values__"))

    def _key(self, row: Any) -> tuple[str, ...]:
        return tuple(row[name] for name in self.sheet.key)


@dataclass(slots=True, repr=False)
class _There:
    """A line of the registry: `row` it belongs to, and its texts."""

    row: Any
    line: Any
    texts: dict[str, str]

    def __deepcopy__(self, memo: Any) -> _There:
        return self


def _wrong(faults: list[Fault]) -> ValidationError:
    error = ValidationError("")
    error.faults = faults  # type: ignore[attr-defined]
    return error


def make(
    sheet: Sheet, viewer: Viewer, names: Sequence[str], lines: Sequence[tuple[int, Mapping[str, str]]]
) -> Plan:
    """Compare lines with what the viewer may see of the registry. Writes nothing."""
    columns = {column.name: column for column in sheet.columns if not column.fixed}
    names = [name for name in names if name in columns]
    keys = {tuple(line.get(name, "") for name in sheet.key) for _, line in lines}
    there = _there(sheet, viewer, columns, keys)
    plan = Plan(list(names))
    data = tablib.Dataset(headers=[_NUMBER, *columns])
    bad: set[int] = set()
    finders = {name: c.finds(viewer) for name, c in columns.items() if c.finds and name in names}
    for number, line in lines:
        cells = {name: line.get(name, "") for name in columns}
        for name, find in finders.items():
            try:
                cells[name] = find(cells[name]) if cells[name] else ""
            except Refused as refused:
                plan.faults.append(from_refusal(number, _at(refused, name), columns))
                bad.add(number)
        if number not in bad:
            data.append([number, *(cells[name] for name in columns)])
    comparison = _Comparison(sheet, names, there)
    result = comparison.import_data(data, use_transactions=False, raise_errors=False)
    for problem in result.base_errors:
        raise problem.error
    for row in result.rows:
        _sort_in(plan, row, comparison)
    named = {change.key for change in plan.changes} | set(comparison.seen)
    plan.not_named = sum(1 for key in there if key not in named)
    if sheet.above:
        plan.changes = list(_above_first(plan.changes, sheet))
    return plan


def _at(refused: Refused, name: str) -> Refused:
    refused.field = name
    return refused


def _there(
    sheet: Sheet, viewer: Viewer, columns: Mapping[str, Column], keys: set[tuple[str, ...]]
) -> dict[tuple[str, ...], _There]:
    found = {}
    for row in sheet.prepare(sheet.rows(viewer, keys)):
        for line in sheet.lines(row):
            texts = {name: plain(column.read(line)) for name, column in columns.items()}
            found[tuple(texts[name] for name in sheet.key)] = _There(row, line, texts)
    return found


def _sort_in(plan: Plan, row: Any, comparison: _Comparison) -> None:
    """One of the library's results into the plan."""
    if row.import_type == RowResult.IMPORT_TYPE_INVALID:
        plan.faults += row.validation_error.faults
    elif row.import_type == RowResult.IMPORT_TYPE_ERROR:
        raise row.errors[0].error  # ours, not the sheet's
    elif row.import_type == RowResult.IMPORT_TYPE_SKIP:
        plan.unchanged += 1
    else:
        number, key, values = row.read
        found = row.instance.line
        before = dict(found.texts) if found is not None else {}
        after = {name: getattr(row.instance, name) for name in comparison.columns}
        fields = comparison.differing(row.instance, row.original if found is not None else None)
        plan.changes.append(
            Change(number, key, values, fields, before, after, found.row if found is not None else None)
        )


def _above_first(changes: Sequence[Change], sheet: Sheet) -> Iterator[Change]:
    """A line after the one it hangs on, where both are in the file; a circle is left to the action to refuse."""
    waiting = {change.key[0]: change for change in changes}

    def out(change: Change) -> Iterator[Change]:
        chain = [change]
        while (upper := waiting.get(chain[-1].after.get(sheet.above or "", ""))) and upper not in chain:
            chain.append(upper)
        for each in reversed(chain):
            if waiting.pop(each.key[0], None):
                yield each

    for change in changes:
        if change.key[0] in waiting:
            yield from out(change)


class _Undone(Exception):
    """Takes a trial back."""


def try_out(sheet: Sheet, viewer: Viewer, plan: Plan) -> None:
    """Do it and undo it: what the actions refuse becomes faults of the plan. Nothing stays, nothing leaves."""
    if not plan.changes:
        return
    try:
        with write():
            bad = {fault.number for fault in plan.faults}
            for group in sheet.groups([change for change in plan.changes if change.number not in bad]):
                try:
                    with attempt():
                        sheet.save(viewer, group)
                except Refused as refused:
                    plan.faults += [from_refusal(c.number, refused, _by_name(sheet)) for c in group]
                except (DataError, IntegrityError) as error:
                    said = http.not_storable(error)
                    plan.faults += [from_refusal(c.number, said, _by_name(sheet)) for c in group]
            raise _Undone
    except _Undone:
        return


def carry_out(
    sheet: Sheet,
    viewer: Viewer,
    names: Sequence[str],
    lines: Sequence[tuple[int, Mapping[str, str]]],
    shown: str,
) -> Plan:
    """Make the plan anew and carry it out in one transaction. `shown` is the digest of the plan that was looked at.

    Raises `Conflict` if the plan is another one now, and whatever an action refuses; then nothing was written.
    """
    with write():
        plan = make(sheet, viewer, names, lines)
        if plan.faults or plan.digest != shown:
            raise Conflict(
                "stale_preview",
                T(
                    "预览之后台账已有变化，未导入任何内容",
                    "The registry changed after the preview; nothing was imported",
                ),
                hint=T("请查看新的预览，再确认。", "Look at the new preview, then confirm."),
            )
        for group in sheet.groups(plan.changes):
            sheet.save(viewer, group)
        if plan.changes:
            added = sum(1 for change in plan.changes if change.new)
            journal.record(
                "sheet.imported",
                subject=f"sheet:{sheet.code}",
                actor=viewer.actor,
                payload={
                    "sheet": sheet.code,
                    "added": added,
                    "changed": len(plan.changes) - added,
                    "unchanged": plan.unchanged,
                },
            )
        return plan


def exported(sheet: Sheet, viewer: Viewer, count: int) -> None:
    """Note in the journal that names or phones left the platform in a file."""
    with write():
        journal.record(
            "sheet.exported",
            subject=f"sheet:{sheet.code}",
            actor=viewer.actor,
            payload={"sheet": sheet.code, "rows": count},
        )


def _by_name(sheet: Sheet) -> dict[str, Column]:
    return {column.name: column for column in sheet.columns}
