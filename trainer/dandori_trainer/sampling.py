"""Class imbalance: rows are sampled here, on training rows only, before encoding; nothing of it is exported."""

from __future__ import annotations

import numpy as np

from .data import Dataset, Frame
from .spec import TrainingSpec

MAX_NEIGHBOURS = 5


def class_ratio(y: np.ndarray) -> float:
    """Rows of the rarest class present over all rows."""
    return float(np.unique(y, return_counts=True)[1].min() / len(y))


def sample(spec: TrainingSpec, train: Dataset) -> Dataset:
    """Balanced rows, from rows without missing values; the same rows where nothing is to be done."""
    if spec.imbalance == "undersample":
        return train.take(_undersample(train.y, spec.seed))
    if spec.imbalance == "smote":
        return _smote(spec, train)
    return train


def sample_weights(spec: TrainingSpec, y: np.ndarray) -> np.ndarray | None:
    """A weight a row so that all classes present weigh the same; None without `class_weight`."""
    if spec.imbalance != "class_weight":
        return None
    _, inverse, counts = np.unique(y, return_inverse=True, return_counts=True)
    return (len(y) / (len(counts) * counts))[inverse]


def _undersample(y: np.ndarray, seed: int) -> np.ndarray:
    """Indices, in order, of as many rows of each class as the rarest has."""
    random = np.random.default_rng(seed)
    classes, counts = np.unique(y, return_counts=True)
    kept = [random.choice(np.flatnonzero(y == label), counts.min(), replace=False) for label in classes]
    return np.sort(np.concatenate(kept))


def _smote(spec: TrainingSpec, train: Dataset) -> Dataset:
    """SMOTE, SMOTENC or SMOTEN by the kinds of columns; a class of one row has no neighbour and is repeated instead."""
    train = _repeat_single_rows(train)
    counts = np.unique(train.y, return_counts=True)[1]
    if counts.min() == counts.max():
        return train
    is_dense = np.array([feature.kind == "numeric" for feature in spec.dense_features], dtype=bool)
    codes = [np.unique(train.frame.categorical[:, j].astype(str), return_inverse=True) for j in range(_width(train))]
    # Neighbours are sought on standardised columns, so that no unit of measure decides who is near.
    numeric = train.frame.dense[:, is_dense].astype(np.float64)
    centre, spread = numeric.mean(axis=0), numeric.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    discrete = [train.frame.dense[:, ~is_dense].astype(np.float64), *(code[:, None] for _, code in codes)]
    matrix = np.hstack([(numeric - centre) / spread, *discrete])
    balanced, y = _sampler(spec, numeric.shape[1], matrix.shape[1], int(counts.min())).fit_resample(matrix, train.y)
    dense = np.empty((len(y), len(is_dense)), dtype=np.float32)
    dense[:, is_dense] = balanced[:, : numeric.shape[1]] * spread + centre
    booleans = int((~is_dense).sum())
    dense[:, ~is_dense] = balanced[:, numeric.shape[1] : numeric.shape[1] + booleans]
    dense[: train.rows] = train.frame.dense
    categorical = np.empty((len(y), len(codes)), dtype=object)
    for index, (names, _) in enumerate(codes):
        column = balanced[:, numeric.shape[1] + booleans + index].astype(np.int64)
        categorical[:, index] = names.astype(object)[column]
    return Dataset(Frame(dense, categorical), y.astype(np.int64))


def _width(train: Dataset) -> int:
    return train.frame.categorical.shape[1]


def _repeat_single_rows(train: Dataset) -> Dataset:
    classes, counts = np.unique(train.y, return_counts=True)
    single = np.flatnonzero(np.isin(train.y, classes[counts == 1]))
    return train.take(np.concatenate([np.arange(train.rows), single])) if len(single) else train


def _sampler(spec: TrainingSpec, numeric: int, width: int, rarest: int) -> object:
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    options = {"k_neighbors": min(MAX_NEIGHBOURS, rarest - 1), "random_state": spec.seed}
    if numeric == width:
        return SMOTE(**options)
    if numeric == 0:
        return SMOTEN(**options)
    return SMOTENC(categorical_features=list(range(numeric, width)), **options)
