"""The same small district as posture's tests."""

from tests.posture.conftest import world

__all__ = ["world"]
