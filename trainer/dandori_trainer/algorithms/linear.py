"""Logistic and linear regression (scikit-learn)."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto

from .conversion import convert_with_skl2onnx
from .settings import FitSettings


def fit(settings: FitSettings, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Any:  # noqa: ANN401
    """L2-penalised in both cases; an `alpha` of 0 is ordinary least squares."""
    from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

    if settings.classification:
        return LogisticRegression(**settings.hyperparameters, random_state=settings.seed).fit(
            X.astype(np.float64), y, sample_weight=weights
        )
    if settings.hyperparameters["alpha"] == 0:
        return LinearRegression(fit_intercept=settings.hyperparameters["fit_intercept"]).fit(X.astype(np.float64), y)
    return Ridge(**settings.hyperparameters, random_state=settings.seed).fit(X.astype(np.float64), y)


def to_onnx(estimator: Any, classification: bool, width: int) -> ModelProto:  # noqa: ANN401
    return convert_with_skl2onnx(estimator, classification, width)
