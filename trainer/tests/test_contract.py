"""The SageMaker training contract, through the real process."""

from __future__ import annotations

import json
import signal
import time

import pytest
from conftest import columns, make_spec, write_job
from trainer_process import WATCHDOG_S, failure, run, start, write_hyperparameters

from dandori_trainer import launcher
from dandori_trainer.paths import ContainerPaths


def test_train_leaves_the_model_and_ends_with_0(tmp_path):
    write_job(
        tmp_path, make_spec("binary", ["logistic_regression"]), columns(200, "binary"), columns(80, "binary", seed=1)
    )
    write_hyperparameters(tmp_path)
    code, out, err = run(tmp_path, "train")
    assert code == 0, err
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [
        "model.onnx",
        "signature.json",
        "training_report.json",
    ]
    assert not (tmp_path / "output" / "failure").exists()
    assert out.splitlines()[-1].startswith("[dandori] progress=100.0 phase=checking")


def test_a_bad_spec_ends_with_1_and_a_message(tmp_path):
    write_job(tmp_path, make_spec("binary", ["xgboost"], metric="r2"), columns(20, "binary"), columns(20, "binary"))
    code, _, err = run(tmp_path, "train")
    assert code == 1
    first = failure(tmp_path).splitlines()[0]
    assert first.startswith("training_spec.json has 1 problem.")
    assert "Next: " in first
    assert first in err


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda root: (root / "input/data/spec/training_spec.json").unlink(), "training_spec.json is missing"),
        (lambda root: (root / "input/data/spec/training_spec.json").write_text("{"), "is not JSON"),
        (lambda root: (root / "input/data/spec/training_spec.json").write_text("[]"), "holds a JSON list"),
        (lambda root: (root / "input/data/train/train.parquet").unlink(), "train.parquet is missing"),
        (
            lambda root: (root / "input/data/train/train.parquet").write_bytes(b"PAR1 garbage"),
            "cannot be read as Parquet",
        ),
    ],
)
def test_missing_and_unreadable_input_is_named(tmp_path, prepare, message):
    write_job(tmp_path, make_spec("binary", ["xgboost"]), columns(20, "binary"), columns(20, "binary"))
    prepare(tmp_path)
    assert run(tmp_path, "train")[0] == 1
    assert message in failure(tmp_path)


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (MemoryError(), "out of memory"),
        (KeyError("x"), "unexpectedly (KeyError"),
        (OSError(28, "No space left"), "disk"),
    ],
)
def test_every_failure_leaves_a_message(tmp_path, monkeypatch, raised, message):
    def failing(_paths, _progress):
        raise raised

    monkeypatch.setattr("dandori_trainer.training.train", failing)
    monkeypatch.setattr(launcher, "stop_at_sigterm", lambda: None)
    assert launcher.launch(ContainerPaths(tmp_path)) == 1
    assert message in failure(tmp_path)
    assert "Next: " in failure(tmp_path)


def test_sigterm_stops_at_once_with_143(tmp_path):
    value = make_spec("binary", ["random_forest"], hyperparameters={"random_forest": {"n_estimators": 5000}})
    write_job(tmp_path, value, columns(4000, "binary"), columns(80, "binary", seed=1))
    process = start(tmp_path, "train", DANDORI_THREADS="1")
    for line in process.stdout:
        if "train_rows" in line:
            break
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=WATCHDOG_S) == 143
    assert time.monotonic() - began < 10
    process.communicate()


def test_describe_prints_algorithms_and_versions(tmp_path):
    code, out, _ = run(tmp_path, "describe")
    described = json.loads(out)
    assert code == 0
    assert described["format"] == 1
    assert "xgboost" in described["algorithms"]
    assert described["packages"]["numpy"]


@pytest.mark.parametrize("arguments", [[], ["serve"], ["train", "now"]])
def test_wrong_use_ends_with_2(tmp_path, arguments):
    code, _, err = run(tmp_path, *arguments)
    assert code == 2
    assert "usage" in err
