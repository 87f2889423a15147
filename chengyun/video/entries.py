"""Journal kinds of video: codes, numbers and digests. No address, no reason in words, no picture."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

_OPT_STR, _OPT_INT, _OPT_NUM = (str, None), (int, None), (int, float, None)

journal.declare(
    "video.loaded",
    T("摄像机登记与算法绑定载入", "Cameras on record and bindings loaded"),
    keys={"terms": dict, "bindings": dict},
)
journal.declare(
    "camera.described",
    T("摄像机登记变更", "Record of a camera changed"),
    keys={"camera": str, "fields": list, "reason_digest": _OPT_STR},
)
journal.declare(
    "binding.changed",
    T("算法绑定变更", "Binding changed"),
    keys={"binding": str, "camera": str, "preset": str, "version": int, "enabled": bool, "digest": str},
)
journal.declare(
    "binding.paused",
    T("算法绑定暂停", "Binding paused"),
    keys={"binding": str, "camera": str, "reason": str, "until": str, "judged": int, "true": int},
)
journal.declare(
    "binding.resumed",
    T("算法绑定恢复", "Binding runs again"),
    keys={"binding": str, "camera": str, "why": str},
)
journal.declare(
    "camera.lease_moved",
    T("摄像机分析租约变动", "Cameras changed hands between workers"),
    keys={"worker": str, "taken": list, "lost": list, "n_taken": int, "n_lost": int},
)
journal.declare(
    "camera.event",
    T("视频事件", "Event seen by a camera"),
    keys={
        "event": str,
        "binding": str,
        "version": int,
        "camera": str,
        "zone": str,
        "kind": str,
        "about": str,
        "state": str,
        "start": str,
        "end": _OPT_STR,
        "peak": _OPT_NUM,
        "unseen_s": _OPT_NUM,
        "worker": str,
    },
)
journal.declare(
    "camera.picture",
    T("留存图片入库", "Masked picture stored"),
    keys={
        "picture": str,
        "camera": str,
        "event": _OPT_STR,
        "sha256": str,
        "size": int,
        "how": str,
        "heads": int,
        "zones": int,
        "models": list,
    },
)
journal.declare(
    "camera.pictures_erased",
    T("留存图片到期删除", "Pictures removed at the end of their time"),
    keys={"count": int, "held": int},
)
journal.declare(
    "camera.events_forgotten",
    T("视频事件到期清理", "Rows of events removed at the end of their time"),
    keys={"count": int, "held": int},
)
journal.declare(
    "camera.viewed",
    T("视频调用", "Video viewed"),
    keys={
        "viewing": int,
        "camera": str,
        "what": str,
        "since": str,
        "until": str,
        "reason_kind": str,
        "reason_ref": str,
        "reason_digest": _OPT_STR,
        "post": _OPT_STR,
        "picture": _OPT_STR,
    },
)
