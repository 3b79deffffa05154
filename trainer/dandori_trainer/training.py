"""The built-in training, from the channels to the model directory."""

from __future__ import annotations

import json
import math
import warnings
from typing import Any

import numpy as np

from .cross_validation import Candidate, cross_validate
from .data import Dataset, read_channel
from .environment import environment_record, thread_count
from .errors import TrainerError
from .export import Artefact, check_agreement, export_model, write_atomically
from .inspection import feature_importance, learning_curve
from .metrics import score
from .model import FittedModel, fit_model, prepare
from .paths import ContainerPaths, read_json_object
from .progress import Progress
from .sampling import class_ratio
from .signature import make_signature
from .spec import TrainingSpec, parse_spec


def train(paths: ContainerPaths, progress: Progress) -> None:
    """Writes `model.onnx`, `signature.json` and `training_report.json`, the report last."""
    threads = thread_count()
    progress.step("loading", 0.0)
    spec = parse_spec(read_json_object(paths.channel("spec") / "training_spec.json"))
    rows, validation = read_channel(paths.channel("train"), spec), read_channel(paths.channel("validation"), spec)
    _refuse_unusable(spec, rows)
    progress.step("loading", 1.0, train_rows=rows.rows, validation_rows=validation.rows)

    with warnings.catch_warnings():
        # Thrown by every fold in any order; what matters of them is said once, by the final fit.
        warnings.simplefilter("ignore")
        candidates = cross_validate(spec, rows, progress, threads)
        best = candidates[0]
        model, balanced_ratio = _fit_final(spec, best.algorithm, rows, progress, threads)
        curve = learning_curve(spec, best.algorithm, rows, validation, progress, threads)

    progress.step("exporting", 0.0, algorithm=best.algorithm)
    artefact = export_model(model)
    progress.step("checking", 0.0, algorithm=best.algorithm)
    agreement = check_agreement(model, artefact, validation)
    write_atomically(paths.model_dir / "model.onnx", artefact.content)
    write_json(paths, "signature.json", make_signature(spec, rows.frame))
    report = {
        **_head(spec, candidates),
        **_measured(spec, artefact, rows, validation, curve),
        "feature_importance": feature_importance(spec, artefact, validation, threads),
        "class_balance": _balance(spec, rows, balanced_ratio),
        "onnx_agreement": agreement,
        "selected_features": list(model.preprocessing.selected_features),
        "seed": spec.seed,
        "environment": environment_record(),
    }
    shown = {name: value for name, value in report["validation_metrics"].items() if name == spec.metric}
    progress.step("checking", 1.0, algorithm=best.algorithm, **shown)
    write_json(paths, "training_report.json", {**report, "timings_seconds": progress.timings()})


def write_json(paths: ContainerPaths, name: str, value: dict[str, Any]) -> None:
    """A file of the model directory; a number that JSON cannot hold is a defect, not a value."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(paths.model_dir / name, (text + "\n").encode())


def _refuse_unusable(spec: TrainingSpec, train_rows: Dataset) -> None:
    if not spec.is_classification:
        if train_rows.y.min() == train_rows.y.max():
            raise TrainerError(
                f"The target {spec.target} is constant in the training data.",
                "choose another target.",
                ja=f"学習用データの目的変数 {spec.target} の値がすべて同じです。別の目的変数を選んでください。",
            )
        return
    counts = np.bincount(train_rows.y, minlength=len(spec.classes))
    absent = [name for name, count in zip(spec.classes, counts, strict=True) if count == 0]
    if absent:
        raise TrainerError(
            f"The training data has no row of class {', '.join(absent)} of {spec.target}.",
            "bring rows of every class, or leave the class out of the spec.",
            ja=f"学習用データに、目的変数 {spec.target} のクラス {'、'.join(absent)} の行がありません。"
            "すべてのクラスの行を含めてください。",
        )


def _fit_final(
    spec: TrainingSpec, algorithm: str, rows: Dataset, progress: Progress, threads: int
) -> tuple[FittedModel, float | None]:
    """The chosen algorithm on all training rows; also the share of the rarest class after sampling."""
    progress.step("fitting", 0.0, algorithm=algorithm)
    prepared = prepare(spec, rows)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = fit_model(spec, algorithm, prepared, threads)
    for text in dict.fromkeys(str(warning.message).splitlines()[0] for warning in caught):
        progress.log(f"Note on {algorithm}: {text}")
    progress.step("fitting", 0.6, algorithm=algorithm, columns=prepared.matrix.shape[1])
    return model, prepared.balanced_ratio


def _head(spec: TrainingSpec, candidates: list[Candidate]) -> dict[str, Any]:
    best = candidates[0].record()
    return {
        "format": 1,
        "training_id": spec.training_id,
        "algorithm": best["algorithm"],
        "hyperparameters": best["hyperparameters"],
        "cv": {"folds": spec.cv_folds, **{key: best[key] for key in ("metric", "mean", "std", "scores", "all")}},
        "candidates": [candidate.record() for candidate in candidates],
    }


def _measured(
    spec: TrainingSpec, artefact: Artefact, rows: Dataset, validation: Dataset, curve: list[tuple[int, float, float]]
) -> dict[str, Any]:
    """Metrics of the exported file itself; they are the learning curve's last point too."""
    train_metrics = score(spec, rows.y, artefact.predict(rows.frame))
    validation_metrics = score(spec, validation.y, artefact.predict(validation.frame))
    last = (rows.rows, train_metrics.get(spec.metric, math.nan), validation_metrics.get(spec.metric, math.nan))
    points = [point for point in [*curve, last] if not any(math.isnan(value) for value in point)]
    sizes, train_scores, validation_scores = (
        (list(column) for column in zip(*points, strict=True)) if points else ([],) * 3
    )
    return {
        "train_metrics": train_metrics,
        "validation_metrics": validation_metrics,
        "learning_curve": {
            "metric": spec.metric,
            "train_sizes": sizes,
            "train_scores": train_scores,
            "validation_scores": validation_scores,
        },
    }


def _balance(spec: TrainingSpec, rows: Dataset, balanced_ratio: float | None) -> dict[str, float] | None:
    """Share of the rarest class before and after sampling; class weights leave the rows as they are."""
    if not spec.is_classification or balanced_ratio is None:
        return None
    return {"original_class_ratio": class_ratio(rows.y), "balanced_class_ratio": balanced_ratio}
