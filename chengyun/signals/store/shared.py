"""The row that all processes share: the state of the registry, and whose turn it is to judge."""

from __future__ import annotations

from chengyun.signals.store.engine import change, postgres, run


def registry_token() -> str:
    """What the database holds; empty while nothing was ever loaded."""
    found = run("SELECT registry FROM signals_sharedstate WHERE id = 1")
    return str(found[0][0]) if found else ""


def set_registry_token(token: str) -> None:
    change(
        "INSERT INTO signals_sharedstate (id, registry, judge) VALUES (1, %s, '') "
        "ON CONFLICT (id) DO UPDATE SET registry = excluded.registry",
        [token],
    )


def hold_judge_epoch() -> None:
    """Lock the row until the end of the transaction and leave it as it is."""
    if postgres():
        run("SELECT judge FROM signals_sharedstate WHERE id = 1 FOR UPDATE")


def swap_judge_epoch(after: str) -> str:
    """Lock the row until the end of the transaction and put `after` in; returns what stood there."""
    lock = " FOR UPDATE" if postgres() else ""
    found = run(f"SELECT judge FROM signals_sharedstate WHERE id = 1{lock}")
    if found:
        change("UPDATE signals_sharedstate SET judge = %s WHERE id = 1", [after])
        return str(found[0][0])
    change(
        "INSERT INTO signals_sharedstate (id, registry, judge) VALUES (1, '', %s) "
        "ON CONFLICT (id) DO UPDATE SET judge = excluded.judge",
        [after],
    )
    return ""
