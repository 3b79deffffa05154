"""Generated features: the graph gives what numpy gives, in training and in the exported file alike."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from conftest import make_spec

from dandori_trainer.data import Dataset, Frame
from dandori_trainer.errors import TrainerError
from dandori_trainer.generation import LARGEST
from dandori_trainer.model import prepare
from dandori_trainer.spec import ROW_FUNCTIONS, parse_spec

NUMPY = {"product": np.prod, "sum": np.sum, "mean": np.mean, "min": np.min, "max": np.max, "std": np.std}


def generated(name, function, *names):
    return {"name": name, "function": function, "columns": list(names)}


def spec_of(generated_features, **preprocessing):
    features = [{"name": name, "kind": "numeric"} for name in "abc"]
    features.insert(1, {"name": "flag", "kind": "boolean"})
    changes = {"features": features, "generated_features": generated_features, "preprocessing": preprocessing}
    return parse_spec(make_spec("binary", ["xgboost"], **changes))


def rows_of(count, seed=0, missing=0.15):
    """Rows of a, flag, b, c with gaps and a few values far out."""
    random = np.random.default_rng(seed)
    dense = random.normal(3, 10, (count, 4))
    dense[:, 1] = random.random(count) < 0.5
    dense[random.random((count, 4)) < 0.02] *= 50
    dense[random.random((count, 4)) < missing] = np.nan
    return Frame(dense.astype(np.float32), np.empty((count, 0), dtype=object))


def dataset(count, seed=0):
    return Dataset(rows_of(count, seed), np.arange(count) % 2)


ALL = [
    *(generated(f"abc_{function}", function, "a", "b", "c") for function in ROW_FUNCTIONS if function != "product"),
    generated("a_x_b", "product", "a", "b"),
    generated("c_x_a", "product", "c", "a"),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "rule", [{"handle_missing": "median"}, {"outliers": {"method": "iqr", "action": "clip"}}, {"normalize": "minmax"}]
)
def test_the_graph_equals_numpy_on_filled_rows(rule, seed):
    spec = spec_of(ALL, **rule)
    fitted = prepare(spec, dataset(200, seed)).preprocessing
    rows = rows_of(300, seed + 100)
    found = fitted.transform(rows)
    values = fitted.imputation.apply(rows).dense.astype(np.float64)
    places = {"a": 0, "b": 2, "c": 3}
    for index, feature in enumerate(spec.generated, start=4):
        expected = NUMPY[feature.function](values[:, [places[name] for name in feature.columns]], axis=1)
        expected = (expected - fitted.offset[index]) * fitted.scale[index]
        np.testing.assert_allclose(found[:, index], expected, rtol=1e-5, atol=1e-5, err_msg=feature.name)


def test_generated_columns_are_scaled_like_others():
    matrix = prepare(spec_of(ALL), dataset(400)).matrix[:, 4:]
    np.testing.assert_allclose(matrix.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(matrix.std(axis=0), 1, atol=1e-4)


def test_what_would_overflow_stays_finite():
    fitted = prepare(spec_of(ALL), dataset(100)).preprocessing
    far = Frame(np.array([[3e38, 1, 3e38, -3e38]] * 2, dtype=np.float32), np.empty((2, 0), dtype=object))
    unscaled = prepare(spec_of(ALL, normalize="none"), dataset(100)).preprocessing.transform(far)
    assert np.isfinite(fitted.transform(far)[:, 4:]).all()
    assert unscaled[0, 4:6].tolist() == [np.float32(LARGEST), np.float32(-LARGEST)]


def test_without_generated_features_nothing_changes():
    value = make_spec("binary", ["xgboost"])
    assert parse_spec(value).candidates == ("age", "plan", "member", "income", "city")
    assert parse_spec({**value, "generated_features": []}) == parse_spec(value)


@pytest.mark.parametrize("encode", ["onehot", "target"])
@pytest.mark.parametrize("imbalance", ["none", "smote"])
def test_encoded_categories_stand_behind_generated_columns(run_job, encode, imbalance):
    made = [generated("age_x_income", "product", "age", "income")]
    rule = {"encode_categorical": encode}
    spec = make_spec(
        "binary",
        ["xgboost"],
        generated_features=made,
        preprocessing=rule,
        class_imbalance_handling=imbalance,
    )
    report = run_job(spec).report
    assert report["selected_features"] == ["age", "plan", "member", "income", "city", "age_x_income"]
    assert report["onnx_agreement"]["label_mismatches"] == 0


@pytest.mark.parametrize("method", ["correlation", "importance"])
def test_selection_may_keep_what_is_generated_and_drop_what_it_is_made_of(method):
    random = np.random.default_rng(3)
    dense = random.normal(0, 1, (800, 4))
    y = (dense[:, 0] * dense[:, 2] > 0).astype(np.int64)
    data = Dataset(Frame(dense.astype(np.float32), np.empty((800, 0), dtype=object)), y)
    rule = {"feature_selection": {"method": method, "max_features": 1}}
    prepared = prepare(spec_of([generated("a_x_b", "product", "a", "b")], **rule), data)
    assert prepared.preprocessing.selected_features == ("a_x_b",)
    again = prepared.preprocessing.transform(data.frame)
    np.testing.assert_array_equal(again, prepared.matrix)
    assert abs(np.corrcoef(again[:, 0], dense[:, 0] * dense[:, 2])[0, 1]) > 0.999


def test_the_exported_model_learns_from_a_product_that_a_line_cannot_see(run_job):
    def rows(count, seed):
        random = np.random.default_rng(seed)
        a, b = random.normal(0, 1, count), random.normal(0, 1, count)
        return {"a": pa.array(a), "b": pa.array(b), "target": pa.array(3 * a * b + 1)}

    features = [{"name": name, "kind": "numeric"} for name in "ab"]
    made = [generated("a_x_b", "product", "a", "b")]
    spec = make_spec("regression", ["linear_regression"], features=features, generated_features=made)
    job = run_job(spec, rows(400, 0), rows(100, 1))
    assert job.report["cv"]["mean"] > 0.99999
    assert [entry["features"] for entry in job.signature["inputs"]] == [["a", "b"]]
    assert job.predict([[2, -3]], [[]])[0][0, 0] == pytest.approx(-17, abs=1e-3)
    assert {entry["feature"] for entry in job.report["feature_importance"]} == {"a", "b"}


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("a_x_b", "generated_features: found"),
        (["a"], "generated_features: found"),
        ([generated("x", "median", "age", "income")], "generated_features[0].function: found"),
        ([generated("x", "sum", "age")], "generated_features[0].columns: found"),
        ([generated("x", "product", "age", "age")], "generated_features[0].columns: found"),
        ([generated("x", "sum", "age", "height")], "allowed: numeric features: age, income"),
        ([generated("x", "sum", "age", "member")], "allowed: numeric features: age, income"),
        ([generated("x", "sum", "age", "target")], "allowed: numeric features: age, income"),
        ([generated("city", "sum", "age", "income")], "generated_features[0].name: found"),
        ([generated("target", "sum", "age", "income")], "generated_features[0].name: found"),
        ([generated("x", "sum", "age", "income")] * 2, "generated_features[1].name: found"),
        ([{**generated("x", "sum", "age", "income"), "by": "city"}], "generated_features[0].by: unknown field"),
    ],
)
def test_a_problem_of_a_generated_feature_is_named(made, named):
    with pytest.raises(TrainerError) as caught:
        parse_spec(make_spec("binary", ["xgboost"], generated_features=made))
    assert len(caught.value.problems) == 1
    assert named in caught.value.problems[0]


def test_a_product_is_of_two_columns():
    with pytest.raises(TrainerError, match="1 problem"):
        spec_of([generated("x", "product", "a", "b", "c")])


@pytest.mark.parametrize("function", ["sum", "mean"])
def test_a_line_is_fitted_though_a_generated_column_follows_from_the_others(run_job, function):
    made = [generated("both", function, "age", "income")]
    spec = make_spec("regression", ["linear_regression"], generated_features=made)
    plain = run_job(make_spec("regression", ["linear_regression"])).report["validation_metrics"]
    report = run_job(spec).report
    assert report["onnx_agreement"]["max_abs_difference"] < 1e-3
    assert report["validation_metrics"]["r2"] == pytest.approx(plain["r2"], abs=1e-4)
