"""Multi-layer perceptron (scikit-learn)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from onnx import ModelProto

from .conversion import convert_with_skl2onnx
from .settings import FitSettings

FEWEST_ROWS_TO_HOLD_OUT = 1000
"""A tenth of fewer says too little about when to stop."""
FEWEST_STEPS_A_PASS = 20
SMALLEST_BATCH = 8
HELD_OUT = 0.1
"""Share of the rows; scikit-learn's own."""


def fit(settings: FitSettings, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Any:  # noqa: ANN401
    """Adam; where no rows can be held out, early stopping watches the training loss instead."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    options = dict(settings.hyperparameters)
    options["learning_rate_init"] = options.pop("learning_rate")
    options["batch_size"] = min(options["batch_size"], len(X), max(SMALLEST_BATCH, len(X) // FEWEST_STEPS_A_PASS))
    wanted = options.pop("early_stopping") and _can_hold_out(settings, y)
    in_time = wanted and settings.hold_out == "last"
    options.update(early_stopping=wanted and not in_time, validation_fraction=HELD_OUT, random_state=settings.seed)
    if settings.classification:
        classifier = MLPClassifier(**options)
        if in_time:
            return _fit_in_time(classifier, X, y, weights, classes=np.unique(y))
        return classifier.fit(X, y, sample_weight=weights)
    # Adam's steps have a fixed size: a target in thousands would take thousands of passes, so it is standardised.
    centre, spread = float(y.mean()), float(y.std()) or 1.0
    network, target = MLPRegressor(**options), (y - centre) / spread
    network = _fit_in_time(network, X, target) if in_time else network.fit(X, target)
    network.coefs_[-1] *= spread
    network.intercepts_[-1] *= spread
    network.intercepts_[-1] += centre
    return network


def _rows_before(y: np.ndarray) -> int:
    return len(y) - math.ceil(HELD_OUT * len(y))


def _can_hold_out(settings: FitSettings, y: np.ndarray) -> bool:
    """Enough rows; of each class two, or one before those that are held out in time."""
    if settings.hold_out == "none" or len(y) < FEWEST_ROWS_TO_HOLD_OUT:
        return False
    if not settings.classification:
        return True
    if settings.hold_out == "last":
        return len(np.unique(y[: _rows_before(y)])) == len(np.unique(y))
    return bool(np.bincount(y).min() >= 2)


def _fit_in_time(
    network: Any,  # noqa: ANN401
    X: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray | None = None,
    **classes: np.ndarray,
) -> Any:  # noqa: ANN401
    """Pass after pass on the earlier rows, until scikit-learn's rule of early stopping says so of the last ones."""
    rows = _rows_before(y)
    before, after = (None, None) if weights is None else (weights[:rows], weights[rows:])
    best_score, best, passes_without = -math.inf, (None, None), 0
    for _ in range(network.max_iter):
        network.partial_fit(X[:rows], y[:rows], sample_weight=before, **classes)
        score = network.score(X[rows:], y[rows:], sample_weight=after)
        passes_without = passes_without + 1 if score < best_score + network.tol else 0
        if score > best_score:
            best_score, best = score, ([*map(np.copy, network.coefs_)], [*map(np.copy, network.intercepts_)])
        if passes_without > network.n_iter_no_change:
            break
    network.coefs_, network.intercepts_ = best
    return network


def to_onnx(estimator: Any, classification: bool, width: int) -> ModelProto:  # noqa: ANN401
    return convert_with_skl2onnx(estimator, classification, width)
