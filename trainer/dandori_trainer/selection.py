"""Feature selection on whole features: a one-hot feature stays or goes with all its columns."""

from __future__ import annotations

import numpy as np

from .spec import TrainingSpec

MIN_CORRELATION = 0.02
"""Without `max_features`: what correlates less with the target is dropped."""
IMPORTANCE_KEPT = 0.95
"""Without `max_features`: the most important features that together hold this share of the importance."""


def select_features(spec: TrainingSpec, matrix: np.ndarray, y: np.ndarray, column_feature: np.ndarray) -> np.ndarray:
    """Sorted places in `spec.candidates` of the features to keep, at least one."""
    by_correlation = spec.preprocessing.selection_method == "correlation"
    columns = _correlations(spec, matrix, y) if by_correlation else _importances(spec, matrix, y)
    scores = np.zeros(len(spec.candidates))
    if by_correlation:
        np.maximum.at(scores, column_feature, columns)
    else:
        np.add.at(scores, column_feature, columns)
    order = np.argsort(-scores, kind="stable")
    if spec.preprocessing.max_features is not None:
        count = spec.preprocessing.max_features
    elif by_correlation:
        count = int((scores >= MIN_CORRELATION).sum())
    else:
        count = int(np.searchsorted(np.cumsum(scores[order]), IMPORTANCE_KEPT * scores.sum())) + 1
    return np.sort(order[: max(1, count)])


def _correlations(spec: TrainingSpec, matrix: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Largest absolute Pearson correlation of each column with the target, or with any class's indicator."""
    targets = np.eye(len(spec.classes))[y] if spec.is_classification else y[:, None].astype(np.float64)
    targets = targets - targets.mean(axis=0)
    best = np.zeros(matrix.shape[1])
    for index in range(matrix.shape[1]):
        column = matrix[:, index].astype(np.float64)
        column = column - column.mean()
        norm = np.sqrt((column**2).sum() * (targets**2).sum(axis=0))
        best[index] = np.divide(np.abs(column @ targets), norm, out=np.zeros_like(norm), where=norm > 0).max()
    return best


def _importances(spec: TrainingSpec, matrix: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Impurity importance of each column in a small random forest."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestClassifier if spec.is_classification else RandomForestRegressor
    forest = kind(n_estimators=50, max_depth=8, min_samples_leaf=5, max_features="sqrt", random_state=spec.seed)
    return forest.fit(matrix, y).feature_importances_
