"""The only writers of video, one verb a function."""

from chengyun.video.actions.bindings import bind, pause, resume
from chengyun.video.actions.cameras import describe
from chengyun.video.actions.events import link, take
from chengyun.video.actions.forgetting import forget_events
from chengyun.video.actions.leases import lease
from chengyun.video.actions.load import load_video
from chengyun.video.actions.pictures import forget_old, store
from chengyun.video.actions.viewing import PICTURE_FOR, play, take_picture, view_live, view_picture

__all__ = [
    "PICTURE_FOR",
    "bind",
    "describe",
    "forget_events",
    "forget_old",
    "lease",
    "link",
    "load_video",
    "pause",
    "play",
    "resume",
    "store",
    "take",
    "take_picture",
    "view_live",
    "view_picture",
]
