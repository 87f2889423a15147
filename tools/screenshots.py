"""`make screenshots`: plays the first part of the sample night and takes pictures of what people see.

Those of the admin go to a scratch folder (var/screenshots, or --out), to be looked through; the few that the documentation
shows, and those of the console (console_pictures.py), are written to docs/pictures.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rich.cells import cell_len  # noqa: E402

from tools.chromium import Chromium, NoChromium  # noqa: E402

SCENARIO = ROOT / "scenarios" / "nye-2023"
STOP = "2023-12-31T18:10:00+08:00"
ROWS = 30
SIZES = ((1440, 900), (1024, 768), (390, 844))
LANGUAGES = {"zh": "zh-hans", "en": "en"}
# Which of the demonstration's accounts looks, and at what. A model that is not there (yet) is left out.
PAGES = {
    "index": ("leader", ""),
    "alerts": ("leader", "alerts/alert/"),
    "incidents": ("leader", "alerts/incident/"),
    "rules": ("admin", "alerts/rule/"),
    "cases": ("leader", "cases/case/"),
    "datastreams": ("admin", "signals/datastream/"),
    "latest": ("leader", "signals/latest/"),
    "quarantine": ("leader", "signals/quarantine/"),
    "areas": ("leader", "district/area/"),
    "assets": ("admin", "district/asset/"),
    "posts": ("admin", "people/post/"),
    "shifts": ("leader", "people/shift/"),
    "duties": ("leader", "people/duty/"),
    "declarations": ("leader", "posture/declaration/"),
    "proposals": ("leader", "posture/proposal/"),
    "messages": ("leader", "message/message/"),
    "journal": ("leader", "kernel/journalentry/"),
    "login": ("", "login/"),
}
# Pages of one row each: the newest of its table.
DETAILS = {
    "alert": ("leader", "alerts", "alert"),
    "case": ("leader", "cases", "case"),
    "post": ("admin", "people", "post"),
    "entry": ("leader", "kernel", "journalentry"),
    "rule": ("admin", "alerts", "rule"),
}
PUBLISHED = {("alerts", "zh", "light", 1440): "alerts-zh.png"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "screenshots")
    parser.add_argument(
        "--only", nargs="*", metavar="PAGE", help="console, night, index, alerts, ... (default: all)"
    )
    parser.add_argument("--quick", action="store_true", help="only the widest and the narrowest, zh, light")
    parser.add_argument("--night", type=Path, help="keep the played database here, and use it if it is there")
    args = parser.parse_args()
    if not args.only or "console" in args.only:
        from tools import console_pictures

        with tempfile.TemporaryDirectory(prefix="chengyun-") as scratch:
            console_pictures.take(ROOT / "docs" / "pictures", (args.night or Path(scratch)) / "console")
        if args.only == ["console"]:
            return 0
    with tempfile.TemporaryDirectory(prefix="chengyun-") as scratch:
        data = args.night or Path(scratch)
        os.environ["CHENGYUN_DATA_DIR"] = str(data)
        os.environ.pop("CHENGYUN_DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "chengyun.server.settings"
        import django

        django.setup()
        try:
            with Chromium() as browser:
                if not (data / "played").exists():
                    play(data)
                take(browser, args)
        except NoChromium as problem:
            print(problem, file=sys.stderr)
            return 2
    return 0


def play(data: Path) -> None:
    """The sample night until STOP, on the scratch database."""
    from django.core.management import call_command

    from chengyun.kernel.actor import system
    from chengyun.live import replay
    from chengyun.live.scenario import Scenario
    from chengyun.people import actions as people
    from chengyun.server import district_folder

    print("playing the night", file=sys.stderr)
    call_command("migrate", verbosity=0, interactive=False)
    scenario = Scenario(SCENARIO)
    scenario.meta.end = datetime.fromisoformat(STOP)

    def load(folder: Path) -> None:
        district_folder.load(folder)
        people.create_demo_accounts(actor=system("demo"))

    replay.play(scenario, load_district=load)
    (data / "played").touch()


def take(browser: Chromium, args: argparse.Namespace) -> None:
    from chengyun.kernel import clock

    sizes = (SIZES[0], SIZES[-1]) if args.quick else SIZES
    languages = {"zh": "zh-hans"} if args.quick else LANGUAGES
    schemes = ("light",) if args.quick else ("light", "dark")
    with clock.use(clock.Virtual(datetime.fromisoformat(STOP))), serving() as address:
        if not args.only or "night" in args.only:
            terminal(browser, ROOT / "docs" / "pictures" / "night.png")
        for name, user, url in pages(address):
            if args.only and name not in args.only:
                continue
            browser.ask("Network.clearBrowserCookies")
            if user:
                browser.cookie(address, "sessionid", session(user))
            for language, code in languages.items():
                browser.cookie(address, "django_language", code)
                for scheme in schemes:
                    for width, height in sizes:
                        browser.look(width=width, height=height, dark=scheme == "dark")
                        browser.visit(url)
                        wide = browser.run("document.documentElement.scrollWidth")
                        if wide > width:
                            print(f"{name} {language} {width}: the page is {wide} wide", file=sys.stderr)
                        path = args.out / f"{name}-{language}-{scheme}-{width}.png"
                        browser.picture(path)
                        published = PUBLISHED.get((name, language, scheme, width))
                        if published:
                            browser.picture(ROOT / "docs" / "pictures" / published)
    print(f"pictures are in {args.out}", file=sys.stderr)


def pages(address: str) -> Iterator[tuple[str, str, str]]:
    """(name, account, address) of everything to be looked at."""
    from django.apps import apps
    from django.contrib import admin

    for name, (user, path) in PAGES.items():
        parts = path.strip("/").split("/")
        if len(parts) == 2 and not _registered(*parts):
            continue
        yield name, user, f"{address}/admin/{path}"
    for name, (user, app, model) in DETAILS.items():
        if _registered(app, model):
            row = apps.get_model(app, model).objects.order_by("-pk").first()
            if row is not None:
                yield name, user, f"{address}{_change_url(admin, app, model, row.pk)}"


def _registered(app: str, model: str) -> bool:
    from django.apps import apps
    from django.contrib import admin

    try:
        return admin.site.is_registered(apps.get_model(app, model))
    except LookupError:
        return False


def _change_url(admin: object, app: str, model: str, pk: object) -> str:
    from django.urls import reverse

    return reverse(f"admin:{app}_{model}_change", args=[pk])


def session(username: str) -> str:
    """The key of a session in which this account is logged in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    user = get_user_model().objects.get(username=username)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    assert store.session_key
    return store.session_key


