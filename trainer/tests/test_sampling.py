"""Class imbalance: on training rows, inside the folds, before encoding."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import columns, make_spec, write_job

from dandori_trainer import model
from dandori_trainer.cross_validation import cross_validate
from dandori_trainer.data import Dataset, Frame, read_channel
from dandori_trainer.imputation import fit_imputation
from dandori_trainer.progress import Progress
from dandori_trainer.sampling import class_ratio, sample, sample_weights
from dandori_trainer.spec import parse_spec


def load(tmp_path, value, rows=300):
    kind = "binary" if len(value["classes"]) == 2 else "multiclass"
    write_job(tmp_path, value, columns(rows, kind), columns(100, kind, seed=1))
    spec = parse_spec(value)
    data = read_channel(tmp_path / "input" / "data" / "train", spec)
    return spec, Dataset(fit_imputation(spec, data.frame).apply(data.frame), data.y)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
@pytest.mark.parametrize("kinds", [["numeric"], ["boolean", "categorical"], ["numeric", "boolean", "categorical"]])
@pytest.mark.parametrize("method", ["smote", "undersample"])
def test_sampling_balances_and_invents_no_category(tmp_path, kind, kinds, method):
    features = [feature for feature in make_spec(kind, [])["features"] if feature["kind"] in kinds]
    spec, rows = load(tmp_path, make_spec(kind, ["xgboost"], features=features, class_imbalance_handling=method))
    balanced = sample(spec, rows)
    counts = np.bincount(balanced.y)
    assert counts.min() == counts.max()
    assert (balanced.rows > rows.rows) == (method == "smote")
    for index, feature in enumerate(spec.dense_features):
        if feature.kind == "boolean":
            assert set(np.unique(balanced.frame.dense[:, index])) <= {0.0, 1.0}
    for index in range(len(spec.categorical_features)):
        assert set(balanced.frame.categorical[:, index]) <= set(rows.frame.categorical[:, index])


def test_class_weights_make_classes_equal(tmp_path):
    spec, rows = load(tmp_path, make_spec("multiclass", ["xgboost"], class_imbalance_handling="class_weight"))
    weights = sample_weights(spec, rows.y)
    totals = np.bincount(rows.y, weights=weights)
    np.testing.assert_allclose(totals, totals[0])
    assert sample(spec, rows) is rows


def test_a_class_of_one_row_is_repeated_before_smote(tmp_path):
    spec, rows = load(tmp_path, make_spec("binary", ["xgboost"], class_imbalance_handling="smote"))
    y = np.zeros(40, dtype=np.int64)
    y[3] = 1
    balanced = sample(spec, Dataset(Frame(rows.frame.dense[:40], rows.frame.categorical[:40]), y))
    assert class_ratio(balanced.y) == 0.5


def test_held_out_rows_are_never_sampled_or_seen(tmp_path, monkeypatch):
    value = make_spec("binary", ["logistic_regression"], class_imbalance_handling="smote")
    spec, rows = load(tmp_path, value)
    fitted_on, scored_on = [], []
    original = model.fit_preprocessing

    def spy(spec, imputation, train):
        fitted_on.append(train)
        return original(spec, imputation, train)

    class Recorder:
        def __call__(self, spec, y, predicted):
            scored_on.append(len(y))
            return {"f1_score": 0.5}

    monkeypatch.setattr(model, "fit_preprocessing", spy)
    monkeypatch.setattr("dandori_trainer.cross_validation.score", Recorder())
    cross_validate(spec, rows, Progress(lambda _line: None), threads=1)
    assert sum(scored_on) == rows.rows
    assert len(fitted_on) == spec.cv_folds
    whole = {row.tobytes() for row in rows.frame.dense}
    for train, held_out in zip(fitted_on, scored_on, strict=True):
        assert class_ratio(train.y) == 0.5
        real = {row.tobytes() for row in train.frame.dense} & whole
        assert len(real) <= rows.rows - held_out


@pytest.mark.parametrize("method", ["smote", "undersample", "class_weight"])
def test_the_report_shows_the_balance(run_job, method):
    report = run_job(make_spec("binary", ["logistic_regression"], class_imbalance_handling=method)).report
    balance = report["class_balance"]
    assert balance["original_class_ratio"] < 0.5
    expected = balance["original_class_ratio"] if method == "class_weight" else 0.5
    assert balance["balanced_class_ratio"] == expected
