"""Addresses. The API is built from each domain's router."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from chengyun.server.api import api

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/", permanent=False)),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
]
