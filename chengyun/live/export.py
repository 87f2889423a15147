"""A stretch of the input log as a scenario: what arrived, to be played again."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import yaml

from chengyun.district import queries as district
from chengyun.kernel import ids
from chengyun.kernel.errors import Conflict
from chengyun.kernel.i18n import T
from chengyun.signals import queries as signals


def export(folder: Path, *, start: datetime, end: datetime) -> int:
    """Write `scenario.yaml` and `inputs.jsonl.gz` to a new folder; returns the number of messages.

    The log holds bodies as they came. What cannot be read as JSON is kept as `raw`. Conflict if the folder exists.
    """
    if folder.exists():
        raise Conflict(
            "folder_exists",
            T(f"{folder} 已存在", f"{folder} exists"),
            hint=T(
                "请给出一个尚不存在的文件夹，以免覆盖。",
                "Name a folder that does not exist, so that nothing is lost.",
            ),
        )
    folder.mkdir(parents=True)
    count = 0
    # mtime 0: the same stretch gives the same bytes.
    with (
        open(folder / "inputs.jsonl.gz", "wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed,
    ):
        for row in signals.inputs(start, end):
            packed.write(orjson.dumps(_line(row)) + b"\n")
            count += 1
    meta = {
        "code": folder.name,
        "title_zh": f"{start:%Y-%m-%d %H:%M} 起的记录",
        "title_en": f"Recorded from {start:%Y-%m-%d %H:%M}",
        "district": district.root().code,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "seed": ids.new(),
        "synthetic": False,
    }
    (folder / "scenario.yaml").write_text(yaml.safe_dump(meta, allow_unicode=True, sort_keys=False), "utf-8")
    (folder / "actors.yaml").write_text("actors: []\n", "utf-8")
    return count


def _line(row: signals.Input) -> dict[str, Any]:
    at = row.at.astimezone(UTC).isoformat(timespec="milliseconds")
    line: dict[str, Any] = {"at": at, "source": row.source, "key": row.key}
    try:
        value = orjson.loads(row.body)
    except orjson.JSONDecodeError:
        return line | {"raw": row.body.decode("utf-8", "replace")}
    if row.form == "senml":
        return line | {"senml": value}
    if isinstance(value, dict) and set(value) == {"observations"}:
        return line | {"observations": value["observations"]}
    return line | {"raw": row.body.decode("utf-8", "replace")}
