"""PostgreSQL breaks a deadlock by undoing one of the transactions in it. That one is simply run again.

The order of locks (the turn to judge first, a case before its timers) makes deadlocks rare; nobody should notice the rest.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError

from chengyun.kernel import transaction

_DEADLOCK_DETECTED = "40P01"
TIMES = 3
View = TypeVar("View", bound=Callable[..., Any])


def is_deadlock(error: BaseException) -> bool:
    """Whether the database undid this transaction to let another one through."""
    return getattr(error.__cause__, "sqlstate", None) == _DEADLOCK_DETECTED


def again(work: View) -> View:
    """Decorates what holds one whole `write()`: run again, at most three times, when it lost in a deadlock.

    Inside another `write()` it does nothing: what was undone there is more than this.
    """

    @functools.wraps(work)
    def run(*args: Any, **kwargs: Any) -> Any:
        for _ in range(TIMES - 1):
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                if transaction.in_write() or not is_deadlock(error):
                    raise
        return work(*args, **kwargs)

    return run  # type: ignore[return-value]
