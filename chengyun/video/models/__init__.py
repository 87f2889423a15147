"""Tables of video: what is on record of a camera, which algorithms look through it, who analyses it now, what they found.

The camera itself is an asset of the district. Where it looks, by what right, whose it is, its sign and how long recordings
are kept stand in the asset's attributes, which no door can change into something unlawful; the rest stands here.
"""

from chengyun.video.models.bindings import Binding, BindingStream, BindingVersion
from chengyun.video.models.cameras import CameraTerms, OfCamera, TermsChange
from chengyun.video.models.events import MASKED_HOW, EventAlert, Picture, VideoEvent, Viewing
from chengyun.video.models.workers import Seat, Worker

__all__ = [
    "MASKED_HOW",
    "Binding",
    "BindingStream",
    "BindingVersion",
    "CameraTerms",
    "EventAlert",
    "OfCamera",
    "Picture",
    "Seat",
    "TermsChange",
    "VideoEvent",
    "Viewing",
    "Worker",
]
