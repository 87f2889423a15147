"""The console in a real browser, against the real server."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
