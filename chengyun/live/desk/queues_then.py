"""The same queues as they were at a moment, from what stood then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from chengyun.alerts.logic import lifecycle
from chengyun.cases import queries as cases
from chengyun.live.desk.queueing import UNNOTICED, of_cases, queue
from chengyun.live.desk.shapes import QueueCode, QueueOut
from chengyun.live.tape.frames import Stood


def queues_then(viewer: Any, then: Stood, at: datetime) -> list[QueueOut]:
    standing = {row.id: then.said[f"case:{row.id}"] for row in then.rows["case"]}
    return [
        *_of_alerts(then.rows["alert"]),
        *of_cases(cases.waiting_then(viewer, standing, at)),
        # Which messages a post had still to answer, no table keeps.
        queue("messages_unanswered", None, None),
        _of("proposals_undecided", [row.proposed_at for row in _rows(then, "proposal")]),
        _of("warnings_undecided", [row.received_at for row in _rows(then, "warning") if row.state == "open"]),
        _of("approvals_to_countersign", [row.recorded_at for row in _rows(then, "approval")]),
    ]


def _rows(then: Stood, kind: str) -> list[Any]:
    return list(then.rows[kind])


def _of_alerts(rows: Iterable[Any]) -> Iterator[QueueOut]:
    waiting = [row for row in rows if row.state in lifecycle.OPEN_STATES and not row.hidden]
    yield _of("to_judge", [row.opened_at for row in waiting if row.verdict is None])
    yield _of("to_acknowledge", [row.opened_at for row in waiting if row.state in UNNOTICED])


def _of(code: QueueCode, since: list[datetime]) -> QueueOut:
    return queue(code, len(since), min(since, default=None))
