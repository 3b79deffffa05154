"""Algorithm families: a module each, found by the name in `algorithms.json`; imported when used."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

import numpy as np
from onnx import ModelProto

from .settings import FitSettings

MODULES = {
    "logistic_regression": "linear",
    "linear_regression": "linear",
    "random_forest": "random_forest",
    "xgboost": "xgboost",
    "gradient_boosting": "gradient_boosting",
    "neural_network": "neural_network",
}


class Family(Protocol):
    """What a module of this package offers."""

    def fit(self, settings: FitSettings, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Any:  # noqa: ANN401
        """An estimator with scikit-learn's `predict` and `predict_proba`; class ids are 0..k-1, all present."""

    def to_onnx(self, estimator: Any, classification: bool, width: int) -> ModelProto:  # noqa: ANN401
        """Input `features` float32 [rows, width]; output `probabilities` and `label`, or `prediction` [rows, 1]."""


def family(algorithm: str) -> Family:
    """The module of an algorithm."""
    return import_module(f".{MODULES[algorithm]}", __package__)