@contextmanager
def serving() -> Iterator[str]:
    """The platform's pages on a free port of this machine, from this process and in its time; yields the address."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    from chengyun.server.wsgi import application

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            if args and str(args[1]).startswith("5"):
                super().log_message(format, *args)

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def terminal(browser: Chromium, path: Path) -> None:
    """The demonstration's screen at STOP: each character in its own cell, as a terminal has it."""
    from django.utils import translation
    from rich.console import Console
    from rich.terminal_theme import SVG_EXPORT_THEME

    from chengyun.kernel import scope
    from chengyun.live.overview import overview
    from chengyun.server import screen

    console = Console(
        width=120, height=ROWS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    with translation.override("zh-hans"):
        lines = console.render_lines(screen.draw(overview(scope.ALL)), console.options.update(height=ROWS))
    rows = []
    for line in lines:
        cells = []
        for segment in line:
            css = segment.style.get_html_style(SVG_EXPORT_THEME) if segment.style else ""
            for character in segment.text:
                wide = " class=w" if cell_len(character) == 2 else ""
                cells.append(f'<i{wide} style="{css}">{escape(character)}</i>')
        rows.append(f"<div>{''.join(cells)}</div>")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "night.html"
        page.write_text(_TERMINAL + "".join(rows), "utf-8")
        browser.look(width=1120, height=ROWS * 20 + 24)
        browser.visit(page.as_uri())
        browser.picture(path)


_TERMINAL = """<meta charset=utf-8><style>
body { background: #16191d; color: #c5c8c6; margin: 0; padding: 12px 20px;
       font: 15px/20px "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; }
div { display: flex; height: 20px; }
i { flex: none; font-style: normal; height: 20px; overflow: hidden; text-align: center; white-space: pre; width: 9px; }
i.w { width: 18px; }
</style>"""


if __name__ == "__main__":
    sys.exit(main())
