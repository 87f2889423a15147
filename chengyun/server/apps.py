from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Django's admin; every page of it builds on kernel.admin.ActionAdmin."""

    default_site = "chengyun.server.site.Site"
