"""From a manifest to a model that may be used: nothing of it is taken on trust."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from chengyun_vision.models import checks, manifest
from chengyun_vision.models.manifest import Manifest
from chengyun_vision.models.model import Model
from chengyun_vision.models.session import Session, start
from chengyun_vision.problem import Problem


def weights_folder() -> Path:
    """Where weights lie: CHENGYUN_MODELS, else `models` in the data folder."""
    named = os.environ.get("CHENGYUN_MODELS")
    return Path(named) if named else Path(os.environ.get("CHENGYUN_DATA_DIR", "var")) / "models"


def load(
    which: str | Path,
    *,
    folder: Path | None = None,
    copyleft: bool = False,
    backend: str = "onnxruntime",
) -> Model:
    """`which`: id of a known manifest, path of a manifest (YAML), or path of weights that a known manifest describes.

    `folder`: where weights lie (default: `weights_folder`). `copyleft`: the operator takes GPL and AGPL weights.
    `backend`: onnxruntime, or openvino where it is installed. Raises `Problem` when the hash differs, the licence or what
    the model puts out is refused, the head does not fit, or the golden picture is not answered as the manifest says.
    """
    folder = folder or weights_folder()
    described, weights = find(which, folder)
    where = f"{described.id} ({weights})"
    try:
        content = weights.read_bytes()
    except OSError as error:
        raise Problem(
            "权重文件不存在或无法读取。", "the weights are not there or cannot be read.", where=where,
            hint_zh=f"来源：{described.source}；取得后：chengyun vision models fetch {described.id} 文件。",
            hint_en=f"They come from {described.source}. Then: chengyun vision models fetch {described.id} FILE.",
        ) from error  # fmt: skip
    checks.licence(described.licence, copyleft, where)
    checks.digest(content, described.sha256, where)
    session = _session(content, backend, where)
    checks.outputs(session, copyleft, where)
    checks.inputs(session, described, where)
    model = Model(described, session)
    checks.answer(model, where)
    return model


def find(which: str | Path, folder: Path) -> tuple[Manifest, Path]:
    """The manifest, and where its weights should lie. Raises `Problem`."""
    place = Path(which)
    if place.suffix in (".yaml", ".yml"):
        described = manifest.read(place)
        beside = place.with_name(described.file)
        return described, beside if beside.is_file() else folder / described.file
    if place.suffix == ".onnx":
        return _described(place, folder), place
    ids = []
    for known in manifest.known(folder):
        described = manifest.read(known)
        if described.id == str(which):
            return described, folder / described.file
        ids.append(described.id)
    raise Problem(
        f"没有模型 {which}。", f"there is no model {which}.",
        hint_zh=f"已知：{'、'.join(ids)}。", hint_en=f"Known: {', '.join(ids)}.",
    )  # fmt: skip


def _described(weights: Path, folder: Path) -> Manifest:
    """The known manifest with the weights' hash; manifests that lie beside them count too."""
    if not weights.is_file():
        raise Problem("权重文件不存在。", "the weights are not there.", where=str(weights))
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    places = manifest.known(folder)
    for place in places + [
        beside for beside in sorted(weights.parent.glob("*.yaml")) if beside not in places
    ]:
        if digest in place.read_text("utf-8", errors="replace").lower():
            return manifest.read(place)
    raise Problem(
        "没有清单描述此权重文件。", "no manifest describes these weights.", where=str(weights),
        hint_zh="请在旁边写一份 YAML 清单。",
        hint_en="Write one (YAML) beside them: their classes and preprocessing cannot be guessed.",
    )  # fmt: skip


def _session(content: bytes, backend: str, where: str) -> Session:
    try:
        return start(content, backend)
    except Problem as problem:
        raise problem.at(where) from None
    except Exception as error:  # the runtime raises types of its own for files that are no nets
        reason = str(error)[:200]
        raise Problem(
            f"不是可运行的 ONNX 模型：{reason}", f"it is no net that can be run: {reason}", where=where
        ) from error
