"""Rows in the order of time: what is learnt from comes before what it is judged or encoded by."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import columns, make_spec

from dandori_trainer import inspection
from dandori_trainer.algorithms import neural_network
from dandori_trainer.algorithms.settings import FitSettings
from dandori_trainer.catalogue import resolve_hyperparameters
from dandori_trainer.cross_validation import make_folds
from dandori_trainer.data import Dataset, Frame
from dandori_trainer.errors import TrainerError
from dandori_trainer.model import fit_model, prepare
from dandori_trainer.spec import parse_spec


def city_spec(kind, **changes):
    value = make_spec(kind, ["xgboost"], features=[{"name": "city", "kind": "categorical"}], time_ordered=True)
    value["preprocessing"].update(encode_categorical="target", normalize="none")
    return parse_spec({**value, **changes})


def city_rows(rows, kind, seed=0):
    random = np.random.default_rng(seed)
    cities = random.choice(["Kyoto", "Osaka", "Nara"], rows).astype(object)[:, None]
    y = random.normal(size=rows) if kind == "regression" else random.integers(0, {"binary": 2}.get(kind, 3), rows)
    return Dataset(Frame(np.empty((rows, 0), dtype=np.float32), cities), y)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("folds", [2, 5])
def test_no_fold_trains_on_a_later_row(kind, folds):
    made = make_folds(city_spec(kind, cv_folds=folds), city_rows(61, kind))
    assert len(made) == folds
    assert all(len(train) > 0 and len(held_out) > 0 and train.max() < held_out.min() for train, held_out in made)


def test_other_rows_are_folded_in_any_order():
    made = make_folds(city_spec("regression", time_ordered=False), city_rows(61, "regression"))
    assert any(train.max() > held_out.min() for train, held_out in made)


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_the_fewest_rows_that_make_folds_in_time_can_be_encoded(kind):
    spec = city_spec(kind, cv_folds=4)
    with pytest.raises(TrainerError, match="14 training rows cannot make 4 folds"):
        make_folds(spec, city_rows(14, kind))
    rows = city_rows(15, kind)
    made = make_folds(spec, rows)
    assert len(made) == 4
    for train, _ in made:
        assert len(prepare(spec, rows.take(train)).matrix) == len(train)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("last", [30, 60, 89])
def test_target_encoding_of_a_row_follows_from_earlier_rows_only(kind, last):
    spec, rows = city_spec(kind), city_rows(90, kind)
    changed = rows.y.copy()
    changed[last:] = rows.y[last:][::-1] + 1 if kind == "regression" else (rows.y[last:] + 1) % len(spec.classes)
    before, after = prepare(spec, rows).matrix, prepare(spec, Dataset(rows.frame, changed)).matrix
    np.testing.assert_array_equal(before[:last], after[:last])


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_target_encoding_in_time_tells_what_was_before(kind):
    spec, rows = city_spec(kind), city_rows(600, kind)
    of_city = {"Kyoto": 0, "Osaka": 1, "Nara": 1}
    y = np.array([of_city[name] for name in rows.frame.categorical[:, 0]], dtype=rows.y.dtype)
    encoded = prepare(spec, Dataset(rows.frame, y)).matrix[:, 0]
    assert len(np.unique(encoded[:100])) == 1
    np.testing.assert_allclose(encoded[100:], y[100:], atol=0.1)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_a_class_that_appears_late_is_encoded_all_the_same(kind):
    spec, rows = city_spec(kind), city_rows(90, kind)
    late = np.where(np.arange(90) < 80, 0, np.arange(90) % len(spec.classes))
    matrix = prepare(spec, Dataset(rows.frame, late)).matrix
    assert matrix.shape == (90, 3 if kind == "multiclass" else 1)
    assert np.isfinite(matrix).all()


def test_the_learning_curve_is_of_the_earliest_rows(run_job, monkeypatch):
    taken = []
    original = inspection.prepare

    def noted(spec, part):
        taken.append(part.y)
        return original(spec, part)

    monkeypatch.setattr(inspection, "prepare", noted)
    monkeypatch.setenv("DANDORI_THREADS", "1")
    table = columns(300, "regression")
    value = make_spec("regression", ["linear_regression"], time_ordered=True)
    assert run_job(value, table).report["learning_curve"]["train_sizes"] == [30, 60, 120, 300]
    whole = table["target"].to_numpy()
    assert [len(part) for part in taken] == [30, 60, 120]
    for part in taken:
        np.testing.assert_array_equal(part, whole[: len(part)])


def test_time_ordered_must_be_said():
    value = make_spec("regression", ["xgboost"])
    del value["time_ordered"]
    with pytest.raises(TrainerError) as caught:
        parse_spec(value)
    assert caught.value.problems == ["time_ordered: missing"]


@pytest.fixture
def stopping_rows(monkeypatch):
    """Rows that a network was trained on and judged by between its passes; None where it held out some by itself."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    seen = {"trained": None, "judged": None, "by_itself": None}
    for kind in (MLPClassifier, MLPRegressor):
        partial_fit, score, whole = kind.partial_fit, kind.score, kind.fit

        def noted_fit(self, X, y, original=partial_fit, **more):
            seen["trained"] = X
            return original(self, X, y, **more)

        def noted_score(self, X, y, original=score, **more):
            seen["judged"] = X
            return original(self, X, y, **more)

        def noted_whole(self, X, y, original=whole, **more):
            seen["by_itself"] = self.early_stopping
            return original(self, X, y, **more)

        monkeypatch.setattr(kind, "partial_fit", noted_fit)
        monkeypatch.setattr(kind, "score", noted_score)
        monkeypatch.setattr(kind, "fit", noted_whole)
    return seen


