"""Random forest (scikit-learn)."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, helper

from .settings import FitSettings
from .tree_ensemble import Tree, ensemble_node, tree_model


def fit(settings: FitSettings, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Any:  # noqa: ANN401
    """Every tree has its own seed, so the forest does not depend on `threads`."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    options = dict(settings.hyperparameters)
    share = options["max_features"] or ("sqrt" if settings.classification else "third")
    options["max_features"] = {"third": 1 / 3, "all": None}.get(share, share)
    options["max_samples"] = None if options["max_samples"] == 1 else options["max_samples"]
    kind = RandomForestClassifier if settings.classification else RandomForestRegressor
    forest = kind(**options, random_state=settings.seed, n_jobs=settings.threads).fit(X, y, sample_weight=weights)
    # Threads add up predictions in the order in which they finish: the last digits would change from run to run.
    return forest.set_params(n_jobs=1)


def to_onnx(estimator: Any, classification: bool, width: int) -> ModelProto:  # noqa: ANN401
    """Sums the trees first and divides once, so that whole votes stay exact."""
    trees = [_tree(member.tree_, classification) for member in estimator.estimators_]
    outputs = trees[0].value.shape[1]
    nodes = [
        ensemble_node(trees, np.zeros(outputs), "votes"),
        helper.make_node("Div", ["votes", "trees_count"], ["probabilities" if classification else "prediction"]),
    ]
    constants = {"trees_count": np.array(len(trees), dtype=np.float32)}
    return tree_model(nodes, constants, outputs if classification else 0, width)


def _tree(tree: Any, classification: bool) -> Tree:  # noqa: ANN401
    value = tree.value[:, 0, :]
    if classification:
        value = value / value.sum(axis=1, keepdims=True)
    leaf = tree.children_left == -1
    return Tree(tree.feature, tree.threshold, tree.children_left, tree.children_right, leaf, value)
