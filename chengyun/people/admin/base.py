"""What the pages of people share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from chengyun.kernel.admin import ActionAdmin


class PeopleAdmin(ActionAdmin):
    """`fixed` fields are set once, when a row is added."""

    permission = "registry.edit"
    fixed: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.readonly_fields, *(self.fixed if obj else ()))


def changed(form: forms.ModelForm, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name not in but}
