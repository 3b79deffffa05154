"""Categories to numbers: every encoding is a table with a row a category and a last row for what was never seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .spec import TrainingSpec

MAX_ONEHOT_COLUMNS = 64
"""Of a column with more categories the most frequent get a column each, the others share one with the unseen."""
TARGET_FOLDS = 5


@dataclass(frozen=True)
class CategoryTable:
    """`categories` in order of their rows; `table` float32 [categories + 1, width]; `missing_row` is what '' means."""

    categories: tuple[str, ...]
    table: np.ndarray
    missing_row: int

    @property
    def width(self) -> int:
        return self.table.shape[1]


@dataclass(frozen=True)
class Encoded:
    """Unscaled tables; for target encoding also the cross-fitted training values, float64 [rows, width] a column."""

    tables: list[CategoryTable]
    cross_fitted: list[np.ndarray] | None


def encode_onehot(columns: list[np.ndarray], fills: tuple[str, ...]) -> Encoded:
    """A column a category; all zeros for the unseen, unless rare categories made a shared column."""
    tables = []
    for values, fill in zip(columns, fills, strict=True):
        categories, counts = np.unique(values.astype(str), return_counts=True)
        order = np.argsort(-counts, kind="stable")[:MAX_ONEHOT_COLUMNS]
        shown = np.sort(order)
        rare = len(categories) > MAX_ONEHOT_COLUMNS
        table = np.zeros((len(categories) + 1, len(shown) + int(rare)), dtype=np.float32)
        if rare:
            table[:, -1] = 1.0
            table[shown, -1] = 0.0
        table[shown, np.arange(len(shown))] = 1.0
        tables.append(_table(categories, table, fill))
    return Encoded(tables, None)


def encode_label(columns: list[np.ndarray], fills: tuple[str, ...]) -> Encoded:
    """The place in sorted order; -1 for the unseen."""
    tables = []
    for values, fill in zip(columns, fills, strict=True):
        categories = np.unique(values.astype(str))
        codes = np.append(np.arange(len(categories)), -1).astype(np.float32)
        tables.append(_table(categories, codes[:, None], fill))
    return Encoded(tables, None)


def encode_target(spec: TrainingSpec, columns: list[np.ndarray], fills: tuple[str, ...], y: np.ndarray) -> Encoded:
    """Smoothed mean of the target (a column a class beyond two), cross-fitted for the training rows (scikit-learn)."""
    if not columns:
        return Encoded([], None)
    from sklearn.preprocessing import TargetEncoder

    if spec.is_classification and y.min() == y.max():
        return encode_label(columns, fills)  # one class: nothing will be fitted on these rows
    known = [np.unique(values.astype(str), return_inverse=True) for values in columns]
    codes = np.column_stack([inverse for _, inverse in known]).astype(np.float64)
    kind, largest = "continuous", len(y)
    if spec.is_classification:
        present, y, counts = np.unique(y, return_inverse=True, return_counts=True)
        kind, largest = ("binary" if len(present) == 2 else "multiclass"), int(counts.max())
    encoder = TargetEncoder(target_type=kind, cv=max(2, min(TARGET_FOLDS, largest)), random_state=spec.seed)
    values = np.asarray(encoder.fit_transform(codes, y), dtype=np.float64)
    width = values.shape[1] // len(columns)
    if spec.time_ordered:
        values = _encode_in_time(codes, y if kind != "multiclass" else np.eye(len(present))[y])
    unseen = np.ravel(encoder.target_mean_)
    tables = []
    for index, ((categories, _), fill) in enumerate(zip(known, fills, strict=True)):
        means = np.column_stack(encoder.encodings_[index * width : (index + 1) * width])
        tables.append(_table(categories, np.vstack([means, unseen[None, :]]), fill))
    return Encoded(tables, [values[:, i * width : (i + 1) * width] for i in range(len(columns))])


def _encode_in_time(codes: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The training values of `encode_target`, float64 [rows, columns * targets], each learnt from earlier rows only.

    The first rows have no earlier ones: they get their own overall mean, which tells nothing about a category.
    """
    from sklearn.model_selection import TimeSeriesSplit
    from sklearn.preprocessing import TargetEncoder

    targets = y.reshape(len(y), -1).astype(np.float64)
    folds = list(TimeSeriesSplit(n_splits=max(2, min(TARGET_FOLDS, len(y) - 1))).split(codes))
    first = folds[0][0]
    values = np.empty((len(y), codes.shape[1], targets.shape[1]))
    for index, target in enumerate(targets.T):
        values[first, :, index] = target[first].mean()
        for earlier, later in folds:
            encoder = TargetEncoder(target_type="continuous").fit(codes[earlier], target[earlier])
            values[later, :, index] = encoder.transform(codes[later])
    return values.reshape(len(y), -1)


def _table(categories: np.ndarray, table: np.ndarray, fill: str) -> CategoryTable:
    names = tuple(categories.tolist())
    return CategoryTable(names, table, names.index(fill) if fill in names else len(names))
