"""Which events were told and have not ended, on disk: so that those of a process that dies are taken up or ended."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chengyun_vision.worker.spool import Spool
from chengyun_vision.worker.told import Open, after

# Older than this, nobody wants to hear of it. Suggested (建议值), seconds.
OLD = 5 * 86_400.0


class Ledger:
    """Words that the server took, and above them those that still wait in the spool."""

    def __init__(self, file: Path, spool: Spool) -> None:
        self._file, self._spool = file, spool
        self._turn = threading.Lock()
        self._known: dict[str, Open] = {}
        try:
            self._known = {key: Open(**row) for key, row in json.loads(file.read_text("utf-8")).items()}
        except (OSError, ValueError, TypeError):
            pass  # none yet, or damaged: then nothing is known to be open

    def heard(self, camera: str, word: dict[str, Any]) -> None:
        """Before the word leaves the spool."""
        with self._turn:
            before = dict(self._known)
            after(self._known, camera, word)
            if self._known != before:
                self._write()

    def open_at(self, cameras: Collection[str], now: float) -> dict[str, list[Open]]:
        """What is open at these cameras, by all that was ever said."""
        with self._turn:
            known = dict(self._known)
            for entry in self._spool.entries():
                if entry.kind in ("word", "update"):
                    after(known, entry.head["camera"], entry.head["word"])
        found: dict[str, list[Open]] = {}
        for key, one in known.items():
            camera = key.partition("/")[0]
            if camera in cameras and now - one.at < OLD:
                found.setdefault(camera, []).append(one)
        return found

    def _write(self) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps({key: asdict(one) for key, one in self._known.items()}), "utf-8")
        os.replace(part, self._file)
