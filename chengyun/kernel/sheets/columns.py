"""What a domain says of a registry that travels as a sheet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils import timezone, translation
from pydantic import BaseModel

from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T

YES, NO = "yes", "no"
_YES_NO = {YES: T("是", "yes"), NO: T("否", "no")}
_SAID = {
    "是": YES,
    "否": NO,
    "true": YES,
    "false": NO,
    "1": YES,
    "0": NO,
    "y": YES,
    "n": NO,
    "√": YES,
    "×": NO,
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks or edits: `user` narrows what is read, `actor` what may be done."""

    user: Any
    actor: Actor


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `name` is what the district folder's file calls it; `read` takes the value from a row.

    `fixed`: to read only, never taken from a sheet. `needs`: the permission without which the column is not there.
    `choices`: code -> name; either is understood. `finds` turns what people write (a name, an old code) into what the
    registry keeps.
    """

    name: str
    label: str
    read: Callable[[Any], Any]
    width: int = 14
    fixed: bool = False
    needs: str | None = None
    yes_no: bool = False
    moment: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    finds: Callable[[Viewer], Callable[[str], str]] | None = None

    @property
    def words(self) -> Mapping[str, str]:
        return _YES_NO if self.yes_no else self.choices

    @property
    def heading(self) -> str:
        """Both languages and the name that files use, whatever language the viewer reads."""
        zh, en = both(self.label)
        return f"{zh} {en}" if en == self.name else f"{zh} {en} [{self.name}]"

    @property
    def headings(self) -> frozenset[str]:
        """What a heading may be to mean this column, folded."""
        zh, en = both(self.label)
        return frozenset(map(fold, (self.heading, self.name, zh, en)))

    def show(self, text: str) -> str:
        """A plain text as people read it: codes by name."""
        return str(self.words.get(text, text))

    def understand(self, text: str) -> str:
        """The plain text of what somebody wrote: a choice by its code or by its name in either language."""
        if not self.words:
            return moment_text(text) if self.moment else text
        wanted = fold(text)
        for code, label in self.words.items():
            if wanted in (fold(code), *map(fold, both(label))):
                return code
        return _SAID.get(wanted, text) if self.yes_no else text


@dataclass(slots=True)
class Change:
    """A line that is new or differs. `values` is the sheet's model as read; `fields` what differs; `row` what is changed."""

    number: int
    key: tuple[str, ...]
    values: Any
    fields: tuple[str, ...]
    before: dict[str, str]
    after: dict[str, str]
    row: Any = None

    @property
    def new(self) -> bool:
        return self.row is None


class Sheet:
    """A registry as a sheet. Without `model` it is for export alone.

    `key` names the columns that tell lines apart. Where `numbered`, an empty key makes a new line and the registry gives
    the key; elsewhere a key that is not there yet makes one.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    model: ClassVar[type[BaseModel] | None] = None
    columns: ClassVar[tuple[Column, ...]]
    key: ClassVar[tuple[str, ...]] = ("code",)
    numbered: ClassVar[bool] = False
    permission: ClassVar[str] = "registry.edit"
    # Names, phones: an export is noted in the journal.
    personal: ClassVar[bool] = False
    notes: ClassVar[tuple[str, ...]] = ()
    # The column that refers to another line of the same sheet, which then is taken first.
    above: ClassVar[str | None] = None

    def rows(self, viewer: Viewer, keys: Collection[tuple[str, ...]]) -> Iterable[Any]:
        """What of the registry the viewer may see, to compare a sheet with. `keys` are those of the sheet: a registry that
        grows without end need look at no others."""
        raise NotImplementedError

    def lines(self, row: Any) -> Iterable[Any]:
        """The lines of one row of the registry; most have one."""
        return (row,)

    def reading(self, viewer: Viewer) -> list[Column]:
        """The columns this viewer gets."""
        return [c for c in self.columns if c.needs is None or viewer.actor.may(c.needs)]

    def cells(self, viewer: Viewer, line: Any) -> Mapping[str, Any]:
        """Values that depend on who looks (a name, where names may be read), instead of `Column.read`."""
        return {}

    def prepare(self, rows: Iterable[Any]) -> Iterable[Any]:
        """The rows of a list with all that the columns look at, in few queries."""
        return rows

    def groups(self, changes: Sequence[Change]) -> Iterable[list[Change]]:
        """What is saved together; by itself each line."""
        return ([change] for change in changes)

    def save(self, viewer: Viewer, changes: list[Change]) -> None:
        """Save one group through the domain's actions. Raises `Refused`, whose `field` is a column."""
        raise NotImplementedError


def both(label: str) -> tuple[str, str]:
    with translation.override("zh-hans"):
        zh = str(label)
    with translation.override("en"):
        return zh, str(label)


def fold(text: str) -> str:
    return " ".join(str(text).split()).casefold()


def plain(value: Any) -> str:
    """The one text of a value, by which lines are compared; `Sheet.model` reads it back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float):
        # A spreadsheet keeps fifteen digits.
        return str(int(value)) if value.is_integer() and abs(value) <= 1e15 else f"{value:.15g}"
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return local.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        # In order of the names: PostgreSQL keeps no other.
        return ";".join(f"{key}={plain(value[key])}" for key in sorted(value))
    if isinstance(value, list | tuple):
        return ";".join(map(plain, value))
    return str(value)


def moment_text(text: str) -> str:
    """`2024/1/5 8:00`, `2024年1月5日 8:00` or ISO as `2024-01-05 08:00:00`; anything else as it stands, to be refused."""
    said = (
        text.strip()
        .replace("年", "-")
        .replace("月", "-")
        .replace("日", " ")
        .replace("/", "-")
        .replace("T", " ")
    )
    for form in ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            # Wall-clock time of the district: a sheet carries no zone.
            return datetime.strptime(" ".join(said.split()), form).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        except ValueError:
            continue
    return text


def found(rows: Any, what: str, *, column: str, **by: Any) -> Any:
    """The one row of a query set, or `Invalid` at the column: what is not visible is not there."""
    row = rows.filter(**by).first()
    if row is None:
        text = str(next(iter(by.values())))[:40]
        zh, en = both(what)
        raise Invalid(
            "not_there",
            T(f"没有{zh} {text}", f"there is no {en} {text}"),
            field=column,
            hint=T(
                "请核对编码；只能引用您可见的内容。",
                "Check the code; only what you may see can be referred to.",
            ),
        )
    return row
