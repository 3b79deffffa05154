"""The fitted preprocessing: what is learnt, from which rows, and what the graph gives."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from conftest import columns, make_spec, write_job

from dandori_trainer.data import Dataset, Frame, read_channel
from dandori_trainer.encoding import MAX_ONEHOT_COLUMNS
from dandori_trainer.imputation import fit_imputation
from dandori_trainer.model import prepare
from dandori_trainer.spec import parse_spec


def frame_spec(kinds, **preprocessing):
    features = [{"name": name, "kind": kind} for name, kind in kinds.items()]
    return parse_spec(make_spec("binary", ["xgboost"], features=features, preprocessing=preprocessing))


def dense_frame(*columns_of_values):
    dense = np.column_stack([np.array(values, dtype=np.float32) for values in columns_of_values])
    return Frame(dense, np.empty((len(dense), 0), dtype=object))


def text_frame(*values):
    return Frame(np.empty((len(values), 0), dtype=np.float32), np.array(values, dtype=object)[:, None])


NAN = float("nan")


@pytest.mark.parametrize(
    ("handle_missing", "fill_value", "expected"),
    [
        ("mean", None, 4.0),
        ("median", None, 2.0),
        ("mode", None, 1.0),
        ("constant", -5, -5.0),
        ("constant", None, 0.0),
        ("drop", None, 4.0),
    ],
)
def test_numbers_are_filled(handle_missing, fill_value, expected):
    spec = frame_spec({"a": "numeric"}, handle_missing=handle_missing, fill_value=fill_value, normalize="none")
    imputation = fit_imputation(spec, dense_frame([1, 1, NAN, 2, 5, 11]))
    assert imputation.fill.tolist() == [expected]
    assert imputation.apply(dense_frame([NAN, 3])).dense.tolist() == [[expected], [3.0]]


@pytest.mark.parametrize("kind", ["numeric", "boolean"])
def test_an_all_missing_column_is_filled_with_zero(kind):
    spec = frame_spec({"a": kind, "b": "numeric"})
    prepared = prepare(spec, Dataset(dense_frame([NAN] * 6, range(6)), np.array([0, 1] * 3)))
    assert prepared.matrix[:, 0].tolist() == [0.0] * 6


def test_a_constant_column_stays_finite():
    for normalize in ("standard", "minmax", "none"):
        spec = frame_spec({"a": "numeric", "b": "numeric"}, normalize=normalize)
        prepared = prepare(spec, Dataset(dense_frame([0.1] * 6, range(6)), np.array([0, 1] * 3)))
        assert np.isfinite(prepared.matrix).all()


@pytest.mark.parametrize("method", ["iqr", "zscore"])
def test_outliers_are_clipped_in_the_graph(method):
    values = [1, 2, 3, 4, 5, 6, 7, 8, 1000, 4, 5, 3]
    spec = frame_spec({"a": "numeric"}, outliers={"method": method, "action": "clip"}, normalize="none")
    data = Dataset(dense_frame(values), np.array([0, 1] * 6))
    prepared = prepare(spec, data)
    if method == "zscore":
        observed = np.array(values, dtype=np.float64)
        low, high = observed.mean() - 3 * observed.std(), observed.mean() + 3 * observed.std()
    else:
        first, third = np.percentile(values, [25, 75])
        low, high = first - 1.5 * (third - first), third + 1.5 * (third - first)
    far = prepared.preprocessing.transform(dense_frame([-1e6, 1e6, 4]))
    np.testing.assert_allclose(far[:, 0], [low, high, 4], rtol=1e-6)


def test_a_constant_for_missing_outside_the_fences_survives_clipping():
    spec = frame_spec(
        {"a": "numeric"},
        outliers={"method": "iqr", "action": "clip"},
        normalize="none",
        handle_missing="constant",
        fill_value=-99,
    )
    prepared = prepare(spec, Dataset(dense_frame([1, 2, 3, 4, 5, NAN]), np.array([0, 1] * 3)))
    assert prepared.matrix[-1, 0] == -99
    assert prepared.preprocessing.transform(dense_frame([NAN]))[0, 0] == -99


def test_mostly_equal_values_are_not_clipped_to_a_constant():
    spec = frame_spec({"a": "numeric"}, outliers={"method": "iqr", "action": "clip"}, normalize="none")
    prepared = prepare(spec, Dataset(dense_frame([0, 0, 0, 0, 0, 9]), np.array([0, 1] * 3)))
    assert prepared.matrix[-1, 0] == 9


def test_unseen_and_rare_categories_share_a_column():
    spec = frame_spec({"a": "categorical"})
    names = [f"c{i:03d}" for i in range(MAX_ONEHOT_COLUMNS + 5) for _ in range(2 if i < MAX_ONEHOT_COLUMNS else 1)]
    prepared = prepare(spec, Dataset(text_frame(*names), np.arange(len(names)) % 2))
    assert prepared.preprocessing.width == MAX_ONEHOT_COLUMNS + 1
    assert (prepared.matrix.sum(axis=1) == 1).all()
    rare, unseen = prepared.preprocessing.transform(text_frame(names[-1], "never"))
    np.testing.assert_array_equal(rare, unseen)
    assert rare[-1] == 1


def test_missing_is_a_category_of_its_own_with_a_constant():
    spec = frame_spec({"a": "categorical"}, handle_missing="constant")
    prepared = prepare(spec, Dataset(text_frame("x", "", "y", ""), np.array([0, 1, 0, 1])))
    assert prepared.preprocessing.width == 3
    assert not np.array_equal(*prepared.preprocessing.transform(text_frame("", "x")))


def test_label_codes_follow_sorted_order_and_unseen_is_minus_one():
    spec = frame_spec({"a": "categorical"}, encode_categorical="label", normalize="none")
    prepared = prepare(spec, Dataset(text_frame("b", "a", "c", "a"), np.array([0, 1, 0, 1])))
    assert prepared.preprocessing.transform(text_frame("a", "b", "c", "?", ""))[:, 0].tolist() == [0, 1, 2, -1, 0]


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_target_encoding_is_cross_fitted_for_training_rows_only(tmp_path, kind):
    value = make_spec(kind, ["random_forest"], preprocessing={"encode_categorical": "target"})
    write_job(tmp_path, value, columns(200, kind), columns(10, kind))
    spec = parse_spec(value)
    rows = read_channel(tmp_path / "input" / "data" / "train", spec)
    prepared = prepare(spec, rows)
    encoded = slice(len(spec.dense_features), None)
    again = prepared.preprocessing.transform(rows.frame)
    assert prepared.matrix.dtype == np.float32
    np.testing.assert_array_equal(prepared.matrix[:, : len(spec.dense_features)], again[:, : len(spec.dense_features)])
    assert (prepared.matrix[:, encoded] != again[:, encoded]).any()
    width = 3 if kind == "multiclass" else 1
    assert prepared.preprocessing.width == 3 + 2 * width


def test_a_random_identifier_does_not_look_predictive_by_target_encoding():
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 400)
    names = [f"id{i}" for i in random.integers(0, 200, 400)]
    spec = frame_spec({"a": "categorical"}, encode_categorical="target", normalize="none")
    prepared = prepare(spec, Dataset(text_frame(*names), y))
    naive = prepared.preprocessing.transform(text_frame(*names))
    assert abs(np.corrcoef(naive[:, 0], y)[0, 1]) > 0.5
    assert abs(np.corrcoef(prepared.matrix[:, 0], y)[0, 1]) < 0.2


@pytest.mark.parametrize("encode", ["onehot", "label"])
def test_the_estimator_gets_the_float32_output_of_the_graph(tmp_path, encode):
    value = make_spec("binary", ["xgboost"], preprocessing={"encode_categorical": encode})
    write_job(tmp_path, value, columns(200, "binary"), columns(10, "binary"))
    spec = parse_spec(value)
    rows = read_channel(tmp_path / "input" / "data" / "train", spec)
    prepared = prepare(spec, rows)
    assert prepared.matrix.dtype == np.float32
    np.testing.assert_array_equal(prepared.matrix, prepared.preprocessing.transform(rows.frame))


@pytest.mark.parametrize("method", ["correlation", "importance"])
def test_selection_keeps_whole_features_that_matter(run_job, method):
    rows = columns(400, "binary")
    rows["noise"] = pa.array(np.random.default_rng(5).normal(size=400))
    validation = {**columns(150, "binary", seed=1), "noise": pa.array(np.zeros(150))}
    features = [*make_spec("binary", [])["features"], {"name": "noise", "kind": "numeric"}]
    rule = {"feature_selection": {"method": method, "max_features": 3}}
    job = run_job(make_spec("binary", ["logistic_regression"], features=features, preprocessing=rule), rows, validation)
    assert len(job.report["selected_features"]) == 3
    assert "age" in job.report["selected_features"]
    assert [entry["features"] for entry in job.signature["inputs"]] == [
        ["age", "member", "income", "noise"],
        ["plan", "city"],
    ]


@pytest.mark.parametrize("kinds", [["numeric", "boolean"], ["categorical"]])
def test_one_tensor_alone_is_enough(run_job, kinds):
    features = [feature for feature in make_spec("binary", [])["features"] if feature["kind"] in kinds]
    job = run_job(make_spec("binary", ["xgboost"], features=features))
    assert len(job.signature["inputs"]) == 1
