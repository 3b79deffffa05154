"""Logistic and linear regression (scikit-learn)."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto

from .conversion import convert_with_skl2onnx
from .settings import FitSettings

DEPENDENT = 1e-5
"""Share of the largest singular value (of columns of equal spread) below which a direction is float32's rounding."""


def fit(settings: FitSettings, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Any:  # noqa: ANN401
    """L2-penalised in both cases; an `alpha` of 0 is ordinary least squares."""
    from sklearn.linear_model import LogisticRegression, Ridge

    if settings.classification:
        return LogisticRegression(**settings.hyperparameters, random_state=settings.seed).fit(
            X.astype(np.float64), y, sample_weight=weights
        )
    if settings.hyperparameters["alpha"] == 0:
        return _least_squares(X.astype(np.float64), y, settings.hyperparameters["fit_intercept"])
    return Ridge(**settings.hyperparameters, random_state=settings.seed).fit(X.astype(np.float64), y)


def _least_squares(X: np.ndarray, y: np.ndarray, fit_intercept: bool) -> Any:  # noqa: ANN401
    """Of equally good solutions the one of least norm.

    A column that follows from others (a sum of them, say) does so only within float32's rounding. Fitting that rounding
    would give huge weights that cancel each other here and not in the served model.
    """
    from sklearn.linear_model import LinearRegression

    centre, level = (X.mean(axis=0), y.mean()) if fit_intercept else (np.zeros(X.shape[1]), 0.0)
    X = X - centre
    spread = np.sqrt((X**2).mean(axis=0))
    spread = np.where(spread > 0, spread, 1.0)
    estimator = LinearRegression(fit_intercept=fit_intercept)
    estimator.n_features_in_ = X.shape[1]
    estimator.coef_ = np.linalg.lstsq(X / spread, y - level, rcond=DEPENDENT)[0] / spread
    estimator.intercept_ = float(level - centre @ estimator.coef_)
    return estimator


def to_onnx(estimator: Any, classification: bool, width: int) -> ModelProto:  # noqa: ANN401
    return convert_with_skl2onnx(estimator, classification, width)
