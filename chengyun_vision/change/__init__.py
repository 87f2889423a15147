"""Has anything changed: packet sizes (before any decoding), motion on a small luma plane, the background.

packets.py     changed | quiet per keyframe interval, from the sizes of the packets between keyframes
motion.py      running average and difference -> moving boxes
background.py  a slow and a fast background -> things left behind
mask.py        the parts of the picture that do not count
"""
