"""Rows from the Parquet channels, in the two tensors that the model takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .errors import TrainerError
from .spec import Feature, TrainingSpec

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Frame:
    """N rows: `dense` float32 [N, numeric + boolean] with NaN, `categorical` object [N, categorical] with ''."""

    dense: np.ndarray
    categorical: np.ndarray

    @property
    def rows(self) -> int:
        return len(self.dense)

    def take(self, rows: np.ndarray) -> Frame:
        """The given rows (indices), copied."""
        return Frame(self.dense[rows], self.categorical[rows])


@dataclass(frozen=True)
class Dataset:
    """Inputs and target: `y` is int64 class ids or float64 values."""

    frame: Frame
    y: np.ndarray

    @property
    def rows(self) -> int:
        return self.frame.rows

    def take(self, rows: np.ndarray) -> Dataset:
        return Dataset(self.frame.take(rows), self.y[rows])


def read_channel(folder: Path, spec: TrainingSpec) -> Dataset:
    """Reads `CHANNEL/CHANNEL.parquet`; every problem with its columns is listed at once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"{folder.name}.parquet"
    if not path.exists():
        raise TrainerError(f"{path} is missing.", "prepare the data again.")
    wanted = [*(feature.name for feature in spec.features), spec.target]
    try:
        present = set(pq.read_schema(path).names)
        table = pq.read_table(path, columns=[name for name in wanted if name in present], partitioning=None)
    except (pa.ArrowInvalid, OSError) as error:
        raise TrainerError(f"{path} cannot be read as Parquet ({error}).", "prepare the data again.") from None
    problems = [f"column {name}: missing" for name in wanted if name not in present]
    if not problems:
        dataset = _to_dataset(table, spec, problems)
        if not problems:
            return dataset
    raise TrainerError(f"The {folder.name} data does not fit the spec.", "prepare the data again.", problems)


def _to_dataset(table: pa.Table, spec: TrainingSpec, problems: list[str]) -> Dataset:
    rows = table.num_rows
    if rows == 0:
        problems.append("no rows")
    dense = np.empty((rows, len(spec.dense_features)), dtype=np.float32)
    for index, feature in enumerate(spec.dense_features):
        dense[:, index] = _dense_column(table.column(feature.name), feature, problems)
    categorical = np.empty((rows, len(spec.categorical_features)), dtype=object)
    for index, feature in enumerate(spec.categorical_features):
        categorical[:, index] = _text_column(table.column(feature.name), feature.name, problems)
    return Dataset(Frame(dense, categorical), _target(table.column(spec.target), spec, problems))


def _dense_column(column: pa.ChunkedArray, feature: Feature, problems: list[str]) -> np.ndarray:
    import pyarrow as pa

    kind = column.type
    boolean = pa.types.is_boolean(kind) or pa.types.is_null(kind)
    number = boolean or pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not (boolean if feature.kind == "boolean" else number):
        problems.append(f"column {feature.name}: found {kind}; allowed: {feature.kind}")
        return np.full(len(column), np.nan, dtype=np.float32)
    with np.errstate(over="ignore"):
        values = _to_float64(column)
        single = values.astype(np.float32)
    if np.isinf(single).any():
        problems.append(f"column {feature.name}: has a value that is infinite or beyond 3.4e38; leave such rows out")
    return single


def _to_float64(column: pa.ChunkedArray) -> np.ndarray:
    import pyarrow as pa

    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return column.cast(pa.float64(), safe=False).to_numpy()


def _text_column(column: pa.ChunkedArray, name: str, problems: list[str]) -> np.ndarray:
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        problems.append(f"column {name}: found {kind}; allowed: text")
        return np.full(len(column), "", dtype=object)
    return column.cast(pa.large_string()).fill_null("").to_numpy()


def _target(column: pa.ChunkedArray, spec: TrainingSpec, problems: list[str]) -> np.ndarray:
    if column.null_count:
        problems.append(f"target {spec.target}: {column.null_count} rows have none; leave such rows out")
        return np.zeros(len(column))
    if not spec.is_classification:
        before = len(problems)
        values = _dense_column(column, Feature(spec.target, "numeric"), problems)
        if len(problems) == before and np.isnan(values).any():
            problems.append(f"target {spec.target}: has NaN; leave such rows out")
        return values.astype(np.float64) if len(problems) > before else _to_float64(column)
    names = _text_column(column, spec.target, problems)
    ids = {name: index for index, name in enumerate(spec.classes)}
    unknown = sorted({name for name in set(names) if name not in ids})
    if unknown:
        problems.append(f"target {spec.target}: found {', '.join(unknown[:5])}; allowed: {', '.join(spec.classes)}")
    return np.array([ids.get(name, 0) for name in names], dtype=np.int64)
