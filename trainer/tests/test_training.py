"""The built-in training as a whole: files, report, progress, determinism, data that cannot be used."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from conftest import columns, make_spec

from dandori_trainer import cross_validation
from dandori_trainer.errors import TrainerError

PROGRESS = re.compile(r"\[dandori\] progress=(\d+\.\d) phase=([a-z_]+)( [a-z_0-9]+=\S+)*$")
TASKS = [("binary", "logistic_regression"), ("multiclass", "xgboost"), ("regression", "linear_regression")]


@pytest.mark.parametrize(("kind", "name"), TASKS)
def test_the_report_is_complete(run_job, kind, name):
    other = "random_forest"
    value = make_spec(kind, [name, other], hyperparameters={other: {"n_estimators": 10}})
    report = run_job(value).report
    metrics = (
        {"rmse", "mae", "r2", "mape"}
        if kind == "regression"
        else {"accuracy", "precision", "recall", "f1_score", "auc_roc"}
    )
    assert {entry["algorithm"] for entry in report["candidates"]} == {name, other}
    best = report["candidates"][0]
    assert report["algorithm"] == best["algorithm"]
    assert best["mean"] >= report["candidates"][1]["mean"]
    assert report["cv"]["folds"] == len(report["cv"]["scores"]) == 3
    assert report["cv"]["mean"] == pytest.approx(np.mean(report["cv"]["scores"]))
    assert set(report["cv"]["all"]) == set(report["train_metrics"]) == set(report["validation_metrics"]) == metrics
    assert len(report["learning_curve"]["train_sizes"]) == 4
    assert report["learning_curve"]["train_sizes"][-1] == 300
    assert sum(entry["importance"] for entry in report["feature_importance"]) == pytest.approx(1)
    assert len(report["feature_importance"]) == 5
    assert report["onnx_agreement"]["rows"] == 150
    assert report["onnx_agreement"]["label_mismatches"] == 0
    assert report["selected_features"] == ["age", "plan", "member", "income", "city"]
    assert (report["class_balance"] is None) == (kind == "regression")
    assert {"numpy", "scikit-learn", "onnxruntime"} <= set(report["environment"]["packages"])
    assert set(report["timings_seconds"]) == {"loading", "cross_validation", "fitting", "exporting", "checking"}


def test_an_error_metric_chooses_the_smallest(run_job):
    value = make_spec("regression", ["random_forest", "linear_regression"], metric="rmse")
    candidates = run_job(value).report["candidates"]
    assert candidates[0]["mean"] < candidates[1]["mean"]


def test_the_signature_says_how_rows_become_tensors(run_job):
    signature = run_job(make_spec("binary", ["logistic_regression"])).signature
    assert signature["inputs"] == [
        {"tensor": "numeric", "dtype": "float32", "features": ["age", "member", "income"]},
        {"tensor": "categorical", "dtype": "string", "features": ["plan", "city"]},
    ]
    assert signature["outputs"] == {"label": "label", "probabilities": "probabilities"}
    features = {entry["name"]: entry for entry in signature["features"]}
    assert features["plan"]["categories"] == ["basic", "plus", "pro"]
    assert features["plan"]["missing_seen"]
    assert not features["city"]["missing_seen"]
    assert features["age"]["minimum"] < features["age"]["maximum"]
    assert features["member"]["minimum"] is None


def test_progress_lines_rise_and_name_the_phases(run_job):
    lines = run_job(make_spec("binary", ["logistic_regression", "gradient_boosting"])).lines
    found = [PROGRESS.match(line) for line in lines if line.startswith("[dandori]")]
    assert all(found)
    percents = [float(match[1]) for match in found if match]
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (0.0, 100.0)
    phases = dict.fromkeys(match[2] for match in found if match)
    assert list(phases) == ["loading", "cross_validation", "fitting", "exporting", "checking"]
    assert any("algorithm=gradient_boosting fold=3/3 f1_score=0." in line for line in lines)


@pytest.mark.parametrize(
    "name", ["logistic_regression", "random_forest", "xgboost", "gradient_boosting", "neural_network"]
)
def test_the_same_request_gives_the_same_bytes_on_any_number_of_threads(run_job, monkeypatch, name):
    given = {
        "random_forest": {"n_estimators": 20},
        "xgboost": {"subsample": 0.7, "num_round": 20},
        "gradient_boosting": {"n_estimators": 30},
        "neural_network": {"max_iter": 10},
    }.get(name, {})
    value = make_spec(
        "multiclass",
        [name],
        hyperparameters={name: given},
        class_imbalance_handling="smote",
        preprocessing={
            "encode_categorical": "target",
            "feature_selection": {"method": "importance", "max_features": 4},
        },
    )
    jobs = []
    for threads in ("1", "3", "3"):
        monkeypatch.setenv("DANDORI_THREADS", threads)
        jobs.append(run_job(value))

    def measured(job):
        report = job.report
        for entry in report["candidates"]:
            del entry["train_seconds"]
        del report["timings_seconds"]
        return report

    assert jobs[0].model == jobs[1].model == jobs[2].model
    assert measured(jobs[0]) == measured(jobs[1]) == measured(jobs[2])
    assert jobs[0].signature == jobs[1].signature


def test_another_seed_gives_another_forest(run_job):
    given = {"random_forest": {"n_estimators": 10}}
    first, second = (
        run_job(make_spec("binary", ["random_forest"], hyperparameters=given, seed=seed)) for seed in (1, 2)
    )
    assert first.model != second.model


def test_an_algorithm_that_fails_is_shown_and_the_others_go_on(run_job, monkeypatch):
    original = cross_validation.fit_model

    def failing(spec, algorithm, prepared, threads):
        if algorithm == "xgboost":
            raise ValueError("no such luck")
        return original(spec, algorithm, prepared, threads)

    monkeypatch.setattr(cross_validation, "fit_model", failing)
    report = run_job(make_spec("binary", ["xgboost", "logistic_regression"])).report
    assert report["algorithm"] == "logistic_regression"
    assert report["candidates"][1]["error"] == "ValueError: no such luck"
    assert report["candidates"][1]["mean"] is None
    with pytest.raises(TrainerError, match="Every algorithm failed"):
        run_job(make_spec("binary", ["xgboost"]))


def test_folds_without_a_class_are_scored_all_the_same(run_job):
    rows = columns(60, "binary")
    rows["target"] = pa.array(["Yes" if index == 7 else "No" for index in range(60)])
    report = run_job(make_spec("binary", ["logistic_regression", "xgboost"], metric="accuracy"), rows).report
    assert len(report["cv"]["scores"]) == 3


def test_an_all_missing_and_a_constant_column_do_no_harm(run_job):
    rows, validation = columns(200, "binary"), columns(80, "binary", seed=1)
    for table, count in ((rows, 200), (validation, 80)):
        table["age"] = pa.nulls(count, pa.float64())
        table["city"] = pa.array(["Kyoto"] * count)
        table["plan"] = pa.nulls(count, pa.string())
    for encode in ("onehot", "label", "target"):
        report = run_job(
            make_spec("binary", ["xgboost"], preprocessing={"encode_categorical": encode}), rows, validation
        )
        assert report.report["validation_metrics"]["accuracy"] > 0.4


def no_rows(table):
    return {name: column[:0] for name, column in table.items()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (no_rows, "no rows"),
        (lambda table: {k: v for k, v in table.items() if k != "age"}, "column age: missing"),
        (lambda table: {**table, "age": pa.array(["x"] * 300)}, "column age: found string"),
        (lambda table: {**table, "plan": pa.array(range(300))}, "column plan: found int64"),
        (lambda table: {**table, "member": pa.array([2.0] * 300)}, "column member: found double"),
        (lambda table: {**table, "income": pa.array([1e300] * 300)}, "column income: has a value that is infinite"),
        (lambda table: {**table, "target": pa.array(["Perhaps"] * 300)}, "found Perhaps; allowed: No, Yes"),
        (lambda table: {**table, "target": pa.nulls(300, pa.string())}, "300 rows have none"),
        (lambda table: {**table, "target": pa.array(["No"] * 300)}, "no row of class Yes"),
        (
            lambda table: {name: column[:2] for name, column in table.items()},
            "2 training rows cannot make 3 folds|no row of class",
        ),
    ],
)
def test_unusable_data_is_refused(run_job, change, message):
    with pytest.raises(TrainerError) as caught:
        run_job(make_spec("binary", ["xgboost"]), change(columns(300, "binary")))
    assert re.search(message, str(caught.value))
    assert "Next: " in str(caught.value)


def test_a_constant_regression_target_is_refused(run_job):
    rows = {**columns(100, "regression"), "target": pa.array([5.0] * 100)}
    with pytest.raises(TrainerError, match="constant"):
        run_job(make_spec("regression", ["linear_regression"]), rows)
