"""Small synthetic data, and the tree of a training job around it."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dandori_trainer.paths import ContainerPaths
from dandori_trainer.progress import Progress
from dandori_trainer.training import train

CLASSES = {"binary": ["No", "Yes"], "multiclass": ["high", "low", "middle"]}


def columns(rows: int, kind: str, seed: int = 0) -> dict[str, pa.Array]:
    """Two numbers, a boolean and two categories, all with gaps; the target follows from them with some noise."""
    random = np.random.default_rng(seed)
    age, income = random.normal(40, 12, rows), random.lognormal(10, 0.6, rows)
    member = random.random(rows) < 0.4
    plan = random.choice(["basic", "plus", "pro"], rows, p=[0.6, 0.3, 0.1])
    city = random.choice(["Kyoto", "Osaka", "東京", "Nara"], rows)
    value = (
        0.08 * (age - 40)
        + 1.5 * (plan == "pro")
        - 1.2 * member
        + 0.4 * np.log(income)
        - 4
        + random.normal(0, 0.5, rows)
    )
    targets = {
        "binary": np.where(value > 0.7, "Yes", "No"),
        "multiclass": np.where(value > 0.6, "high", np.where(value < -0.4, "low", "middle")),
        "regression": value * 10 + 100,
    }

    def gaps(values: np.ndarray, share: float, kind: pa.DataType) -> pa.Array:
        return pa.array(values.tolist(), type=kind, mask=random.random(rows) < share)

    return {
        "age": gaps(age, 0.1, pa.float64()),
        "plan": gaps(plan, 0.05, pa.string()),
        "member": gaps(member, 0.05, pa.bool_()),
        "income": gaps(income, 0.02, pa.float64()),
        "city": gaps(city, 0.0, pa.string()),
        "target": pa.array(targets[kind].tolist()),
    }


def make_spec(kind: str, algorithms: list[str], **changes: Any) -> dict[str, Any]:
    """A valid spec for `columns`; `preprocessing` in the changes is merged."""
    spec: dict[str, Any] = {
        "format": 1,
        "training_id": "train-20250128-001",
        "learning_type": "supervised",
        "task_type": "regression" if kind == "regression" else "classification",
        "target": "target",
        "classes": CLASSES.get(kind),
        "positive_class": "Yes" if kind == "binary" else None,
        "algorithms": algorithms,
        "hyperparameters": {},
        "features": [
            {"name": "age", "kind": "numeric"},
            {"name": "plan", "kind": "categorical"},
            {"name": "member", "kind": "boolean"},
            {"name": "income", "kind": "numeric"},
            {"name": "city", "kind": "categorical"},
        ],
        "preprocessing": {
            "handle_missing": "mean",
            "fill_value": None,
            "normalize": "standard",
            "encode_categorical": "onehot",
            "outliers": {"method": "none", "action": "none"},
            "feature_selection": {"method": "none", "max_features": None},
        },
        "class_imbalance_handling": "none",
        "time_ordered": False,
        "cv_folds": 3,
        "seed": 42,
        "metric": "r2" if kind == "regression" else "f1_score",
    }
    spec = copy.deepcopy(spec)
    spec["preprocessing"].update(changes.pop("preprocessing", {}))
    return {**spec, **changes}


def write_job(root: Path, spec: dict[str, Any], rows: dict[str, pa.Array], validation: dict[str, pa.Array]) -> None:
    """The channels of a job."""
    for name, table in (("train", rows), ("validation", validation)):
        folder = root / "input" / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
    folder = root / "input" / "data" / "spec"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "training_spec.json").write_text(json.dumps(spec), "utf-8")


class Job:
    """A finished training and the lines that it printed."""

    def __init__(self, root: Path, lines: list[str]) -> None:
        self.root, self.lines = root, lines

    def json(self, name: str) -> dict[str, Any]:
        return json.loads((self.root / "model" / name).read_text("utf-8"))

    @property
    def report(self) -> dict[str, Any]:
        return self.json("training_report.json")

    @property
    def signature(self) -> dict[str, Any]:
        return self.json("signature.json")

    @property
    def model(self) -> bytes:
        return (self.root / "model" / "model.onnx").read_bytes()

    def predict(self, dense: list[list[float]], texts: list[list[str]]) -> list[np.ndarray]:
        import onnxruntime

        session = onnxruntime.InferenceSession(self.model, providers=["CPUExecutionProvider"])
        tensors = {"numeric": np.array(dense, dtype=np.float32), "categorical": np.array(texts, dtype=object)}
        return session.run(None, {entry.name: tensors[entry.name] for entry in session.get_inputs()})


@pytest.fixture
def run_job(tmp_path: Path):
    """Trains in this process: `run_job(spec, rows, validation)`; the rows default to synthetic ones of the task."""
    count = 0

    def run(
        spec: dict[str, Any],
        rows: dict[str, pa.Array] | None = None,
        validation: dict[str, pa.Array] | None = None,
    ) -> Job:
        nonlocal count
        count += 1
        kind = (
            "regression"
            if spec["task_type"] == "regression"
            else ("binary" if len(spec["classes"]) == 2 else "multiclass")
        )
        root = tmp_path / f"job-{count}"
        write_job(root, spec, rows or columns(300, kind), validation or columns(150, kind, seed=1))
        lines: list[str] = []
        train(ContainerPaths(root), Progress(lines.append))
        return Job(root, lines)

    return run
