"""Readings from a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from chengyun.kernel import journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, TooLarge
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.signals import registry
from chengyun.signals.actions.accounting import Message, Receipt, Work
from chengyun.signals.actions.intake import arrival_ms, process
from chengyun.signals.logic import reasons
from chengyun.signals.logic.decode import Decoded, Fault, Raw

COLUMNS = ("ds", "at", "v", "u")
ROWS_AT_ONCE = 5000
MAX_BYTES = 512 * 1024 * 1024


def ingest_csv(
    actor: Actor,
    *,
    path: Path | str,
    source: str,
    arrived_at: datetime | None = None,
    cause: int | None = None,
) -> Receipt:
    """Take in a CSV file with the columns ds, at, v and optionally u, as every door would its readings.

    A file taken in twice changes nothing: its parts are known by the file's digest. What is wrong with a line stands in the
    quarantine under its line number. Each 5,000 lines are one transaction; a file cut short by a crash is simply given
    again. Raises `Invalid` for a file that is none of this.
    """
    actor.require("signal.manual")
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise TooLarge(
                "too_large", T("文件过大", f"A file has at most {MAX_BYTES // 2**20} MB; split it")
            )
        with file.open("rb") as content:
            digest = _digest(content)
    except OSError as error:
        raise Invalid(
            "no_file",
            T(f"无法读取文件：{error.strerror}", f"The file cannot be read: {error.strerror}"),
            field="path",
        ) from error
    total = Receipt()
    for part, decoded in enumerate(_parts(file)):
        message = Message(source, b"", "json", f"csv:{digest}:{part}", "", arrived_at)
        with write():
            work = Work(message, arrival_ms(message), Receipt(), decoded=decoded)
            process([work], registry.current(), judged=True)
        total.accepted += work.receipt.accepted
        total.late += work.receipt.late
        total.duplicates += work.receipt.duplicates
        total.quarantined += work.receipt.quarantined
        total.problems = (total.problems + work.receipt.problems)[:1000]
    with write():
        journal.record(
            "signals.file",
            subject=f"source:{source}"[:80],
            actor=actor,
            payload={
                "source": source[:60],
                "digest": digest,
                "accepted": total.accepted,
                "duplicates": total.duplicates,
                "quarantined": total.quarantined,
            },
            cause=cause,
        )
    return total


def _digest(content: Any) -> str:
    total = sha256()
    while block := content.read(1 << 20):
        total.update(block)
    return total.hexdigest()


def _parts(file: Path) -> Iterator[Decoded]:
    """The file in parts of so many lines; `index` is the line number in the file."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as content:
        reader = csv.DictReader(content)
        try:
            columns = reader.fieldnames or []
        except csv.Error as error:
            raise Invalid(
                "not_csv", T("不是 CSV 文件", f"Line 1 is not CSV: {error}"), field="path"
            ) from error
        missing = [name for name in COLUMNS[:3] if name not in columns]
        if missing:
            raise Invalid(
                "not_csv",
                T(f"缺少列 {', '.join(missing)}", f"Line 1 lacks the columns {', '.join(missing)}"),
                field="path",
                hint=T("首行须为 ds,at,v,u", "The first line must be ds,at,v,u (u may be left out)"),
            )
        part = Decoded([], [], [])
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                part.faults.append(Fault(reader.line_num, "", reasons.BAD_FIELD, f"is not CSV: {error}"))
                continue
            if row is None:
                break
            _line(part, reader.line_num, row)
            if len(part.raw) + len(part.faults) >= ROWS_AT_ONCE:
                yield part
                part = Decoded([], [], [])
        if part.raw or part.faults:
            yield part


def _line(part: Decoded, line: int, row: dict[str, Any]) -> None:
    code, at, text, unit = (row.get(name) for name in COLUMNS)
    if not code:
        part.faults.append(Fault(line, "ds", reasons.BAD_FIELD, "the code of a datastream is needed here"))
        return
    try:
        value = float(text or "")
    except ValueError:
        part.faults.append(
            Fault(line, "v", reasons.NOT_A_NUMBER, f"{(text or '')[:40]!r} is not a number", code)
        )
        return
    raw: Raw = (code, int(at) if at and at.isdigit() and len(at) < 20 else at, value, unit or None)
    if part.index is not None:
        part.index.append(line)
    part.raw.append(raw)
