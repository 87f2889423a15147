"""Runs a net on one thread. A worker has one process for each core: more threads would only wait for each other."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from chengyun_vision.models.heads.base import Array
from chengyun_vision.problem import Problem


@dataclass(frozen=True, slots=True)
class Port:
    """An input: its name, its shape (None: any size) and the type that numpy calls so."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class Session(Protocol):
    """`texts`: what the file says of itself: the graph's name, and its recorded names and licence."""

    @property
    def inputs(self) -> Sequence[Port]: ...
    @property
    def outputs(self) -> Sequence[str]: ...
    @property
    def texts(self) -> Mapping[str, str]: ...
    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]: ...


class OnnxRuntime:
    """One thread, and no spinning while it waits: spinning doubled the cost where it was measured."""

    def __init__(self, weights: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        for key in ("session.intra_op.allow_spinning", "session.inter_op.allow_spinning"):
            options.add_session_config_entry(key, "0")
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        self.inputs = [
            Port(one.name, _shape(one.shape), _dtype(one.type)) for one in self._session.get_inputs()
        ]
        self.outputs = [one.name for one in self._session.get_outputs()]
        meta = self._session.get_modelmeta()
        self.texts = {"graph": meta.graph_name, **meta.custom_metadata_map}

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        answers = self._session.run(self.outputs, dict(feeds))
        return dict(zip(self.outputs, answers, strict=True))


class OpenVino:
    """The same files at 0.4 to 0.6 of the cost on Intel's processors, where its library is installed."""

    def __init__(self, weights: bytes, texts: Mapping[str, str]) -> None:
        try:
            openvino: Any = importlib.import_module("openvino")
        except ImportError as error:
            raise Problem(
                "未安装 OpenVINO。", "OpenVINO is not installed.",
                hint_zh="安装 openvino，或用 onnxruntime。", hint_en="Install openvino, or use onnxruntime.",
            ) from error  # fmt: skip
        core = openvino.Core()
        settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
        self._model = core.compile_model(core.read_model(weights), "CPU", settings)
        self.inputs = [
            Port(
                port.get_any_name(),
                tuple(None if side.is_dynamic else side.get_length() for side in port.get_partial_shape()),
                np.dtype(port.get_element_type().to_dtype()).name,
            )
            for port in self._model.inputs
        ]
        self.outputs = [port.get_any_name() for port in self._model.outputs]
        self.texts = texts

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        answers = self._model(dict(feeds))
        return {name: np.asarray(answers[index]) for index, name in enumerate(self.outputs)}


def start(weights: bytes, backend: str) -> Session:
    """Raises `Problem` where the backend is unknown or not installed, and the runtime's own errors for what is no net."""
    session = OnnxRuntime(weights)
    if backend == "onnxruntime":
        return session
    if backend == "openvino":
        return OpenVino(weights, session.texts)  # which does not keep what the file says of itself
    raise Problem(f"未知 backend {backend!r}。", f"backend {backend!r} is neither onnxruntime nor openvino.")


def _shape(shape: Sequence[object]) -> tuple[int | None, ...]:
    return tuple(side if isinstance(side, int) else None for side in shape)


def _dtype(text: str) -> str:
    """tensor(float) -> float32."""
    inner = text.removeprefix("tensor(").removesuffix(")")
    return {"float": "float32", "double": "float64"}.get(inner, inner)
