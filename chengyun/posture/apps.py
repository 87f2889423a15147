from chengyun.kernel.apps import DomainConfig
from chengyun.kernel.i18n import T


class PostureConfig(DomainConfig):
    name = "chengyun.posture"
    label = "posture"
    verbose_name = T("运行模式", "Posture")
