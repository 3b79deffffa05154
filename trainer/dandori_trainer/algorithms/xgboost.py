"""Gradient boosted trees (XGBoost)."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto

from dandori_trainer.errors import TrainerError
from dandori_trainer.preprocessing_graph import FEATURES

from .conversion import rename_outputs
from .settings import FitSettings

NAMES = {"num_round": "n_estimators", "eta": "learning_rate", "lambda": "reg_lambda", "alpha": "reg_alpha"}
CONVERTER_OPSET = 15
"""The highest that onnxmltools knows; the operators it writes mean the same in ours."""


def fit(settings: FitSettings, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Any:  # noqa: ANN401
    """Histogram trees on the dense float32 matrix: sums do not depend on the number of threads."""
    try:
        from xgboost import XGBClassifier, XGBRegressor
    except ImportError as error:
        raise TrainerError(f"XGBoost cannot be loaded ({error}).", _how_to_load()) from None
    options = {NAMES.get(name, name): value for name, value in settings.hyperparameters.items()}
    options |= {"random_state": settings.seed, "n_jobs": settings.threads, "tree_method": "hist", "verbosity": 0}
    estimator = XGBClassifier(**options) if settings.classification else XGBRegressor(**options)
    return estimator.fit(X, y, sample_weight=weights)


def to_onnx(estimator: Any, classification: bool, width: int) -> ModelProto:  # noqa: ANN401
    """By onnxmltools; every leaf goes through onnxruntime's tree ensemble operator."""
    from onnxmltools.convert import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    model = convert_xgboost(
        estimator, initial_types=[(FEATURES, FloatTensorType([None, width]))], target_opset=CONVERTER_OPSET
    )
    return rename_outputs(model, classification)


def _how_to_load() -> str:
    return "on macOS run `brew install libomp`; elsewhere rebuild the trainer's environment."
