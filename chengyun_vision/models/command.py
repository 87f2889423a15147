"""chengyun vision models list|check|fetch"""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(sub: Any) -> None:
    """Adds `models` to the subcommands of `chengyun vision` (what `add_subparsers` returned)."""
    raise NotImplementedError


def run(args: argparse.Namespace) -> int:
    """Runs what was asked for; returns the exit code."""
    raise NotImplementedError
