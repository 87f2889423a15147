"""The built pages: found at any address below theirs, never kept by a browser; their files are kept for good."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from whitenoise.middleware import WhiteNoiseMiddleware

pytestmark = pytest.mark.django_db


@pytest.fixture
def built(settings, tmp_path: Path) -> Path:
    settings.WEB_DIST = tmp_path
    for name in ("console", "field", "public"):
        (tmp_path / f"{name}.html").write_text(f"<!doctype html><title>{name} 城运</title>", encoding="utf-8")
    return tmp_path


def test_the_start_page_is_the_console(client):
    answer = client.get("/")
    assert answer.status_code == 302 and answer["Location"] == "/console/"


@pytest.mark.parametrize("address", ["console/", "console/cases/12?tab=clocks", "field/", "public/report/x"])
def test_a_page_is_served_at_every_address_below_its_own(client, built, address):
    answer = client.get(f"/{address}")
    assert answer.status_code == 200 and address.partition("/")[0] in answer.content.decode()
    assert answer["Content-Type"] == "text/html; charset=utf-8" and answer["Cache-Control"] == "no-cache"
    assert "csrftoken" in answer.cookies, "the page's first command needs the token"
    policy = answer["Content-Security-Policy"]
    assert "worker-src 'self' blob:" in policy and "img-src 'self' data: blob:" in policy
    assert re.search(r"script-src 'self'(;|$)", policy), "scripts come from here alone"


def test_a_page_takes_nothing(client, built):
    assert client.post("/console/", {}).status_code == 405


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "尚未构建"), ("en", "not built yet")])
def test_where_nothing_is_built_the_page_says_what_to_run(client, settings, tmp_path, language, word):
    settings.WEB_DIST = tmp_path / "none"
    answer = client.get("/console/", headers={"Accept-Language": language})
    text = answer.content.decode()
    assert answer.status_code == 503 and word in text and "make web" in text


def test_files_named_by_their_content_are_kept_for_good_and_sent_compressed(settings, tmp_path):
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "assets" / "console-Ab3_-x9Z.js").write_text("let a = 1")
    (dist / "assets" / "console-Ab3_-x9Z.js.gz").write_bytes(b"\x1f\x8bpacked")
    (dist / "assets" / "plain.js").write_text("let b = 1")
    settings.STATICFILES_DIRS = [("web", dist)]
    from django.contrib.staticfiles.finders import get_finder

    get_finder.cache_clear()
    try:
        served = WhiteNoiseMiddleware(lambda request: None)  # type: ignore[arg-type, return-value]
        hashed = served.files["/static/web/assets/console-Ab3_-x9Z.js"]
        plain = served.files["/static/web/assets/plain.js"]
    finally:
        get_finder.cache_clear()
    answer = hashed.get_response("GET", {"HTTP_ACCEPT_ENCODING": "gzip"})
    headers = dict(answer.headers)
    assert "immutable" in headers["Cache-Control"] and headers["Content-Encoding"] == "gzip"
    assert "immutable" not in dict(plain.get_response("GET", {}).headers)["Cache-Control"]


def test_what_is_built_here_is_found(client):
    if not django_settings.WEB_DIST.is_dir():
        pytest.skip("nothing is built: make web")
    page = client.get("/console/").content.decode()
    script = re.search(r'src="(/static/web/assets/[^"]+\.js)"', page)
    assert script is not None
    answer = client.get(script[1])
    assert answer.status_code == 200 and "immutable" in answer["Cache-Control"]
