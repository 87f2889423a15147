"""HTTP of the live picture. A module per topic hangs its views on `door.router`, and is named in the imports below.

    reading.py    overview, why, journal
    snapshot.py   snapshot and points: what a console starts from before it follows the stream
    search.py     search over places, posts, assets, cases         heat.py        risk and crowd as a grid
    desk.py       the first minute and the queues                  card.py        all about one incident
    trends.py     series of figures                                recurrence.py  what comes back, by place and kind
    tape.py       recorded nights

The stream itself (`/api/live/stream`) is not here: server/front answers it.
"""

from chengyun.live.api import card, desk, heat, reading, recurrence, search, snapshot, tape, trends
from chengyun.live.api.door import router

__all__ = ["card", "desk", "heat", "reading", "recurrence", "router", "search", "snapshot", "tape", "trends"]
