"""Algorithms side by side on the same folds; everything that is fitted is fitted inside the fold."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .data import Dataset
from .errors import TrainerError
from .metrics import better, score
from .model import fit_model, prepare
from .progress import Progress
from .spec import TrainingSpec

MIN_ROWS_IN_TIME = 3
"""The first fold in time is trained on one part of folds + 1; fewer rows than this cannot be encoded by the target."""


@dataclass
class Candidate:
    """One algorithm over all folds; `fold_metrics` are in the order of the folds."""

    algorithm: str
    hyperparameters: dict[str, Any]
    metric: str
    fold_metrics: list[dict[str, float]] = field(default_factory=list)
    train_seconds: float = 0.0
    error: str | None = None

    @property
    def scores(self) -> list[float]:
        return [fold[self.metric] for fold in self.fold_metrics if self.metric in fold]

    @property
    def mean(self) -> float | None:
        return float(np.mean(self.scores)) if self.error is None and self.scores else None

    def summary(self) -> dict[str, dict[str, float]]:
        """Mean and population deviation of every metric that some fold defines."""
        names = list(dict.fromkeys(name for fold in self.fold_metrics for name in fold))
        return {name: _mean_std([fold[name] for fold in self.fold_metrics if name in fold]) for name in names}

    def record(self) -> dict[str, Any]:
        """The candidate as the training report shows it."""
        return {
            "algorithm": self.algorithm,
            "hyperparameters": self.hyperparameters,
            "metric": self.metric,
            "mean": self.mean,
            "std": None if self.mean is None else float(np.std(self.scores)),
            "scores": self.scores,
            "all": self.summary(),
            "train_seconds": round(self.train_seconds, 3),
            "error": self.error,
        }


def cross_validate(spec: TrainingSpec, train: Dataset, progress: Progress, threads: int) -> list[Candidate]:
    """Candidates, best first and failed ones last; raises `TrainerError` where every one failed."""
    run = _Run(spec, train, progress, threads)
    folds = make_folds(spec, train)
    with ThreadPoolExecutor(max_workers=run.workers) as pool:
        results = list(pool.map(run.fold, folds))
    candidates = [run.candidate(name, [result[name] for result in results]) for name in spec.algorithms]
    ranked = _rank(spec.metric, candidates)
    if ranked[0].error is not None:
        problems = [f"{candidate.algorithm}: {candidate.error}" for candidate in ranked]
        raise TrainerError(
            "Every algorithm failed in cross-validation.",
            "mend the data or the hyperparameters.",
            problems,
            ja="交差検証ですべてのアルゴリズムが失敗しました。データまたはハイパーパラメータを修正してください（以下は原文）。",
        )
    return ranked


def make_folds(spec: TrainingSpec, train: Dataset) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of training and held-out row indices: seeded and stratified, or each time held out after all trained on."""
    from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit

    fewest = MIN_ROWS_IN_TIME * (spec.cv_folds + 1) if spec.time_ordered else spec.cv_folds
    if train.rows < fewest:
        raise TrainerError(
            f"{train.rows} training rows cannot make {spec.cv_folds} folds.",
            "set fewer cv_folds or bring more rows.",
            ja=f"学習用データ {train.rows} 行は {spec.cv_folds} 分割できません。"
            "cv_folds を小さくするか、行を増やしてください。",
        )
    if spec.time_ordered:
        return list(TimeSeriesSplit(n_splits=spec.cv_folds).split(np.zeros(train.rows)))
    options = {"n_splits": spec.cv_folds, "shuffle": True, "random_state": spec.seed}
    largest = np.bincount(train.y).max() if spec.is_classification else 0
    kind = StratifiedKFold if largest >= spec.cv_folds else KFold
    return list(kind(**options).split(np.zeros(train.rows), train.y))


class _Run:
    """State that the folds share while they run side by side."""

    def __init__(self, spec: TrainingSpec, train: Dataset, progress: Progress, threads: int) -> None:
        self.spec, self.train, self.progress = spec, train, progress
        self.workers = max(1, min(threads, spec.cv_folds))
        self.threads_a_fit = max(1, threads // self.workers)
        self.lock = threading.Lock()
        self.done = dict.fromkeys(spec.algorithms, 0)
        self.errors: dict[str, str] = {}

    def fold(self, rows: tuple[np.ndarray, np.ndarray]) -> dict[str, tuple[dict[str, float], float]]:
        """Metrics and seconds of every algorithm on one fold."""
        train, held_out = self.train.take(rows[0]), self.train.take(rows[1])
        prepared = prepare(self.spec, train)
        matrix = prepared.preprocessing.transform(held_out.frame)
        results = {}
        for algorithm in self.spec.algorithms:
            began = time.monotonic()
            metrics: dict[str, float] = {}
            if algorithm not in self.errors:
                try:
                    model = fit_model(self.spec, algorithm, prepared, self.threads_a_fit)
                    metrics = score(self.spec, held_out.y, model.predict(matrix))
                except MemoryError:
                    raise
                except Exception as error:
                    self._failed(algorithm, error)
            results[algorithm] = (metrics, time.monotonic() - began)
            self._report(algorithm, metrics)
        return results

    def candidate(self, algorithm: str, results: list[tuple[dict[str, float], float]]) -> Candidate:
        error = self.errors.get(algorithm)
        metrics = [metrics for metrics, _ in results] if error is None else []
        seconds = sum(seconds for _, seconds in results)
        made = Candidate(
            algorithm, self.spec.hyperparameters[algorithm], self.spec.metric, metrics, seconds, error=error
        )
        if error is None and not made.scores:
            made.error = f"{self.spec.metric} is undefined in every fold"
        return made

    def _failed(self, algorithm: str, error: Exception) -> None:
        if "bad_alloc" in str(error):
            raise MemoryError(str(error)) from error
        with self.lock:
            self.errors[algorithm] = f"{type(error).__name__}: {error}"[:1000]
        self.progress.log(f"{algorithm} failed and is left out: {self.errors[algorithm]}")

    def _report(self, algorithm: str, metrics: dict[str, float]) -> None:
        with self.lock:
            self.done[algorithm] += 1
            fold, share = self.done[algorithm], sum(self.done.values()) / (self.spec.cv_folds * len(self.done))
            found = {self.spec.metric: metrics[self.spec.metric]} if self.spec.metric in metrics else {}
            position = f"{fold}/{self.spec.cv_folds}"
            self.progress.step("cross_validation", share, algorithm=algorithm, fold=position, **found)


def _rank(metric: str, candidates: list[Candidate]) -> list[Candidate]:
    """Best first; of equals the one named first; failed ones last."""
    ranked: list[Candidate] = []
    for candidate in candidates:
        place = len(ranked)
        while place > 0 and _beats(metric, candidate, ranked[place - 1]):
            place -= 1
        ranked.insert(place, candidate)
    return ranked


def _beats(metric: str, candidate: Candidate, other: Candidate) -> bool:
    if candidate.mean is None or other.mean is None:
        return candidate.mean is not None
    return better(metric, candidate.mean, other.mean)


def _mean_std(values: list[float]) -> dict[str, float]:
    return {"mean": float(np.mean(values)), "std": float(np.std(values))}
