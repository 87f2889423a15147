"""A stretch of the input log as a scenario: what arrived, to be played again."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import yaml

from chengyun.district import queries as district
from chengyun.kernel import ids


def export(folder: Path, *, start: datetime, end: datetime, log: Iterable[Any] | None = None) -> int:
    """Write `scenario.yaml` and `inputs.jsonl.gz` to a new folder; returns the number of messages.

    The log holds bodies as they came. What cannot be read as JSON is kept as `raw`.
    """
    from chengyun.signals.models import InputLog

    if folder.exists():
        raise FileExistsError(f"{folder} exists; name a folder that does not, so that nothing is overwritten")
    rows = (
        log
        if log is not None
        else InputLog.objects.filter(arrived_at__gte=start, arrived_at__lt=end).order_by("id").iterator()
    )
    folder.mkdir(parents=True)
    count = 0
    # mtime 0: the same stretch gives the same bytes.
    with (
        open(folder / "inputs.jsonl.gz", "wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed,
    ):
        for row in rows:
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


def _line(row: Any) -> dict[str, Any]:
    line: dict[str, Any] = {"at": row.arrived_at.isoformat(), "source": row.source, "key": row.key}
    body = bytes(row.body)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return line | {"raw": body.decode("utf-8", "replace")}
    if isinstance(value, dict) and isinstance(value.get("observations"), list):
        return line | {"observations": value["observations"]}
    if isinstance(value, list):
        return line | {"senml": value}
    return line | {"raw": body.decode("utf-8", "replace")}
