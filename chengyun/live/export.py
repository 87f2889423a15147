"""A stretch of what came in as a scenario: messages of devices and commands of people, to be played again."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import yaml

from chengyun.district import queries as district
from chengyun.kernel.errors import Conflict
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry
from chengyun.live.commands import Acts
from chengyun.live.report import posture_steps
from chengyun.posture.models import Declaration
from chengyun.signals import queries as signals

# What stands in an export where a person wrote something, and where they added a picture.
REMOVED = "已去除 removed"
PICTURE = "removed.png"


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written. `left_out` says of each command that could not be carried over what it was and why."""

    messages: int
    commands: int
    left_out: list[str]


def export(folder: Path, *, start: datetime, end: datetime) -> Exported:
    """Write a new folder: `scenario.yaml`, `inputs.jsonl.gz`, `actors.yaml`, and in `expected.json` the modes of that time,
    for `chengyun rules test`. The same stretch gives the same bytes.

    Messages are kept as they came, what cannot be read as JSON as `raw`. Of commands the free text, names, phones and files
    were never recorded. The night begins with an empty district in the mode of that moment: a command about an alert or a
    case from before `start` is left out. Conflict if the folder exists.
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
    (folder / "files").mkdir(parents=True)
    count = 0
    with (
        open(folder / "inputs.jsonl.gz", "wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed,
    ):
        for row in signals.inputs(start, end):
            packed.write(orjson.dumps(_line(row)) + b"\n")
            count += 1
    acts = Acts(start, end, text=REMOVED, picture=PICTURE)
    written = list(acts.written())
    (folder / "files" / PICTURE).write_bytes(_dot())
    meta = {
        "code": folder.name,
        "title_zh": f"{start:%Y-%m-%d %H:%M} 起的记录",
        "title_en": f"Recorded from {start:%Y-%m-%d %H:%M}",
        "district": district.root().code,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "seed": f"export/{start.isoformat()}/{end.isoformat()}",
        "synthetic": False,
        "opening": [{"who": "system", "do": "people.start_roster"}, *_standing(start)],
        "notes_zh": f"由输入日志导出；未能带出的人员操作 {len(acts.left_out)} 项。文字、姓名、电话、照片均已去除。",
        "notes_en": f"Exported from the input log; {len(acts.left_out)} commands could not be carried over. Texts, names, "
        "phones and pictures were left out.",
    }
    _yaml(folder / "scenario.yaml", meta)
    _yaml(folder / "actors.yaml", {"actors": written})
    steps = [step for step in posture_steps() if datetime.fromisoformat(step["at"]) < end]
    (folder / "expected.json").write_bytes(orjson.dumps({"posture": steps}, option=orjson.OPT_INDENT_2))
    return Exported(count, len(written), acts.left_out)


def _yaml(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def _standing(start: datetime) -> Iterator[dict[str, Any]]:
    """The modes that were in force when the stretch begins, declared anew by whoever decided on them."""
    rows = Declaration.objects.filter(since__lt=start).exclude(ended_at__lt=start).select_related("area")
    for row in rows.order_by("id"):
        args = {
            "area": f"$area.{row.area.code}",
            "mode": row.mode,
            "level": row.level,
            "matter": REMOVED,
            "expected_end": row.expected_end,
            "measures": row.measures,
        }
        entry = JournalEntry.objects.filter(pk=row.entry).first()
        who = (entry.payload.get("approved_by") if entry else None) or row.by_post
        yield {"who": who, "do": "posture.declare", "args": args}


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


def _dot() -> bytes:
    """A picture of one grey dot: what evidence is in an export."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636800000082008177"
        "cd72b60000000049454e44ae426082"
    )
