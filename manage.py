#!/usr/bin/env python3
"""Django's own command line, for developers; people who run a district use `chengyun`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengyun.server.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
