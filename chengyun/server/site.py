"""The admin site: the district's registries."""

from django.contrib import admin

from chengyun.kernel.i18n import T


class Site(admin.AdminSite):
    site_header = T("城运 · 管理", "Chengyun administration")
    site_title = T("城运", "Chengyun")
    index_title = T("登记与目录", "Registries and catalogues")
    enable_nav_sidebar = True
