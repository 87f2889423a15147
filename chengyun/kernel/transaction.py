"""The one write transaction.

`with write():` is the only way rows change. It opens a transaction, runs the action, then runs whatever handlers other
domains have hung on the journal entries it recorded, and commits all of it or nothing. Inside another `write()` it joins.

SQLite's own busy handler is unfair: behind back-to-back ingest commits a click waited seconds. So every process takes an
advisory file lock around its write transaction first (measured: 7.6 s down to 33 ms at worst). PostgreSQL needs none.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, transaction

from chengyun.kernel import doorbell

# An entry may lead to another through a handler; a chain this long in one transaction is a loop, not a cause.
_MAX_CHAIN = 200_000


class WriteOutsideAction(RuntimeError):
    """A row was about to change outside `write()`. Move the change into the domain's actions.py."""


class _State(threading.local):
    def __init__(self) -> None:
        self.depth = 0
        self.pending: deque[Any] = deque()
        self.ring = False
        self.redoable = False
        self.memo: dict[Any, Any] = {}
        self.lock_path: str | None = None
        self.lock_fd: int | None = None


_state = _State()
_dispatch: Callable[[Any], None] | None = None


def set_dispatcher(dispatch: Callable[[Any], None]) -> None:
    """The journal says here how an entry reaches its handlers (it imports this module, not the other way round)."""
    global _dispatch
    _dispatch = dispatch


def in_write() -> bool:
    """Whether the current thread is inside `write()`."""
    return _state.depth > 0


def memo() -> dict[Any, Any] | None:
    """A place for what holds until this transaction ends or something in it is undone; None outside `write()`."""
    return _state.memo if _state.depth else None


def first_time(what: str) -> bool:
    """Whether `what` is asked for the first time in this transaction: for what needs doing once, however many say so.
    Forgotten where a savepoint is undone, because what was done goes with it."""
    kept = memo()
    if kept is None or ("once", what) in kept:
        return kept is None
    kept["once", what] = True
    return True


def require_write(what: str) -> None:
    if not in_write():
        raise WriteOutsideAction(f"{what} outside write(): rows change only in actions.py")


def enqueue(entry: Any) -> None:
    """Remember an entry whose handlers run before the commit."""
    if _state.redoable:
        raise RuntimeError(
            f"{entry.kind} in a transaction that may be lost: record entries in a plain write()"
        )
    _state.pending.append(entry)
    _state.ring = True


def unheard() -> list[Any]:
    """The entries of this transaction whose handlers have not run yet, oldest first."""
    return list(_state.pending)


def wake_worker() -> None:
    """Have the workers woken after the commit: something was left for them to do."""
    _state.ring = True


@contextlib.contextmanager
def write(*, redoable: bool = False) -> Iterator[None]:
    """The write transaction: nested use joins the outer one. Wakes a worker after the commit if it left it work.

    `redoable`: the commit does not wait for the disk. Should the machine lose power in the next moment, this transaction may
    be gone, and whoever wrote it does it again. Only for that: no entry, nothing that was acknowledged. Both databases lose
    only the end of their log, so whatever is durable afterwards finds everything before it there too.
    """
    if _state.depth:
        _state.depth += 1
        try:
            yield
        finally:
            _state.depth -= 1
        return
    with _file_lock(), _unhurried() if redoable else contextlib.nullcontext():
        _state.pending.clear()
        _state.ring, _state.redoable = False, redoable
        _state.memo = {}
        _state.depth = 1
        try:
            with transaction.atomic():
                if redoable and connection.vendor == "postgresql":
                    _run("SET LOCAL synchronous_commit TO off")
                yield
                _drain()
        finally:
            _state.depth, _state.redoable = 0, False
            _state.pending.clear()
            _state.memo = {}
    if _state.ring:
        doorbell.ring()


@contextlib.contextmanager
def attempt() -> Iterator[None]:
    """A savepoint inside `write()`: what fails in here is undone alone, and its entries reach no handler."""
    require_write("attempt()")
    before = len(_state.pending)
    try:
        with transaction.atomic():
            yield
            _drain(keep=before)
    except BaseException:
        while len(_state.pending) > before:
            _state.pending.pop()
        _state.memo = {}
        raise


def _drain(keep: int = 0) -> None:
    """Run the handlers of what was recorded; those of an outer block (the first `keep`) wait for its own end."""
    if _dispatch is None:
        return
    outer = [_state.pending.popleft() for _ in range(keep)]
    ran = 0
    while _state.pending:
        entry = _state.pending.popleft()
        _dispatch(entry)
        ran += 1
        if ran > _MAX_CHAIN:
            raise RuntimeError(f"handlers keep recording entries: the last was {entry.kind}; look for a loop")
    _state.pending.extend(outer)


@contextlib.contextmanager
def _file_lock() -> Iterator[None]:
    """Queue up before SQLite's lock is asked for. No-op on PostgreSQL and inside a test's own transaction."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    path = str(connection.settings_dict["NAME"])
    if ":memory:" in path or "mode=memory" in path:
        yield
        return
    if _state.lock_fd is None or _state.lock_path != path:
        if _state.lock_fd is not None:
            os.close(_state.lock_fd)
        _state.lock_fd = os.open(path + ".writelock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _state.lock_path = path
    fcntl.flock(_state.lock_fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(_state.lock_fd, fcntl.LOCK_UN)


@contextlib.contextmanager
def _unhurried() -> Iterator[None]:
    """Have SQLite's commits in here reach the disk with the next one that waits for it. No-op elsewhere and in a test's own
    transaction."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    _run("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        # A connection that broke meanwhile is opened anew, with full synchronisation again.
        if connection.connection is not None:
            _run("PRAGMA synchronous=FULL")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
