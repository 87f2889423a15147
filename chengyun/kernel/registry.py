"""Small tables that are read all the time and change rarely: areas, posts, channels.

A model names its registry (`registry = "people"`); whatever changes its rows gives the registry a new token, a row of
`RegistryVersion`, in the same transaction. `cached` keeps what was built under the token that stands in the database, so
another process's change is seen by the next transaction and a change that is rolled back takes its token with it. Tokens
are random and never recorded: one that came back would bring back what was built under it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, TypeVar

from django.db import connection, models

from chengyun.kernel import ids, transaction

V = TypeVar("V")
M = TypeVar("M", bound=models.Model)

_READ = "SELECT name, token FROM kernel_registryversion"
_SET = (
    "INSERT INTO kernel_registryversion (name, token) VALUES (%s, %s) "
    "ON CONFLICT (name) DO UPDATE SET token = excluded.token"
)

# (database, names) -> (tokens, {key: value}); one generation is enough, an older token never comes back for long.
_kept: dict[tuple[Any, ...], tuple[tuple[str, ...], dict[Any, Any]]] = {}
_lock = threading.Lock()


class _Once(threading.local):
    def __init__(self) -> None:
        self.on = False
        self.tokens: dict[str, str] | None = None


_read_once = _Once()


def changed(name: str) -> None:
    """The rows of a registry have just changed. Only inside `write()`; `Row` and its query set call it."""
    transaction.require_write(f"registry {name}")
    memo = transaction.memo()
    assert memo is not None
    here = tuple(connection.savepoint_ids)
    # Nobody has read since the last new token, and no savepoint lies between: that token stands for this change too.
    if memo.get(("unread", name)) == here:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SET, [name, ids.unrepeated()])
    memo["unread", name] = here
    memo.pop("tokens", None)


def cached(names: tuple[str, ...], key: Any, build: Callable[[], V]) -> V:
    """What `build` makes of these registries, kept until one of them changes. The value is shared: never change it.

    A registry nobody has written through its models has no token, and nothing of it is kept.
    """
    tokens = _tokens()
    wanted = tuple(tokens.get(name, "") for name in names)
    memo = transaction.memo()
    if memo is not None:
        for name in names:
            memo.pop(("unread", name), None)
    if "" in wanted:
        return build()
    where = (
        connection.vendor,
        str(connection.settings_dict["NAME"]),
        connection.settings_dict["HOST"],
        names,
    )
    kept = _kept.get(where)
    if kept is None or kept[0] != wanted:
        kept = (wanted, {})
        with _lock:
            _kept[where] = kept
    values = kept[1]
    if key not in values:
        values[key] = build()
    value: V = values[key]
    return value


def state(*names: str) -> str | None:
    """A digest that differs whenever one of these registries has changed; None where one has no token, and nothing can be
    said of it. For what is kept outside this process (a browser's copy): the tokens themselves leave it nowhere."""
    tokens = _tokens()
    wanted = [tokens.get(name, "") for name in names]
    return None if "" in wanted else sha256("\n".join(wanted).encode()).hexdigest()


@contextmanager
def steady() -> Iterator[None]:
    """Read the tokens at most once for all that is looked up in this block. Inside `write()` it is so anyway."""
    if _read_once.on:
        yield
        return
    _read_once.on = True
    try:
        yield
    finally:
        _read_once.on, _read_once.tokens = False, None


def forget() -> None:
    """Drop everything this process keeps."""
    with _lock:
        _kept.clear()


def copy_of(row: M) -> M:
    """A row of one's own to work with, so that changing it leaves the shared one alone. Rows it points at stay shared."""
    made = row.__class__.__new__(row.__class__)
    made.__dict__.update(row.__dict__)
    state = models.base.ModelState()
    state.db, state.adding = row._state.db, row._state.adding
    state.fields_cache = dict(row._state.fields_cache)
    made._state = state
    return made


def _tokens() -> dict[str, str]:
    """The tokens as this transaction sees them; read once in each, and again where a savepoint may have been undone."""
    memo = transaction.memo()
    if memo is None:
        if not _read_once.on:
            return _read()
        if _read_once.tokens is None:
            _read_once.tokens = _read()
        return _read_once.tokens
    here = connection.savepoint_ids
    known = memo.get("tokens")
    if known is not None and here[: len(known[1])] == known[1]:
        tokens: dict[str, str] = known[0]
        return tokens
    tokens = _read()
    memo["tokens"] = (tokens, list(here))
    return tokens


def _read() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        return dict(cursor.fetchall())
