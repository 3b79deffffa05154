"""The spec: every problem is named, nothing is guessed."""

from __future__ import annotations

import pytest
from conftest import make_spec

from dandori_trainer.catalogue import algorithms, resolve_hyperparameters, value_fault
from dandori_trainer.errors import TrainerError
from dandori_trainer.spec import parse_spec


def problems_of(value):
    with pytest.raises(TrainerError) as caught:
        parse_spec(value)
    return caught.value.problems


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_a_valid_spec_is_read(kind):
    spec = parse_spec(make_spec(kind, ["xgboost"], hyperparameters={"xgboost": {"n_estimators": 7, "eta": 1}}))
    assert spec.hyperparameters["xgboost"]["num_round"] == 7
    assert spec.hyperparameters["xgboost"]["eta"] == 1.0
    assert (
        spec.hyperparameters["xgboost"]["max_depth"]
        == algorithms()["xgboost"]["hyperparameters"]["max_depth"]["default"]
    )
    assert [feature.name for feature in spec.dense_features] == ["age", "member", "income"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"format": 2}, "format: found 2"),
        ({"time_ordered": 1}, "time_ordered: found 1; allowed: true | false"),
        ({"learning_type": "unsupervised"}, "learning_type"),
        ({"task_type": "clustering"}, "task_type"),
        ({"target": ""}, "target"),
        ({"classes": ["only"]}, "classes"),
        ({"classes": ["a", "a"]}, "classes"),
        ({"positive_class": "Maybe"}, "positive_class"),
        ({"algorithms": []}, "algorithms"),
        ({"algorithms": ["linear_regression"]}, "algorithms: found"),
        ({"algorithms": ["xgboost", "xgboost"]}, "algorithms"),
        ({"algorithms": "xgboost"}, "algorithms"),
        ({"hyperparameters": {"xgboost": {"max_dept": 3}}}, "nearest: max_depth"),
        ({"hyperparameters": {"xgboost": {"max_depth": 0}}}, "integer 1 to 50"),
        ({"hyperparameters": {"xgboost": {"max_depth": 2.5}}}, "found 2.5"),
        ({"hyperparameters": {"xgboost": {"max_depth": True}}}, "found true"),
        ({"hyperparameters": {"xgboost": {"eta": None}}}, "found null"),
        ({"hyperparameters": {"xgboost": {"eta": 0.1, "learning_rate": 0.2}}}, "keep one"),
        ({"hyperparameters": {"xgboost": 5}}, "an object"),
        ({"hyperparameters": {"random_forest": {}}}, "hyperparameters.random_forest"),
        ({"features": []}, "features"),
        ({"features": [{"name": "target", "kind": "numeric"}]}, "any column but the target"),
        ({"features": [{"name": "a", "kind": "date"}]}, "features[0].kind"),
        ({"features": [{"name": "a", "kind": "numeric"}] * 2}, "each name once"),
        ({"features": [{"name": "a", "kind": "numeric", "unit": "m"}]}, "features[0].unit: unknown"),
        ({"features": ["a"]}, "features[0]"),
        ({"preprocessing": {"handle_missing": "guess"}}, "preprocessing.handle_missing"),
        ({"preprocessing": {"fill_value": "x"}}, "preprocessing.fill_value"),
        ({"preprocessing": {"outliers": {"method": "iqr", "action": "remove"}}}, "preprocessing.outliers.action"),
        ({"preprocessing": {"outliers": None}}, "preprocessing.outliers"),
        ({"preprocessing": {"feature_selection": {"method": "none", "max_features": 0}}}, "max_features"),
        ({"preprocessing": {"scale": True}}, "preprocessing.scale: unknown"),
        ({"class_imbalance_handling": "oversample"}, "class_imbalance_handling"),
        ({"cv_folds": 1}, "cv_folds"),
        ({"cv_folds": "5"}, "cv_folds"),
        ({"seed": -1}, "seed"),
        ({"metric": "r2"}, "metric"),
        ({"colour": "red"}, "colour: unknown field"),
    ],
)
def test_one_problem_is_named(changes, named):
    value = make_spec(
        "binary", ["xgboost"], **({"preprocessing": changes["preprocessing"]} if "preprocessing" in changes else {})
    )
    found = problems_of(value | {key: entry for key, entry in changes.items() if key != "preprocessing"})
    assert any(named in problem for problem in found), found


def test_all_problems_are_listed_at_once():
    value = make_spec("binary", ["xgboost"], cv_folds=0, metric="rmse", colour="red")
    del value["seed"]
    found = problems_of(value)
    assert len(found) == 4
    assert "seed: missing" in found


def test_a_regression_takes_no_classes_and_no_imbalance_handling():
    value = make_spec("regression", ["xgboost"], classes=["a", "b"], class_imbalance_handling="smote")
    found = problems_of(value)
    assert [problem.split(":")[0] for problem in found] == ["classes", "class_imbalance_handling"]


@pytest.mark.parametrize("value", [{}, {"features": {}}, {"algorithms": [1]}, {"classes": 3}])
def test_an_almost_empty_spec_ends_in_problems(value):
    assert len(problems_of(value)) > 5


@pytest.mark.parametrize("name", list(algorithms()))
def test_the_defaults_are_allowed_values(name):
    for key, rule in algorithms()[name]["hyperparameters"].items():
        assert value_fault(rule, rule["default"]) is None, key
        assert rule["summary"].endswith(".")
        values, problems = resolve_hyperparameters(name, {key: rule["default"]})
        assert not problems
        assert key in values


@pytest.mark.parametrize("name", list(algorithms()))
def test_no_name_means_two_hyperparameters(name):
    rules = algorithms()[name]["hyperparameters"]
    names = [entry for key, rule in rules.items() for entry in [key, *rule.get("aliases", [])]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("value", [[], [0], [8] * 9, ["8"], 8, [True], [1.5]])
def test_layers_are_a_short_list_of_positive_integers(value):
    _, problems = resolve_hyperparameters("neural_network", {"hidden_layer_sizes": value})
    assert "1 to 8 integers" in problems[0]
