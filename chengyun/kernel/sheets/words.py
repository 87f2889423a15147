"""What is wrong with a cell, in both languages: reasons of the readers' models, and of the sheets themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from chengyun.kernel.errors import Refused
from chengyun.kernel.i18n import T


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line is not taken: the row of the file, the column's name ("" for the whole line), reason and what to do."""

    number: int
    column: str
    reason: str
    hint: str = ""


_REASONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda c: T("不能为空", "must not be empty"),
    "string_too_short": lambda c: T("不能为空", "must not be empty"),
    "string_too_long": lambda c: T(
        f"超过 {c.get('max_length')} 个字符", f"longer than {c.get('max_length')} characters"
    ),
    "string_pattern_mismatch": lambda c: T("格式不符", "is not of the right form"),
    "literal_error": lambda c: T("不在可选范围内", "is none of the choices"),
    "int_parsing": lambda c: T("应为整数", "must be a whole number"),
    "int_from_float": lambda c: T("应为整数", "must be a whole number"),
    "int_parsing_size": lambda c: T("数值过大", "the number is too large"),
    "float_parsing": lambda c: T("应为数字", "must be a number"),
    "finite_number": lambda c: T("应为有限的数", "must be a finite number"),
    "bool_parsing": lambda c: T("应为 是 或 否", "must be yes or no"),
    "greater_than_equal": lambda c: T(f"不得小于 {c.get('ge')}", f"must be at least {c.get('ge')}"),
    "greater_than": lambda c: T(f"须大于 {c.get('gt')}", f"must be more than {c.get('gt')}"),
    "less_than_equal": lambda c: T(f"不得大于 {c.get('le')}", f"must be at most {c.get('le')}"),
    "datetime_parsing": lambda c: T("应为日期时间", "must be a date and time"),
    "datetime_from_date_parsing": lambda c: T("应为日期时间", "must be a date and time"),
    "date_from_datetime_parsing": lambda c: T("应为日期", "must be a date"),
}
_HINTS = {
    "string_pattern_mismatch": T("只用字母、数字、点、横线。", "Letters, digits, dots and hyphens only."),
    "datetime_parsing": T("例如 2024-01-05 08:00。", "For example 2024-01-05 08:00."),
    "datetime_from_date_parsing": T("例如 2024-01-05 08:00。", "For example 2024-01-05 08:00."),
    "bool_parsing": T("填 是 或 否。", "Write yes or no."),
}


def from_model(number: int, error: ValidationError, columns: Mapping[str, Any]) -> list[Fault]:
    """The faults of one line; `columns` are the sheet's, for the names of choices."""
    found = []
    for item in error.errors(include_url=False, include_input=False):
        column = str(item["loc"][0]) if item["loc"] else ""
        kind, context = item["type"], item.get("ctx", {})
        say = _REASONS.get(kind)
        reason = str(say(context)) if say else item["msg"].removeprefix("Value error, ")
        hint = str(_HINTS.get(kind, ""))
        choices = getattr(columns.get(column), "words", None)
        if choices and kind in ("literal_error", "bool_parsing", "missing"):
            hint = str(T("可填：", "One of: ")) + str(T("、", ", ")).join(
                str(label) for label in choices.values()
            )
        found.append(Fault(number, column, reason, hint))
    return found


def from_refusal(number: int, refused: Refused, columns: Mapping[str, Any]) -> Fault:
    column = refused.field if refused.field in columns else ""
    return Fault(number, column or "", str(refused.reason), str(refused.hint or ""))
