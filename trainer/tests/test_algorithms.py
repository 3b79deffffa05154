"""Every algorithm on every task: what the ONNX file answers is what the estimator answers."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import columns, make_spec, write_job

from dandori_trainer.algorithms import family
from dandori_trainer.algorithms.settings import FitSettings
from dandori_trainer.algorithms.tree_ensemble import round_down
from dandori_trainer.catalogue import algorithms
from dandori_trainer.data import read_channel
from dandori_trainer.export import check_agreement, export_model
from dandori_trainer.model import fit_model, prepare
from dandori_trainer.spec import parse_spec

QUICK = {
    "random_forest": {"n_estimators": 30, "min_samples_leaf": 1},
    "xgboost": {"num_round": 30},
    "gradient_boosting": {"n_estimators": 30},
    "neural_network": {"max_iter": 30},
}
CASES = [
    (kind, name)
    for kind in ("binary", "multiclass", "regression")
    for name, entry in algorithms().items()
    if ("regression" if kind == "regression" else "classification") in entry["task_types"]
]


def spec_of(kind, name, **changes):
    given = {name: QUICK[name]} if name in QUICK else {}
    return make_spec(kind, [name], hyperparameters=given, **changes)


@pytest.mark.parametrize(("kind", "name"), CASES)
@pytest.mark.parametrize("encode", ["onehot", "target"])
def test_the_file_agrees_with_the_estimator_on_every_row(tmp_path, kind, name, encode):
    value = spec_of(kind, name, preprocessing={"encode_categorical": encode})
    write_job(tmp_path, value, columns(400, kind), columns(300, kind, seed=1))
    spec = parse_spec(value)
    rows, validation = (read_channel(tmp_path / "input" / "data" / part, spec) for part in ("train", "validation"))
    model = fit_model(spec, name, prepare(spec, rows), threads=2)
    artefact = export_model(model)
    for data in (rows, validation):
        agreement = check_agreement(model, artefact, data)
        assert agreement["rows"] == data.rows
        assert agreement["label_mismatches"] == 0
        assert agreement["ties"] == 0


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_the_file_answers_missing_and_unseen_values(run_job, kind, name):
    job = run_job(spec_of(kind, name))
    nan = float("nan")
    found = job.predict([[nan, nan, nan], [40.0, 1.0, 20000.0]], [["", ""], ["never seen", "彦根"]])
    if kind == "regression":
        assert found[0].shape == (2, 1)
        assert found[0].dtype == np.float32
    else:
        labels, probabilities = found
        assert labels.dtype == np.int64
        assert labels.shape == (2,)
        assert probabilities.shape == (2, len(job.signature["classes"]))
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert all(np.isfinite(tensor).all() for tensor in found)
    assert job.predict([[40.0, 1.0, 20000.0]], [["pro", "Nara"]])[0].shape[0] == 1


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_it_learns_something(run_job, kind, name):
    report = run_job(spec_of(kind, name), rows=columns(900, kind)).report
    metric, least = ("r2", 0.5) if kind == "regression" else ("auc_roc", 0.8)
    assert report["validation_metrics"][metric] > least
    assert report["cv"]["all"][metric]["mean"] > least


def test_missing_answers_as_the_filled_value_does(run_job):
    job = run_job(
        make_spec("binary", ["logistic_regression"], preprocessing={"handle_missing": "constant", "fill_value": 7})
    )
    with_gap = job.predict([[float("nan"), 1.0, 20000.0]], [["pro", "Nara"]])[1]
    filled = job.predict([[7.0, 1.0, 20000.0]], [["pro", "Nara"]])[1]
    np.testing.assert_array_equal(with_gap, filled)


def test_a_missing_category_answers_as_the_most_frequent_one(run_job):
    job = run_job(make_spec("binary", ["logistic_regression"]))
    gap = job.predict([[40.0, 1.0, 20000.0]], [["", "Nara"]])[1]
    frequent = job.predict([[40.0, 1.0, 20000.0]], [["basic", "Nara"]])[1]
    np.testing.assert_array_equal(gap, frequent)


def test_round_down_keeps_every_comparison_with_float32_rows():
    random = np.random.default_rng(0)
    thresholds = random.normal(size=2000)
    single = round_down(thresholds)
    assert single.dtype == np.float32
    neighbours = np.concatenate([np.nextafter(single, np.float32(9)), single, np.nextafter(single, np.float32(-9))])
    doubled = np.tile(thresholds, 3)
    np.testing.assert_array_equal(neighbours.astype(np.float64) <= doubled, neighbours <= np.tile(single, 3))


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_least_squares_are_those_of_scikit_learn_where_columns_are_independent(fit_intercept):
    from sklearn.linear_model import LinearRegression

    random = np.random.default_rng(4)
    X = random.normal(5, 1, (300, 4)).astype(np.float32) * np.array([1e-4, 1, 50, 1e5], dtype=np.float32)
    y = X @ np.array([2e4, 3, -0.1, 1e-5]) + random.normal(0, 0.5, 300) + 7
    settings = FitSettings(False, {"alpha": 0, "fit_intercept": fit_intercept}, 0, 1)
    found = family("linear_regression").fit(settings, X, y, None)
    expected = LinearRegression(fit_intercept=fit_intercept).fit(X.astype(np.float64), y)
    np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-7)
    np.testing.assert_allclose(found.predict(X), expected.predict(X.astype(np.float64)), rtol=1e-5)
