"""Addresses. The API is built from each domain's router."""

from django.contrib import admin
from django.urls import include, path

from chengyun.server import pages
from chengyun.server.api import api

PAGES = ("console", "field", "public")

urlpatterns = [
    path("", pages.home),
    *(path(f"{name}/", pages.page, {"name": name}) for name in PAGES),
    *(path(f"{name}/<path:rest>", pages.page, {"name": name}) for name in PAGES),
    path("admin/", admin.site.urls),
    path("language/", include("django.conf.urls.i18n")),
    path("api/", api.urls),
]

handler400 = "chengyun.server.errors.bad_request"
handler404 = "chengyun.server.errors.not_found"
handler500 = "chengyun.server.errors.server_error"
