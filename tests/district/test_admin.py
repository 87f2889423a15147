"""The registries in the admin: in both languages, read-only except for what an operator decides."""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory

from chengyun.district.models import Area, Asset, Building, GovernedElement, OverlayGrid, Settings
from chengyun.kernel import scope
from chengyun.kernel.actor import Actor
from chengyun.kernel.models import JournalEntry
from tests.district import small

pytestmark = pytest.mark.django_db
MODELS = [Settings, Area, OverlayGrid, Building, Asset, GovernedElement]


@pytest.fixture
def ask(tmp_path, monkeypatch):
    small.load(small.write(tmp_path, small.files()))
    monkeypatch.setattr(scope, "_resolver", lambda user: scope.ALL)
    user = get_user_model().objects.create(username="keeper", is_staff=True, is_superuser=True)

    def request(method="get", data=None, permissions=("registry.edit",)):
        made = getattr(RequestFactory(), method)("/", data)
        made.user = user
        made.actor = Actor(ref="u-1", grants=(("/tst/", frozenset(permissions)),))
        made.session = {}
        made._messages = FallbackStorage(made)
        made._dont_enforce_csrf_checks = True
        return made

    return request


def page(model):
    return admin.site.get_model_admin(model)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_registry_shows_in_both_languages(ask, model, language):
    from django.utils import translation

    row = model.objects.first()
    with translation.override(language):
        listed = page(model).changelist_view(ask()).render().content.decode()
        shown = page(model).changeform_view(ask(permissions=()), str(row.pk)).render().content.decode()
        title = str(model._meta.verbose_name_plural)
    assert title in listed
    assert title in shown
    assert title.isascii() == (language == "en")


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_or_deleted_here(ask, model):
    assert not page(model).has_add_permission(ask())
    assert not page(model).has_delete_permission(ask())
    assert page(model).has_change_permission(ask()) == (model is Asset)


def test_service_goes_through_the_action(ask):
    asset = Asset.objects.get(code="cam-1")
    before = JournalEntry.objects.count()
    response = page(Asset).changeform_view(ask("post", {"reason": "fault"}), str(asset.pk))
    assert response.status_code == 302
    asset.refresh_from_db()
    assert not asset.in_service
    assert JournalEntry.objects.count() == before + 1
    entry = JournalEntry.objects.latest("pk")
    assert (entry.kind, entry.actor) == ("asset.service_changed", "u-1")


def test_without_the_permission_nothing_changes(ask):
    from django.core.exceptions import PermissionDenied

    asset = Asset.objects.get(code="cam-1")
    with pytest.raises(PermissionDenied):
        page(Asset).changeform_view(ask("post", {"reason": "fault"}, permissions=()), str(asset.pk))
    asset.refresh_from_db()
    assert asset.in_service
