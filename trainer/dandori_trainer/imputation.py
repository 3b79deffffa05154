"""First half of the preprocessing: fill what is missing, clip what is far out. Fitted before any sampling."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from .data import Frame
from .spec import Feature, Preprocessing, TrainingSpec

FLOAT32_MAX = np.finfo(np.float32).max


@dataclass(frozen=True)
class Imputation:
    """`fill`, `low`, `high` are float32 [dense columns]; `categorical_fill` is '' where missing is a category."""

    fill: np.ndarray
    low: np.ndarray
    high: np.ndarray
    categorical_fill: tuple[str, ...]

    @property
    def clips(self) -> bool:
        return bool((self.low > -FLOAT32_MAX).any() or (self.high < FLOAT32_MAX).any())

    def apply(self, frame: Frame) -> Frame:
        """The same rows without missing or far-out values; running them through the graph changes them no more."""
        dense = np.where(np.isnan(frame.dense), self.fill, np.clip(frame.dense, self.low, self.high))
        categorical = frame.categorical.copy()
        for column, fill in enumerate(self.categorical_fill):
            values = categorical[:, column]
            values[values == ""] = fill
        return Frame(dense.astype(np.float32), categorical)


def fit_imputation(spec: TrainingSpec, frame: Frame) -> Imputation:
    """Statistics of the observed float32 values of the training rows."""
    rule = spec.preprocessing
    count = len(spec.dense_features)
    fill = np.zeros(count, dtype=np.float32)
    low, high = np.full(count, -FLOAT32_MAX), np.full(count, FLOAT32_MAX)
    for column, feature in enumerate(spec.dense_features):
        values = frame.dense[:, column]
        observed = values[~np.isnan(values)].astype(np.float64)
        if feature.kind == "numeric" and rule.outlier_action == "clip" and len(observed):
            low[column], high[column] = _clip_bounds(rule.outlier_method, observed)
        fill[column] = _dense_fill(rule, feature, np.clip(observed, low[column], high[column]))
        # A constant that stands for "missing" may lie outside: it must survive, in training and in serving alike.
        low[column], high[column] = min(low[column], fill[column]), max(high[column], fill[column])
    names = tuple(_categorical_fill(rule, frame.categorical[:, j]) for j in range(len(spec.categorical_features)))
    return Imputation(fill, low.astype(np.float32), high.astype(np.float32), names)


def _dense_fill(rule: Preprocessing, feature: Feature, observed: np.ndarray) -> float:
    constant = 0.0 if rule.fill_value is None else rule.fill_value
    if rule.handle_missing == "constant" and (feature.kind == "numeric" or constant in (0.0, 1.0)):
        return constant
    if len(observed) == 0:
        return 0.0
    if feature.kind == "boolean" or rule.handle_missing == "mode":
        values, counts = np.unique(observed, return_counts=True)
        return float(values[np.argmax(counts)])
    return float(np.median(observed) if rule.handle_missing == "median" else np.mean(observed))


def _clip_bounds(method: str, observed: np.ndarray) -> tuple[float, float]:
    """Tukey's fences (1.5 interquartile ranges) or three standard deviations; none where the spread is zero."""
    if method == "iqr":
        first, third = np.percentile(observed, [25, 75])
        spread, centre_low, centre_high = 1.5 * (third - first), first, third
    elif method == "zscore":
        spread, centre_low = 3 * observed.std(), observed.mean()
        centre_high = centre_low
    else:
        spread = centre_low = centre_high = 0.0
    if spread == 0:
        return -float(FLOAT32_MAX), float(FLOAT32_MAX)
    return float(centre_low - spread), float(centre_high + spread)


def _categorical_fill(rule: Preprocessing, values: np.ndarray) -> str:
    """The most frequent text (of equals the first in order); '' with a constant, or where nothing was observed."""
    if rule.handle_missing == "constant":
        return ""
    counts = Counter(values.tolist())
    counts.pop("", None)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else ""
