"""Helpers for a data scientist's own training script; using them is a convenience, not a rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .algorithms.conversion import convert_with_skl2onnx
from .catalogue import algorithms
from .data import Dataset, read_channel
from .export import Artefact, merge, write_atomically
from .metrics import score
from .model import Prepared, prepare
from .paths import read_json_object
from .progress import Progress
from .signature import make_signature
from .spec import TrainingSpec, parse_spec

__all__ = [
    "Progress",
    "load_channel",
    "load_spec",
    "prepare",
    "score",
    "write_model",
    "write_report",
    "write_signature",
]


def load_spec(channel: str) -> TrainingSpec:
    """The spec of the `spec` channel; which of Dandori's algorithms it names does not matter to a script."""
    value = read_json_object(Path(channel) / "training_spec.json")
    suiting = [name for name, entry in algorithms().items() if value.get("task_type") in entry["task_types"]]
    return parse_spec({**value, "algorithms": suiting[:1], "hyperparameters": {}})


def load_channel(channel: str, spec: TrainingSpec) -> Dataset:
    """Rows of a channel: `.frame.dense` with NaN, `.frame.categorical` with '', and `.y`."""
    return read_channel(Path(channel), spec)


def write_model(folder: str, prepared: Prepared, estimator: Any) -> Artefact:  # noqa: ANN401
    """`model.onnx` of an estimator that was fitted on `prepared.matrix` and that skl2onnx can convert."""
    spec = prepared.preprocessing.spec
    converted = convert_with_skl2onnx(estimator, spec.is_classification, prepared.preprocessing.width)
    artefact = merge(prepared.preprocessing, converted)
    write_atomically(Path(folder) / "model.onnx", artefact.content)
    return artefact


def write_signature(folder: str, spec: TrainingSpec, train: Dataset, *, probabilities: bool = True) -> None:
    """`signature.json` for a model that takes the tensors `numeric` and `categorical` as `load_channel` gives them.

    With an `inference.py` of your own it says which fields a row has; `probabilities=False` where the model gives none.
    """
    signature = make_signature(spec, train.frame)
    if not probabilities:
        signature["outputs"].pop("probabilities", None)
    _write(folder, "signature.json", signature)


def write_report(folder: str, spec: TrainingSpec, algorithm: str, **measured: object) -> None:
    """`training_report.json`; `measured` are `hyperparameters=`, `validation_metrics=` and other fields of it."""
    head = {"format": 1, "training_id": spec.training_id, "algorithm": algorithm, "hyperparameters": {}}
    _write(folder, "training_report.json", {**head, "seed": spec.seed, **measured})


def _write(folder: str, name: str, value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(Path(folder) / name, (text + "\n").encode())
