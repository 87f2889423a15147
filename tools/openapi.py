"""Writes the API's description to var/openapi.json, from which the console's types are made (`make api-types`)."""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengyun.server.settings")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
django.setup()

from django.utils import translation  # noqa: E402

from chengyun.server.api import api  # noqa: E402


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var" / "openapi.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    # Texts of the description follow the active language; the file must be the same for everybody.
    with translation.override("en"):
        schema = api.get_openapi_schema()
    target.write_text(json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n")


if __name__ == "__main__":
    main()
