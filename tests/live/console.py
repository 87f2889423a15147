"""A console as a test needs one: it starts from a snapshot and knows afterwards only what the frames of its stream say."""

from __future__ import annotations

import json
from typing import Any

from chengyun.live import picture
from chengyun.live.api.snapshot import SnapshotOut
from chengyun.live.stream import following, frames, sight
from chengyun.live.stream.following import Told

Rows = dict[str, Any]


def fetched(viewer: Any) -> Rows:
    """The open rows as the HTTP API gives them to a viewer now."""
    rows = SnapshotOut(**picture.snapshot(viewer)).rows
    return {
        f"{kind}:{row.id}": json.loads(frames.json(row.model_dump()))
        for kind in type(rows).model_fields
        for row in getattr(rows, kind)
    }


def parsed(stream: bytes) -> list[dict[str, Any]]:
    """The events of a stream: name, id and data. Comments are left out."""
    found = []
    for block in stream.decode().split("\n\n"):
        lines = [line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":")]
        fields = dict(lines)
        if "event" in fields:
            found.append(
                {"event": fields["event"], "id": fields.get("id"), "data": json.loads(fields["data"])}
            )
    return found


class Console:
    """`viewer` is a log-in or a Scope. `heard` counts the entries and rows it was sent."""

    def __init__(self, viewer: Any) -> None:
        self.viewer = viewer
        self.heard: list[dict[str, Any]] = []
        self.begin()

    def begin(self) -> None:
        """Take a snapshot."""
        first = picture.snapshot(self.viewer)
        self.gen, self.seq = first["gen"], first["seq"]
        self.sight = sight.of(self.viewer)
        self.rows = fetched(self.viewer)

    def hear(self, stream: bytes) -> None:
        for event in parsed(stream):
            if event["event"] not in ("entry", "rows"):
                continue
            self.heard.append(event)
            for subject, row in event["data"]["rows"].items():
                if row is None or not row["open"]:
                    self.rows.pop(subject, None)
                else:
                    self.rows[subject] = row

    def follow(self, entries: list[Told]) -> None:
        """What the front does for a stream: nobody gets an entry with rights they no longer have."""
        for told in entries:
            if told.seq <= self.seq:
                continue
            self.seq = told.seq
            if told.renames or (told.rights and sight.of(self.viewer) != self.sight):
                self.begin()
                return
            self.hear(told.frame(self.sight, self.gen) or b"")


def sealed_after(seq: int) -> list[Told]:
    """All that was sealed after a number."""
    found: list[Told] = []
    while part := following.after(found[-1].seq if found else seq):
        found += part
    return found
