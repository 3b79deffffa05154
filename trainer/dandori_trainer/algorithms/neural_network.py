"""Multi-layer perceptron (scikit-learn)."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto

from .conversion import convert_with_skl2onnx
from .settings import FitSettings

FEWEST_ROWS_TO_HOLD_OUT = 1000
"""A tenth of fewer says too little about when to stop."""
FEWEST_STEPS_A_PASS = 20
SMALLEST_BATCH = 8


def fit(settings: FitSettings, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Any:  # noqa: ANN401
    """Adam; on few rows, or with a class of fewer than two, early stopping watches the training loss instead."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    options = dict(settings.hyperparameters)
    options["learning_rate_init"] = options.pop("learning_rate")
    options["batch_size"] = min(options["batch_size"], len(X), max(SMALLEST_BATCH, len(X) // FEWEST_STEPS_A_PASS))
    can_hold_out = len(X) >= FEWEST_ROWS_TO_HOLD_OUT and (not settings.classification or np.bincount(y).min() >= 2)
    options["early_stopping"] = options["early_stopping"] and can_hold_out
    if settings.classification:
        return MLPClassifier(**options, random_state=settings.seed).fit(X, y, sample_weight=weights)
    # Adam's steps have a fixed size: a target in thousands would take thousands of passes, so it is standardised.
    centre, spread = float(y.mean()), float(y.std()) or 1.0
    network = MLPRegressor(**options, random_state=settings.seed).fit(X, (y - centre) / spread)
    network.coefs_[-1] *= spread
    network.intercepts_[-1] *= spread
    network.intercepts_[-1] += centre
    return network


def to_onnx(estimator: Any, classification: bool, width: int) -> ModelProto:  # noqa: ANN401
    return convert_with_skl2onnx(estimator, classification, width)
