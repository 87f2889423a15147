"""Addresses. The API is built from each domain's router."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from chengyun.server.api import api

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/", permanent=False)),
    path("admin/", admin.site.urls),
    path("language/", include("django.conf.urls.i18n")),
    path("api/", api.urls),
]

handler400 = "chengyun.server.errors.bad_request"
handler404 = "chengyun.server.errors.not_found"
handler500 = "chengyun.server.errors.server_error"
