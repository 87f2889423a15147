"""What is to be told to the server, on disk until it has taken it: any process writes, one reads.

A file an entry, its name the order. An entry is there whole or not at all, whenever a process dies. What is too much is let
go openly: numbers first, then pictures, then words that only say how something went on; a beginning or an end last.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Suggested values (建议值).
MOST_BYTES = 256 * 1024 * 1024
MOST_FILES = 20_000
_LENGTH = 8  # of the head's length, in bytes
KINDS = ("readings", "picture", "update", "word")  # in the order in which they are let go


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind`: see KINDS. `head`: what is told; `body`: the picture, for those."""

    name: str
    kind: str
    head: Any
    body: bytes = b""


class Writer:
    """`who`: tells the processes of a worker apart."""

    def __init__(self, folder: Path, who: str) -> None:
        self._folder, self._who = folder, who
        self._numbers = itertools.count()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, kind: str, head: Any, body: bytes = b"") -> str:
        """Raises OSError where the disk takes nothing."""
        name = f"{time.time_ns():020d}-{self._who}-{next(self._numbers):06d}.{kind}"
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
        whole = len(text).to_bytes(_LENGTH, "big") + text + body
        part = self._folder / f".{name}"
        with open(part, "wb") as file:
            file.write(whole)
            if kind != "readings":
                file.flush()
                os.fsync(file.fileno())
        os.replace(part, self._folder / name)
        return name


class Spool:
    """The reader's side."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES) -> None:
        self.folder, self._most_bytes, self._most_files = folder, most_bytes, most_files
        self.lost: dict[str, int] = dict.fromkeys(KINDS, 0)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in folder.glob(".*"):  # of processes that died while writing
            if time.time() - part.stat().st_mtime > 60:
                part.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """All entries, oldest first; what is too much is gone."""
        with os.scandir(self.folder) as found:
            sizes = {
                entry.name: entry.stat().st_size
                for entry in found
                if not entry.name.startswith(".") and entry.name.rpartition(".")[2] in KINDS
            }
        names = sorted(sizes)
        total, count = sum(sizes.values()), len(names)
        if total <= self._most_bytes and count <= self._most_files:
            return names
        gone = set()
        for name in sorted(names, key=lambda name: (KINDS.index(name.rpartition(".")[2]), name)):
            if total <= 0.9 * self._most_bytes and count <= 0.9 * self._most_files:
                break
            self.done(name)
            self.lost[name.rpartition(".")[2]] += 1
            gone.add(name)
            total, count = total - sizes[name], count - 1
        return [name for name in names if name not in gone]

    def read(self, name: str) -> Entry | None:
        """None for one that is gone or was damaged."""
        try:
            whole = (self.folder / name).read_bytes()
            length = int.from_bytes(whole[:_LENGTH], "big")
            head = json.loads(whole[_LENGTH : _LENGTH + length])
        except (OSError, ValueError):
            return None
        return Entry(name, name.rpartition(".")[2], head, whole[_LENGTH + length :])

    def entries(self) -> Iterator[Entry]:
        for name in self.names():
            entry = self.read(name)
            if entry is None:
                self.done(name)
            else:
                yield entry

    def done(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
