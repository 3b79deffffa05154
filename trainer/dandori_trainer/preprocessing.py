"""The fitted preprocessing: one ONNX graph, and the float32 matrix that estimators are fitted on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from .data import Dataset, Frame
from .encoding import CategoryTable, Encoded, encode_label, encode_onehot, encode_target
from .generation import generate
from .imputation import Imputation
from .preprocessing_graph import PreprocessingGraph, build_graph, run_graph
from .selection import select_features
from .spec import TrainingSpec


@dataclass(frozen=True)
class FittedPreprocessing:
    """Everything learnt from training rows; `column_feature` is each output column's place in `spec.candidates`."""

    spec: TrainingSpec
    imputation: Imputation
    offset: np.ndarray
    scale: np.ndarray
    tables: tuple[CategoryTable, ...]
    column_feature: np.ndarray
    selected_columns: np.ndarray | None = None
    selected_features: tuple[str, ...] = field(default=())

    @property
    def width(self) -> int:
        """Number of columns that the estimator gets."""
        return len(self.column_feature) if self.selected_columns is None else len(self.selected_columns)

    @cached_property
    def graph(self) -> PreprocessingGraph:
        """The graph that is exported; a session for it is made once."""
        return build_graph(self)

    def transform(self, frame: Frame) -> np.ndarray:
        """float32 [rows, width] from the exported graph in onnxruntime: what the estimator sees in service."""
        return run_graph(self.graph, frame)


def fit_preprocessing(
    spec: TrainingSpec, imputation: Imputation, train: Dataset
) -> tuple[FittedPreprocessing, np.ndarray]:
    """Fits encoding, scaling and selection on rows without missing values; returns it with their float32 matrix.

    The matrix is the graph's own output, except for target encoding, whose training values are cross-fitted.
    """
    dense = np.hstack([train.frame.dense.astype(np.float64), generate(spec, train.frame.dense)])
    offset, scale = _scaling(spec.preprocessing.normalize, dense)
    for column, feature in enumerate(spec.dense_features):
        if feature.kind == "boolean":
            offset[column], scale[column] = 0.0, 1.0
    encoded = _encode(spec, imputation, train)
    tables, cross_fitted = _scale_tables(spec, encoded, train.frame)
    fitted = FittedPreprocessing(
        spec=spec,
        imputation=imputation,
        offset=offset.astype(np.float32),
        scale=scale.astype(np.float32),
        tables=tuple(tables),
        column_feature=_column_features(spec, tables),
        selected_features=spec.candidates,
    )
    matrix = fitted.transform(train.frame)
    if cross_fitted is not None:
        matrix[:, dense.shape[1] :] = cross_fitted
    if spec.preprocessing.selection_method == "none":
        return fitted, matrix
    chosen = select_features(spec, matrix, train.y, fitted.column_feature)
    columns = np.flatnonzero(np.isin(fitted.column_feature, chosen))
    names = tuple(spec.candidates[index] for index in chosen)
    return replace(fitted, selected_columns=columns, selected_features=names), np.ascontiguousarray(matrix[:, columns])


def _encode(spec: TrainingSpec, imputation: Imputation, train: Dataset) -> Encoded:
    columns = [train.frame.categorical[:, j] for j in range(len(spec.categorical_features))]
    fills = imputation.categorical_fill
    if spec.preprocessing.encode_categorical == "onehot":
        return encode_onehot(columns, fills)
    if spec.preprocessing.encode_categorical == "label":
        return encode_label(columns, fills)
    return encode_target(spec, columns, fills, train.y)


def _scale_tables(spec: TrainingSpec, encoded: Encoded, frame: Frame) -> tuple[list[CategoryTable], np.ndarray | None]:
    """Folds the scaling of label and target codes into their tables; one-hot columns stay 0 and 1."""
    if spec.preprocessing.encode_categorical == "onehot" or not encoded.tables:
        return encoded.tables, None
    tables, matrices = [], []
    for index, entry in enumerate(encoded.tables):
        if encoded.cross_fitted is not None:
            values = encoded.cross_fitted[index]
        else:
            rows = {name: row for row, name in enumerate(entry.categories)}
            values = entry.table[[rows[name] for name in frame.categorical[:, index]]].astype(np.float64)
        offset, scale = _scaling(spec.preprocessing.normalize, values)
        tables.append(replace(entry, table=((entry.table - offset) * scale).astype(np.float32)))
        matrices.append(((values - offset) * scale).astype(np.float32))
    return tables, None if encoded.cross_fitted is None else np.hstack(matrices)


def _scaling(normalize: str, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What to subtract and then multiply by, a value a column; a constant column is only shifted."""
    if normalize == "none":
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    low, high = values.min(axis=0), values.max(axis=0)
    spread = high - low
    if normalize == "standard":
        low, spread = values.mean(axis=0), np.where(spread > 0, values.std(axis=0), 0.0)
    return low, np.divide(1.0, spread, out=np.ones_like(spread), where=spread > 0)


def _column_features(spec: TrainingSpec, tables: list[CategoryTable]) -> np.ndarray:
    index = {name: place for place, name in enumerate(spec.candidates)}
    dense = [index[feature.name] for feature in (*spec.dense_features, *spec.generated)]
    categorical = [
        index[feature.name]
        for feature, table in zip(spec.categorical_features, tables, strict=True)
        for _ in range(table.width)
    ]
    return np.array(dense + categorical, dtype=np.int64)
