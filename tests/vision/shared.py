"""Real clips and weights for tests: never part of the repository, looked for beside it."""

from pathlib import Path

from tests import shared_data


def clip(name: str) -> Path:
    """A real clip by its file name. Without it the test is skipped and says why."""
    return shared_data.path("video", name)


def weights(name: str) -> Path:
    """A model's weights by their file name. Without them the test is skipped and says why."""
    return shared_data.path("models", name)
