"""Bilingual texts as data: each domain may hold a `message_templates.yaml` beside its code.

words:                      # display names of codes, by parameter name
  mode: {emergency: [应急战时, emergency]}
kinds:
  posture.proposed:
    title: [建议转入 {mode}, "{mode} is proposed"]
    body: [.., ..]
"""

from __future__ import annotations

import functools
from pathlib import Path

import yaml
from django.apps import apps
from pydantic import BaseModel, ConfigDict

from chengyun.messages.logic import Template, Words

FILE = "message_templates.yaml"


class _Kind(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: tuple[str, str]
    body: tuple[str, str] = ("", "")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    words: dict[str, dict[str, tuple[str, str]]] = {}
    kinds: dict[str, _Kind] = {}


# For a kind that nobody has written a text for: plain, but it reaches its reader.
FALLBACK = Template("{kind}：{about}", "{kind}: {about}")


@functools.cache
def _all() -> tuple[dict[str, Template], Words]:
    templates: dict[str, Template] = {}
    words: dict[str, dict[str, tuple[str, str]]] = {}
    for app in apps.get_app_configs():
        path = Path(app.path) / FILE
        if not app.name.startswith("chengyun.") or not path.is_file():
            continue
        read = _File.model_validate(yaml.safe_load(path.read_text("utf-8")))
        for kind, text in read.kinds.items():
            if kind in templates:
                raise ValueError(f"{path}: message kind {kind} has a text already; one domain owns a kind")
            templates[kind] = Template(*text.title, *text.body)
        for name, codes in read.words.items():
            words.setdefault(name, {}).update(codes)
    return templates, words


def template(kind: str) -> Template:
    """The template of a kind, or a plain one."""
    return _all()[0].get(kind, FALLBACK)


def words() -> Words:
    return _all()[1]


def kinds() -> frozenset[str]:
    return frozenset(_all()[0])
