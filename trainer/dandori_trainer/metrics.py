"""Metrics under the names of the request; what is undefined is left out, never written as a number."""

from __future__ import annotations

import math

import numpy as np

from .spec import ERROR_METRICS, TrainingSpec


def score(spec: TrainingSpec, y: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """All metrics of the task: `predicted` is probabilities [rows, classes] or values [rows]."""
    found = _classification(spec, y, predicted) if spec.is_classification else _regression(y, predicted)
    return {name: float(value) for name, value in found.items() if value is not None and math.isfinite(value)}


def better(metric: str, first: float, second: float) -> bool:
    """Whether `first` beats `second`; error metrics are minimised."""
    return first < second if metric in ERROR_METRICS else first > second


def _classification(spec: TrainingSpec, y: np.ndarray, probabilities: np.ndarray) -> dict[str, float | None]:
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    labels = probabilities.argmax(axis=1)
    binary = len(spec.classes) == 2
    options = {"average": "binary", "pos_label": spec.positive_id} if binary else {"average": "weighted"}
    precision, recall, f1_score, _ = precision_recall_fscore_support(y, labels, zero_division=0, **options)
    return {
        "accuracy": accuracy_score(y, labels),
        "precision": precision,
        "recall": recall,
        "f1_score": f1_score,
        "auc_roc": _auc(spec, y, probabilities),
    }


def _auc(spec: TrainingSpec, y: np.ndarray, probabilities: np.ndarray) -> float | None:
    """Of the positive class, or one against the rest weighted by the classes' rows; None with one class present."""
    from sklearn.metrics import roc_auc_score

    present, counts = np.unique(y, return_counts=True)
    if len(present) < 2:
        return None
    if len(spec.classes) == 2:
        return roc_auc_score(y == spec.positive_id, probabilities[:, spec.positive_id])
    areas = [roc_auc_score(y == label, probabilities[:, label]) for label in present]
    return np.average(areas, weights=counts)


def _regression(y: np.ndarray, predicted: np.ndarray) -> dict[str, float | None]:
    from sklearn.metrics import mean_absolute_error, mean_absolute_percentage_error, mean_squared_error, r2_score

    return {
        "rmse": math.sqrt(mean_squared_error(y, predicted)),
        "mae": mean_absolute_error(y, predicted),
        "r2": r2_score(y, predicted) if len(y) > 1 else None,
        "mape": mean_absolute_percentage_error(y, predicted),
    }
