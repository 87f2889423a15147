"""Each domain knows only those below it. import-linter sees the imports; strings hide model relations from it."""

import subprocess
import sys
import tomllib

from django.apps import apps

from tests.house.source import PACKAGE, ROOT


def layers() -> list[str]:
    """The domains from the highest to the lowest, as pyproject.toml states them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = (c for c in contracts if c["type"] == "layers")
    return [name.strip("()") for name in contract["layers"]]


def test_imports_keep_the_direction():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_every_domain_has_its_place():
    folders = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    assert folders <= set(layers())


def test_relations_point_down_or_stay_inside():
    height = {name: -i for i, name in enumerate(layers())}
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        own = height.get(_domain(model))
        for field in model._meta.get_fields():
            if own is None or not field.is_relation or field.auto_created or field.related_model is None:
                continue
            # A model of Django's own (auth, contenttypes) lies below everything.
            other = height.get(_domain(field.related_model), min(height.values()))
            if other > own:
                wrong.append(f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}")
    assert not wrong, "a lower domain points at a higher one: " + ", ".join(wrong)


def _domain(model: type) -> str | None:
    parts = model.__module__.split(".")
    return parts[1] if parts[0] == "chengyun" else None
