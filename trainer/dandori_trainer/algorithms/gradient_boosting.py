"""Gradient boosted trees on binned columns (scikit-learn, HistGradientBoosting)."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, helper

from .settings import FitSettings
from .tree_ensemble import Tree, ensemble_node, tree_model

MANY_ROWS = 200_000
"""Below, starting threads for every histogram costs more than it saves (measured: one thread is up to 5x faster)."""


def fit(settings: FitSettings, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Any:  # noqa: ANN401
    """All rounds are run: how many is the request's choice, not early stopping's."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    options = dict(settings.hyperparameters)
    options["max_iter"] = options.pop("n_estimators")
    kind = HistGradientBoostingClassifier if settings.classification else HistGradientBoostingRegressor
    estimator = kind(**options, early_stopping=False, random_state=settings.seed)
    if len(X) < MANY_ROWS or settings.threads == 1:
        return estimator.fit(X, y, sample_weight=weights)
    with threadpool_limits(limits=settings.threads, user_api="openmp"):
        return estimator.fit(X, y, sample_weight=weights)


def to_onnx(estimator: Any, classification: bool, width: int) -> ModelProto:  # noqa: ANN401
    """Raw scores by the tree ensemble operator, then the link function."""
    base = np.ravel(estimator._baseline_prediction)
    trees = [
        _tree(member.nodes, output, len(base))
        for round_trees in estimator._predictors
        for output, member in enumerate(round_trees)
    ]
    if not classification:
        return tree_model([ensemble_node(trees, base, "prediction")], {}, 0, width)
    nodes = [ensemble_node(trees, base, "scores")]
    if len(base) > 1:
        nodes.append(helper.make_node("Softmax", ["scores"], ["probabilities"], name="link", axis=1))
        return tree_model(nodes, {}, len(base), width)
    nodes += [
        helper.make_node("Sigmoid", ["scores"], ["second"], name="link"),
        helper.make_node("Sub", ["one", "second"], ["first"], name="complement"),
        helper.make_node("Concat", ["first", "second"], ["probabilities"], name="both", axis=1),
    ]
    return tree_model(nodes, {"one": np.array(1.0, dtype=np.float32)}, 2, width)


def _tree(nodes: np.ndarray, output: int, outputs: int) -> Tree:
    value = np.zeros((len(nodes), outputs))
    value[:, output] = nodes["value"]
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(nodes["feature_idx"], nodes["num_threshold"], nodes["left"], nodes["right"], leaf, value)
