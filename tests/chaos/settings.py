"""The product's settings, and one more app that lets a test see timers and hand-offs from outside."""

from chengyun.server.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.probe.apps.ProbeConfig"]  # noqa: F405
