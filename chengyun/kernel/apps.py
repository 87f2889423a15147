"""What every domain has in common as a Django app."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

from chengyun.kernel.i18n import T


class DomainConfig(AppConfig):
    """Imports a domain's journal kinds and handlers once Django is ready, so that declaring one is enough."""

    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in ("entries", "handlers"):
            if find_spec(f"{self.name}.{module}"):
                import_module(f"{self.name}.{module}")


class KernelConfig(DomainConfig):
    name = "chengyun.kernel"
    label = "kernel"
    verbose_name = T("日志与时钟", "Journal and time")