def network(kind, y=None, **settings):
    random = np.random.default_rng(3)
    X = random.normal(size=(1200, 3)).astype(np.float32)
    if y is None:
        y = X[:, 0] * 50 + 7 if kind == "regression" else (X[:, 0] > 0).astype(np.int64)
    hyperparameters, _ = resolve_hyperparameters("neural_network", {"max_iter": 40, "early_stopping": True})
    given = FitSettings(kind != "regression", hyperparameters, 5, 1, **settings)
    return X, y, neural_network.fit(given, X, y, None if kind == "regression" else np.ones(len(y)))


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_a_network_stops_by_the_last_rows(stopping_rows, kind):
    X, y, fitted = network(kind, hold_out="last")
    np.testing.assert_array_equal(stopping_rows["trained"], X[:1080])
    np.testing.assert_array_equal(stopping_rows["judged"], X[1080:])
    assert stopping_rows["by_itself"] is None
    assert fitted.score(X, y) > 0.9
    again = network(kind, hold_out="last")[2]
    for one, other in zip(fitted.coefs_, again.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("hold_out", "y", "by_itself"),
    [
        ("any", None, True),
        ("none", None, False),
        ("last", np.repeat([0, 1], [1100, 100]), False),
    ],
)
def test_a_network_holds_rows_out_by_itself_only_where_any_may_be(stopping_rows, hold_out, y, by_itself):
    network("binary", y, hold_out=hold_out)
    assert stopping_rows["trained"] is None
    assert stopping_rows["by_itself"] is by_itself


@pytest.mark.parametrize(
    ("time_ordered", "handling", "hold_out"),
    [(False, "none", "any"), (True, "none", "last"), (True, "undersample", "last"), (True, "smote", "none")],
)
def test_what_may_be_held_out_follows_from_the_order_of_the_rows(monkeypatch, time_ordered, handling, hold_out):
    given = []
    monkeypatch.setattr(neural_network, "fit", lambda settings, *_: given.append(settings.hold_out))
    features = [{"name": "age", "kind": "numeric"}, {"name": "income", "kind": "numeric"}]
    changes = {"time_ordered": time_ordered, "class_imbalance_handling": handling, "features": features}
    spec = parse_spec(make_spec("binary", ["neural_network"], **changes))
    dense = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    rows = Dataset(Frame(dense, np.empty((40, 0), dtype=object)), (np.arange(40) % 4 == 0).astype(np.int64))
    fit_model(spec, "neural_network", prepare(spec, rows), 1)
    assert given == [hold_out]
