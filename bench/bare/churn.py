"""What one would write by hand: the churn example without Dandori, the measure of `npm run bench e2e`.

The same file, shares, folds, algorithms, hyperparameters, preprocessing and metrics; scikit-learn and skl2onnx only.
No checks, no reports, no pictures, no registry, no endpoint: that is what the difference in time buys.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import onnxruntime
from joblib import parallel_config
from pyarrow import csv
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_validate, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SEED = 42
POSITIVE = "Yes"
SCORING = ["accuracy", "precision", "recall", "f1", "roc_auc"]


def read(path: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Rows [n, columns] with the numbers first, target 0 or 1, and how many columns are numbers."""
    options = csv.ConvertOptions(true_values=[], false_values=[])
    table = csv.read_csv(path, convert_options=options)
    y = np.array([value == POSITIVE for value in table.column("churn").to_pylist()], dtype=np.int64)
    numbers, texts = [], []
    for name in table.column_names:
        if name == "churn":
            continue
        values = table.column(name).to_pylist()
        is_text = any(isinstance(value, str) for value in values)
        (texts if is_text else numbers).append([np.nan if value is None and not is_text else value for value in values])
    return np.array(numbers + texts, dtype=object).T, y, len(numbers)


def pipeline(estimator: object, numbers: int, columns: int) -> Pipeline:
    """Median and standardisation for numbers, one-hot for texts."""
    numeric = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    onehot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts = [("numbers", numeric, list(range(numbers))), ("texts", onehot, list(range(numbers, columns)))]
    return Pipeline([("prepare", ColumnTransformer(parts)), ("estimator", estimator)])


def metrics(y: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    labels = probabilities.argmax(axis=1)
    precision, recall, f1_score, _ = precision_recall_fscore_support(y, labels, average="binary", zero_division=0)
    return {
        "accuracy": float(accuracy_score(y, labels)),
        "precision": float(precision),
        "recall": float(recall),
        "f1_score": float(f1_score),
        "auc_roc": float(roc_auc_score(y, probabilities[:, 1])),
        "confusion_matrix": confusion_matrix(y, labels).tolist(),
    }


def export(model: Pipeline, numbers: int, columns: int) -> bytes:
    """One ONNX file with the preprocessing inside; it takes the numbers and the texts as two tensors."""
    inputs = [("numbers", FloatTensorType([None, numbers])), ("texts", StringTensorType([None, columns - numbers]))]
    options = {id(model): {"zipmap": False}}
    return to_onnx(model, initial_types=inputs, options=options).SerializeToString()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("csv")
    parser.add_argument("out", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()

    X, y, numbers = read(given.csv)
    rest_X, test_X, rest_y, test_y = train_test_split(X, y, test_size=0.15, stratify=y, random_state=SEED)
    train_X, valid_X, train_y, valid_y = train_test_split(
        rest_X, rest_y, test_size=0.15 / 0.85, stratify=rest_y, random_state=SEED
    )
    folds = StratifiedKFold(given.folds, shuffle=True, random_state=SEED)
    columns = X.shape[1]
    models = {
        "logistic_regression": pipeline(LogisticRegression(max_iter=500, random_state=SEED), numbers, columns),
        "random_forest": pipeline(
            RandomForestClassifier(given.trees, min_samples_leaf=5, random_state=SEED), numbers, columns
        ),
    }
    began = time.monotonic()
    # Threads: processes of their own take seconds to start, and these fits leave the interpreter's lock alone.
    with parallel_config("threading", n_jobs=given.jobs):
        scores = {
            name: cross_validate(model, train_X, train_y, cv=folds, scoring=SCORING) for name, model in models.items()
        }
    best = max(scores, key=lambda name: scores[name]["test_f1"].mean())
    cross_validation_seconds = time.monotonic() - began
    model = models[best].fit(train_X, train_y)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "model.onnx").write_bytes(export(model, numbers, columns))

    session = onnxruntime.InferenceSession(given.out / "model.onnx")

    def predict(rows: np.ndarray) -> np.ndarray:
        feed = {"numbers": rows[:, :numbers].astype(np.float32), "texts": rows[:, numbers:].astype(str)}
        return session.run(["probabilities"], feed)[0]

    report = {
        "algorithm": best,
        "cv_f1": {name: float(found["test_f1"].mean()) for name, found in scores.items()},
        "train": metrics(train_y, predict(train_X)),
        "validation": metrics(valid_y, predict(valid_X)),
        "test": metrics(test_y, predict(test_X)),
        "cross_validation_seconds": cross_validation_seconds,
    }
    (given.out / "report.json").write_text(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
