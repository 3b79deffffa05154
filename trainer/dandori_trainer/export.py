"""The artefact: preprocessing and estimator in one ONNX file, its signature, and proof that it answers the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper

from .algorithms import family
from .data import Dataset, Frame
from .errors import TrainerError
from .model import FittedModel
from .preprocessing import FittedPreprocessing
from .preprocessing_graph import FEATURES, feed, make_model, open_session
from .spec import TrainingSpec

OUTPUT_NAMES = ("label", "probabilities", "prediction")
LARGEST_MODEL_BYTES = 2**31 - 1
TIE = 1e-5
"""Two classes whose probabilities differ by less are equal to what float32 can tell."""
LARGEST_RELATIVE_DIFFERENCE = 1e-3
"""Of a prediction to the spread of the predictions: beyond float32's rounding, so something is wrong."""


@dataclass(frozen=True)
class Artefact:
    """The exported model in the runtime that will serve it."""

    content: bytes
    session: Any

    def predict(self, frame: Frame) -> np.ndarray:
        """float32 probabilities [rows, classes] or values [rows]."""
        names = [output.name for output in self.session.get_outputs()]
        name = "probabilities" if "probabilities" in names else "prediction"
        found = self.session.run([name], feed(frame))[0]
        return found if name == "probabilities" else found[:, 0]

    def labels(self, frame: Frame) -> np.ndarray:
        """int64 class ids [rows]."""
        return self.session.run(["label"], feed(frame))[0]


def export_model(model: FittedModel) -> Artefact:
    """The model as one graph; the same fit gives the same bytes."""
    width = model.preprocessing.width
    estimator = family(model.algorithm).to_onnx(model.estimator, model.spec.is_classification, width)
    return merge(model.preprocessing, estimator)


def merge(preprocessing: FittedPreprocessing, estimator: ModelProto) -> Artefact:
    """One graph of both halves: the estimator takes `features` and gives the contract's outputs."""
    spec, graph = preprocessing.spec, preprocessing.graph
    _prefix_names(estimator)
    outputs = _outputs(spec)
    nodes, initializers = [*graph.nodes, *estimator.graph.node], [*graph.initializers, *estimator.graph.initializer]
    merged = make_model(helper.make_graph(nodes, "dandori", graph.inputs, outputs, initializers))
    if merged.ByteSize() > LARGEST_MODEL_BYTES:
        raise TrainerError(
            f"The model is {merged.ByteSize() / 2**20:.0f} MB; an ONNX file holds 2048 MB.",
            "ask for fewer or shallower trees (n_estimators, max_depth, min_samples_leaf).",
            ja=f"モデルが {merged.ByteSize() / 2**20:.0f} MB あり、ONNXファイルの上限 2048 MB を超えます。"
            "木を減らすか浅くしてください（n_estimators、max_depth、min_samples_leaf）。",
        )
    content = merged.SerializeToString(deterministic=True)
    return Artefact(content, open_session(content))


def check_agreement(model: FittedModel, artefact: Artefact, data: Dataset) -> dict[str, float]:
    """Estimator against artefact row by row; raises `TrainerError` where they disagree beyond float32's rounding."""
    expected = model.predict(model.preprocessing.transform(data.frame))
    found = artefact.predict(data.frame)
    largest = float(np.abs(expected - found).max())
    if model.spec.is_classification:
        labels, rows = artefact.labels(data.frame), np.arange(data.rows)
        margin = expected.max(axis=1) - expected[rows, labels]
        ties = int(((labels != expected.argmax(axis=1)) & (margin <= TIE)).sum())
        mismatches = int((margin > TIE).sum())
        allowed = LARGEST_RELATIVE_DIFFERENCE
    else:
        mismatches, ties = 0, 0
        allowed = LARGEST_RELATIVE_DIFFERENCE * max(float(np.abs(expected).max()), 1e-6)
    if mismatches or not largest <= allowed:
        raise TrainerError(
            f"The exported {model.algorithm} model disagrees with its estimator: {mismatches} of {data.rows} labels, "
            f"largest difference {largest:.3g}.",
            "choose another algorithm and report this as a defect of the trainer.",
            ja=f"書き出した {model.algorithm} のモデルの予測が、学習したモデルと一致しません"
            f"（{data.rows} 件中 {mismatches} 件、最大の差 {largest:.3g}）。"
            "別のアルゴリズムを選び、不具合として報告してください。",
        )
    return {
        "rows": data.rows,
        "label_mismatches": mismatches,
        "ties": ties,
        "max_abs_difference": largest,
    }


def write_atomically(path: Path, content: bytes) -> None:
    """A reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.partial")
    aside.write_bytes(content)
    aside.replace(path)


def _prefix_names(estimator: ModelProto) -> None:
    """Names of the estimator begin with `est_`, but for its input and outputs."""
    kept = {FEATURES, "", *OUTPUT_NAMES}

    def renamed(name: str) -> str:
        return name if name in kept else f"est_{name}"

    for index, node in enumerate(estimator.graph.node):
        node.name = f"est_node_{index}_{node.op_type}"
        node.input[:] = [renamed(name) for name in node.input]
        node.output[:] = [renamed(name) for name in node.output]
    for tensor in estimator.graph.initializer:
        tensor.name = renamed(tensor.name)


def _outputs(spec: TrainingSpec) -> list[Any]:
    if not spec.is_classification:
        return [helper.make_tensor_value_info("prediction", TensorProto.FLOAT, ["rows", 1])]
    return [
        helper.make_tensor_value_info("label", TensorProto.INT64, ["rows"]),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", len(spec.classes)]),
    ]
