"""Preprocessing and estimator together: how rows become a fitted model, in a fold and at the end alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .algorithms import family
from .algorithms.settings import FitSettings
from .data import Dataset
from .imputation import fit_imputation
from .preprocessing import FittedPreprocessing, fit_preprocessing
from .sampling import class_ratio, sample, sample_weights
from .spec import TrainingSpec


@dataclass(frozen=True)
class Prepared:
    """Training rows ready for an estimator: `y` are places in `present`, the class ids found (in most folds all)."""

    preprocessing: FittedPreprocessing
    matrix: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    present: np.ndarray
    balanced_ratio: float | None


@dataclass(frozen=True)
class FittedModel:
    """An estimator, None where its training rows had one class only, and what it was fitted on."""

    spec: TrainingSpec
    algorithm: str
    preprocessing: FittedPreprocessing
    estimator: Any
    present: np.ndarray

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Probabilities [rows, classes] or values [rows] for rows that the preprocessing has transformed."""
        if not self.spec.is_classification:
            return np.asarray(self.estimator.predict(matrix), dtype=np.float64)
        probabilities = np.zeros((len(matrix), len(self.spec.classes)))
        known = 1.0 if self.estimator is None else self.estimator.predict_proba(matrix)
        probabilities[:, self.present] = known
        return probabilities


def prepare(spec: TrainingSpec, train: Dataset) -> Prepared:
    """Imputes, samples, then fits encoding, scaling and selection: on these rows only."""
    imputation = fit_imputation(spec, train.frame)
    ready = Dataset(imputation.apply(train.frame), train.y)
    present = np.unique(train.y) if spec.is_classification else np.empty(0, dtype=np.int64)
    if len(present) > 1:
        ready = sample(spec, ready)
    preprocessing, matrix = fit_preprocessing(spec, imputation, ready)
    if not spec.is_classification:
        return Prepared(preprocessing, matrix, ready.y, None, present, None)
    y, weights = np.searchsorted(present, ready.y), sample_weights(spec, ready.y)
    return Prepared(preprocessing, matrix, y, weights, present, class_ratio(ready.y))


def _hold_out(spec: TrainingSpec) -> Literal["any", "last", "none"]:
    if not spec.time_ordered:
        return "any"
    # The rows that SMOTE adds at the end lie between earlier and later ones.
    return "none" if spec.imbalance == "smote" else "last"


def fit_model(spec: TrainingSpec, algorithm: str, prepared: Prepared, threads: int) -> FittedModel:
    """Fits one algorithm on prepared rows."""
    estimator = None
    if not spec.is_classification or len(prepared.present) > 1:
        hyperparameters = spec.hyperparameters[algorithm]
        settings = FitSettings(spec.is_classification, hyperparameters, spec.seed, threads, _hold_out(spec))
        estimator = family(algorithm).fit(settings, prepared.matrix, prepared.y, prepared.weights)
    return FittedModel(spec, algorithm, prepared.preprocessing, estimator, prepared.present)
