"""What the model learnt from: permutation importance and the learning curve."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from .data import Dataset, Frame
from .export import Artefact
from .metrics import score
from .model import fit_model, prepare
from .progress import Progress
from .spec import Feature, TrainingSpec

IMPORTANCE_ROWS = 1000
IMPORTANCE_ROWS_LARGE_MODEL = 300
LARGE_MODEL_BYTES = 8 * 2**20
"""A model this large takes long for every row: fewer rows are asked, so that explaining stays short beside training."""
IMPORTANCE_REPEATS = 3
CURVE_SHARES = (0.1, 0.2, 0.4)
"""Small shares: the curve costs less than one fit, however long a fit takes. The whole is the model itself."""


def feature_importance(
    spec: TrainingSpec, artefact: Artefact, data: Dataset, threads: int
) -> list[dict[str, Any]] | None:
    """Rise of the artefact's 1 - AUC or squared error when one feature's rows are shuffled; sums to 1, largest first.

    None where no feature matters. Each feature has its own seed: the order of the work changes nothing.
    """
    most = IMPORTANCE_ROWS if len(artefact.content) < LARGE_MODEL_BYTES else IMPORTANCE_ROWS_LARGE_MODEL
    if data.rows > most:
        rows = np.random.default_rng(spec.seed).choice(data.rows, most, replace=False)
        data = data.take(np.sort(rows))
    base = _loss(spec, data.y, artefact.predict(data.frame))

    def rise(index: int) -> float:
        random = np.random.default_rng([spec.seed, index])
        losses = []
        for _ in range(IMPORTANCE_REPEATS):
            shuffled = _shuffled(spec, data.frame, spec.features[index], random.permutation(data.rows))
            losses.append(_loss(spec, data.y, artefact.predict(shuffled)))
        return max(0.0, float(np.mean(losses)) - base)

    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        rises = list(pool.map(rise, range(len(spec.features))))
    total = math.fsum(rises)
    if not total > 0:
        return None
    order = sorted(range(len(rises)), key=lambda index: (-rises[index], index))
    return [{"feature": spec.features[index].name, "importance": rises[index] / total} for index in order]


def learning_curve(
    spec: TrainingSpec, algorithm: str, train: Dataset, validation: Dataset, progress: Progress, threads: int
) -> list[tuple[int, float, float]]:
    """(rows, score on those rows, score on the validation rows) on nested shares: stratified, or the earliest rows."""
    order = np.arange(train.rows) if spec.time_ordered else _stratified_order(spec, train)
    sizes = sorted({max(min(train.rows, 2), math.ceil(train.rows * share)) for share in CURVE_SHARES})

    def point(size: int) -> tuple[int, float, float] | None:
        part = train.take(np.sort(order[:size]))
        try:
            prepared = prepare(spec, part)
            model = fit_model(spec, algorithm, prepared, 1)
            scores = [
                score(spec, data.y, model.predict(model.preprocessing.transform(data.frame)))
                for data in (part, validation)
            ]
        except (ValueError, ArithmeticError) as error:
            progress.log(f"No point of the learning curve at {size} rows: {error}")
            return None
        if any(spec.metric not in found for found in scores):
            return None
        return size, scores[0][spec.metric], scores[1][spec.metric]

    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        return [found for found in pool.map(point, sizes) if found is not None]


def _stratified_order(spec: TrainingSpec, train: Dataset) -> np.ndarray:
    """A seeded order in which every beginning holds the classes in about their shares."""
    random = np.random.default_rng(spec.seed)
    if not spec.is_classification:
        return random.permutation(train.rows)
    position = np.empty(train.rows)
    for label in np.unique(train.y):
        rows = random.permutation(np.flatnonzero(train.y == label))
        position[rows] = (np.arange(len(rows)) + random.random()) / len(rows)
    return np.argsort(position, kind="stable")


def _shuffled(spec: TrainingSpec, frame: Frame, feature: Feature, order: np.ndarray) -> Frame:
    dense, categorical = frame.dense, frame.categorical
    if feature.kind == "categorical":
        column = spec.categorical_features.index(feature)
        categorical = categorical.copy()
        categorical[:, column] = categorical[order, column]
    else:
        column = spec.dense_features.index(feature)
        dense = dense.copy()
        dense[:, column] = dense[order, column]
    return Frame(dense, categorical)


def _loss(spec: TrainingSpec, y: np.ndarray, predicted: np.ndarray) -> float:
    if not spec.is_classification:
        return float(np.mean((y - predicted.astype(np.float64)) ** 2))
    # Ranking, not likelihood: probabilities of a model trained on balanced rows are shifted on purpose.
    area = score(spec, y, predicted).get("auc_roc")
    if area is not None:
        return 1.0 - area
    likelihood = predicted[np.arange(len(y)), y].astype(np.float64)
    return float(-np.log(np.clip(likelihood, 1e-7, 1.0)).mean())
