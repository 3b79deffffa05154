"""Categories to numbers: every encoding is a table with a row a category and a last row for what was never seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAX_ONEHOT_COLUMNS = 64
"""Of a column with more categories the most frequent get a column each, the others share one with the unseen."""


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


def encode_target(
    columns: list[np.ndarray], fills: tuple[str, ...], y: np.ndarray, seed: int, classification: bool
) -> Encoded:
    """Smoothed mean of the target (a column a class beyond two), cross-fitted for the training rows (scikit-learn)."""
    if not columns:
        return Encoded([], None)
    from sklearn.preprocessing import TargetEncoder

    if classification and y.min() == y.max():
        return encode_label(columns, fills)  # one class: nothing will be fitted on these rows
    known = [np.unique(values.astype(str), return_inverse=True) for values in columns]
    codes = np.column_stack([inverse for _, inverse in known]).astype(np.float64)
    kind, largest = "continuous", len(y)
    if classification:
        present, y, counts = np.unique(y, return_inverse=True, return_counts=True)
        kind, largest = ("binary" if len(present) == 2 else "multiclass"), int(counts.max())
    encoder = TargetEncoder(target_type=kind, cv=max(2, min(5, largest)), shuffle=True, random_state=seed)
    values = np.asarray(encoder.fit_transform(codes, y), dtype=np.float64)
    width = values.shape[1] // len(columns)
    unseen = np.ravel(encoder.target_mean_)
    tables = []
    for index, ((categories, _), fill) in enumerate(zip(known, fills, strict=True)):
        means = np.column_stack(encoder.encodings_[index * width : (index + 1) * width])
        tables.append(_table(categories, np.vstack([means, unseen[None, :]]), fill))
    return Encoded(tables, [values[:, i * width : (i + 1) * width] for i in range(len(columns))])


def _table(categories: np.ndarray, table: np.ndarray, fill: str) -> CategoryTable:
    names = tuple(categories.tolist())
    return CategoryTable(names, table, names.index(fill) if fill in names else len(names))
