"""From a manifest to a model that may be used."""

from __future__ import annotations

from pathlib import Path

from chengyun_vision.models.model import Model


def load(
    which: str | Path,
    *,
    folder: Path | None = None,
    copyleft: bool = False,
    backend: str = "onnxruntime",
) -> Model:
    """`which`: id of a shipped manifest, path of a manifest (YAML), or path of weights that a known manifest describes.

    `folder`: where weights lie (default: the environment's CHENGYUN_MODELS). `copyleft`: the operator takes GPL and AGPL
    weights. `backend`: onnxruntime, or openvino where it is installed. Raises `Problem` when the hash differs, the licence
    or what the model puts out is refused, the head does not fit, or the golden picture is not answered as written down.
    """
    raise NotImplementedError
