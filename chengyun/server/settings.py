"""Django's settings. What an operator may change comes from the environment; docs/operate.md lists it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chengyun.server.secret import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent.parent
CHENGYUN_DATA_DIR = Path(os.environ.get("CHENGYUN_DATA_DIR", BASE_DIR / "var"))
CHENGYUN_DATA_DIR.mkdir(parents=True, exist_ok=True)
DEBUG = os.environ.get("CHENGYUN_DEBUG", "") == "1"
SECRET_KEY = secret_key(CHENGYUN_DATA_DIR)
ALLOWED_HOSTS = os.environ.get("CHENGYUN_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")

INSTALLED_APPS = [
    "chengyun.server.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",  # for the files of its /api/docs page, which would come from elsewhere otherwise
    "chengyun.kernel.apps.KernelConfig",
    "chengyun.district.apps.DistrictConfig",
    "chengyun.people.apps.PeopleConfig",
    "chengyun.messages.apps.MessagesConfig",
    "chengyun.posture.apps.PostureConfig",
    "chengyun.signals.apps.SignalsConfig",
    "chengyun.alerts.apps.AlertsConfig",
    "chengyun.video.apps.VideoConfig",
    "chengyun.cases.apps.CasesConfig",
    "chengyun.live.apps.LiveConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chengyun.server.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chengyun.server.middleware.ActorMiddleware",
    "chengyun.server.middleware.DistrictTime",
]

ROOT_URLCONF = "chengyun.server.urls"
WSGI_APPLICATION = "chengyun.server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before Django's own: templates here extend the admin's templates of the same name.
        "DIRS": [BASE_DIR / "chengyun" / "server" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def prepare_after(text: str) -> int | None:
    """After how many uses a statement is prepared on its connection: a number, or `off` behind a pool that hands a
    connection to somebody else after each transaction (PgBouncer's transaction pooling)."""
    if text.strip().lower() in ("", "off", "no"):
        return None
    if not text.strip().isdigit():
        raise ValueError(f"CHENGYUN_PREPARE: {text!r} is neither a number nor off")
    return int(text)


def database(url: str) -> dict[str, object]:
    """A database from its URL: `sqlite:///PATH` or `postgres://user:password@host:port/name`.

    For PostgreSQL on a socket, name its folder: `postgres://user@/name?host=/var/run/postgresql`.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]) if parts.path.startswith("//") else unquote(parts.path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; "
                # Busy pages are carried over once for many commits: 16 MB of them rather than 4.
                "PRAGMA wal_autocheckpoint=4000;",
            },
            # A file, not memory: several processes and the write lock are part of what tests have to see.
            "TEST": {"NAME": str(CHENGYUN_DATA_DIR / "test.sqlite3")},
        }
    if parts.scheme in ("postgres", "postgresql"):
        query = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(query.get("host", parts.hostname or "")),
            "PORT": str(parts.port or query.get("port", "")),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            # Queries here are short and many, and the same again and again: parsed and planned once for each connection,
            # they cost half (measured on whole case lives). Compiling them would cost more than it saves.
            "OPTIONS": {
                "options": "-c jit=off",
                "server_side_binding": True,
                "prepare_threshold": prepare_after(os.environ.get("CHENGYUN_PREPARE", "3")),
            },
        }
    raise ValueError(
        f"CHENGYUN_DATABASE_URL: {parts.scheme!r} is not known; use sqlite:///PATH or postgres://..."
    )


DATABASES = {
    "default": database(
        os.environ.get("CHENGYUN_DATABASE_URL", f"sqlite:///{CHENGYUN_DATA_DIR / 'chengyun.sqlite3'}")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["chengyun.people.backends.ThrottledBackend"]
LOGIN_URL = "/admin/login/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if os.environ.get("CHENGYUN_HTTPS") == "1":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CHENGYUN_ORIGINS", "").split(",") if origin]

# Live streams that the front keeps open, in all and for one log-in (suggested values).
STREAMS = int(os.environ.get("CHENGYUN_STREAMS", "2000"))
STREAMS_PER_USER = int(os.environ.get("CHENGYUN_STREAMS_PER_USER", "8"))
# Reverse proxies that the front believes about where a request comes from. HTTPS means one, mostly on this machine.
PROXIES = os.environ.get(
    "CHENGYUN_PROXIES", "127.0.0.1,::1" if os.environ.get("CHENGYUN_HTTPS") == "1" else ""
)

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH = "chengyun.server.formats"

STATIC_URL = "/static/"
# What `make web` builds. Its files are named by their content, so a browser may keep them for good.
WEB_DIST = Path(os.environ.get("CHENGYUN_WEB", BASE_DIR / "web" / "dist"))
STATICFILES_DIRS = [
    BASE_DIR / "chengyun" / "server" / "static",
    *([("web", WEB_DIST)] if WEB_DIST.is_dir() else []),
]
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/web/assets/.+-[\w-]{8}\.\w+$"
# Files are served from where they lie; `collectstatic` may gather them here for a web server in front.
STATIC_ROOT = CHENGYUN_DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True

# A batch of signals or an evidence photo; each door has its own, lower limit and says so.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# No request is longer, whatever is in it: the front takes no more. The longest that is meant is a picture or sheet of 10 MB.
BODY_MAX = 16 * 1024 * 1024
EVIDENCE_ROOT = CHENGYUN_DATA_DIR / "evidence"
WEBHOOK_HOSTS = [host for host in os.environ.get("CHENGYUN_WEBHOOK_HOSTS", "").split(",") if host]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"sparing": {"()": "chengyun.server.logs.Sparing"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["sparing"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("CHENGYUN_LOG", "WARNING")},
}
