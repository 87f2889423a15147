"""Has anything changed: packet sizes (before any decoding), motion on a small luma plane, the background.

packets.py     changed | quiet per keyframe interval, from the sizes of the packets between keyframes
plane.py       what motion and background share: planes, light, noise, boxes
motion.py      running average and difference -> moving boxes
background.py  a slow and a fast background -> things left behind
"""

from chengyun_vision.change.background import Background
from chengyun_vision.change.motion import Motion
from chengyun_vision.change.packets import Interval, PacketWatch
from chengyun_vision.change.plane import SIZE

__all__ = ["SIZE", "Background", "Interval", "Motion", "PacketWatch"]
