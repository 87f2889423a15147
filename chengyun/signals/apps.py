from chengyun.kernel.apps import DomainConfig
from chengyun.kernel.i18n import T


class SignalsConfig(DomainConfig):
    name = "chengyun.signals"
    label = "signals"
    verbose_name = T("感知", "Signals")
