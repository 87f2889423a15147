from chengyun.kernel.apps import DomainConfig
from chengyun.kernel.i18n import T


class MessagesConfig(DomainConfig):
    name = "chengyun.messages"
    label = "message"  # "messages" is Django's own
    verbose_name = T("消息", "Messages")
