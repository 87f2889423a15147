from chengyun.kernel.apps import DomainConfig
from chengyun.kernel.i18n import T


class LiveConfig(DomainConfig):
    name = "chengyun.live"
    label = "live"
    verbose_name = T("复演", "Live and replay")

    def ready(self) -> None:
        super().ready()
        from chengyun.live import recording

        recording.install()
