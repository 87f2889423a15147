"""Is the camera there, and does it see.

measures.py  numbers of one picture: brightness, sharpness, and whether it shows the same view as another
states.py    from "bad now" to named states with hold times: pure
watch.py     one camera's health: pictures and notices in, a dict for `Look.health` out
"""

from chengyun_vision.health.states import STATES
from chengyun_vision.health.watch import Health

__all__ = ["STATES", "Health"]
