"""Journal kinds of messages."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

journal.declare(
    "message.sent",
    T("消息发出", "Message sent"),
    keys={"post": str, "kind": str, "bundle": str, "about": str},
)
journal.declare(
    "message.bundled", T("消息并入", "Counted into a waiting message"), keys={"count": int, "about": str}
)
journal.declare("message.held", T("推送限频", "Push held back"), keys={"channel": str, "until": str})
journal.declare(
    "message.handed", T("消息交出", "Message handed over"), keys={"channel": str, "attempts": int}
)
journal.declare(
    "message.failed",
    T("推送失败", "Push failed"),
    keys={"channel": str, "reason": str, "attempts": int, "final": bool},
)
journal.declare("message.read", T("消息已阅", "Message read"), keys={"post": str})
journal.declare("message.answered", T("消息已应答", "Message answered"), keys={"post": str, "answer": str})
journal.declare(
    "message.channel_set",
    T("渠道设置", "Channel set"),
    keys={"channel": str, "kind": str, "on": bool, "digest": str},
)
journal.declare(
    "message.limit_set", T("限频设置", "Push limit set"), keys={"per_seconds": int, "at_most": int}
)
