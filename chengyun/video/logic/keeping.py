"""How long a masked picture stays.

until `floor`                  always
after `floor`                  while its alert waits for somebody or an open case needs it; otherwise it has met its purpose
after `ceiling`                only while an open case needs it
"""

from __future__ import annotations

from datetime import datetime


def stays(now: datetime, *, floor: datetime, ceiling: datetime, waiting: bool, held: bool) -> bool:
    """`waiting`: its alert is open or not judged. `held`: an open case needs it."""
    if now < floor or held:
        return True
    return waiting and now < ceiling
