"""`training_spec.json`: what to train, validated with every problem listed at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .catalogue import algorithms, resolve_hyperparameters
from .errors import TrainerError
from .spec_reader import Reader

CLASSIFICATION = "classification"
METRICS = {
    "classification": ("accuracy", "precision", "recall", "f1_score", "auc_roc"),
    "regression": ("rmse", "mae", "r2", "mape"),
}
ROW_FUNCTIONS = ("product", "sum", "mean", "min", "max", "std")
ERROR_METRICS = frozenset({"rmse", "mae", "mape"})


@dataclass(frozen=True)
class Feature:
    """One model input; `kind` is numeric, boolean or categorical."""

    name: str
    kind: str


@dataclass(frozen=True)
class GeneratedFeature:
    """Made inside the model from filled numeric inputs of the same row, before scaling; `product` is of two columns."""

    name: str
    function: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Preprocessing:
    """What is to be fitted; the words are those of the request."""

    handle_missing: str
    fill_value: float | None
    normalize: str
    encode_categorical: str
    outlier_method: str
    outlier_action: str
    selection_method: str
    max_features: int | None


@dataclass(frozen=True)
class TrainingSpec:
    """A valid spec; `hyperparameters` are full and effective, `classes` is empty for a regression."""

    training_id: str
    task_type: str
    target: str
    classes: tuple[str, ...]
    positive_class: str | None
    algorithms: tuple[str, ...]
    hyperparameters: dict[str, dict[str, Any]]
    features: tuple[Feature, ...]
    generated: tuple[GeneratedFeature, ...]
    preprocessing: Preprocessing
    imbalance: str
    time_ordered: bool
    cv_folds: int
    seed: int
    metric: str

    @property
    def is_classification(self) -> bool:
        return self.task_type == CLASSIFICATION

    @property
    def dense_features(self) -> tuple[Feature, ...]:
        """Columns of the `numeric` tensor, booleans among them, in training order."""
        return tuple(f for f in self.features if f.kind != "categorical")

    @property
    def categorical_features(self) -> tuple[Feature, ...]:
        """Columns of the `categorical` tensor, in training order."""
        return tuple(f for f in self.features if f.kind == "categorical")

    @property
    def candidates(self) -> tuple[str, ...]:
        """Names that selection chooses among: the inputs, then what is generated from them."""
        return tuple(feature.name for feature in (*self.features, *self.generated))

    @property
    def positive_id(self) -> int:
        """Class id that binary precision, recall and f1_score are about; without a positive class the second one."""
        return self.classes.index(self.positive_class) if self.positive_class is not None else 1


def parse_spec(value: dict[str, Any]) -> TrainingSpec:
    """Validates the object of `training_spec.json`; raises `TrainerError` that lists every problem."""
    problems: list[str] = []
    reader = Reader(value, problems)
    if reader.take("format") != 1:
        problems.append(f"format: found {json.dumps(value.get('format'))}; allowed: 1")
    training_id = reader.text("training_id")
    reader.choice("learning_type", ("supervised",))
    task_type = reader.choice("task_type", tuple(METRICS))
    target = reader.text("target")
    classes, positive_class = _classes(reader, task_type)
    names, hyperparameters = _algorithms(reader, task_type)
    features = _features(reader, target)
    generated = _generated(reader, target, features)
    preprocessing = _preprocessing(reader.nested("preprocessing"))
    imbalance = reader.choice("class_imbalance_handling", ("none", "smote", "undersample", "class_weight"))
    if imbalance != "none" and task_type != CLASSIFICATION:
        reader.fault("class_imbalance_handling", imbalance, "none (a regression has no classes)")
    time_ordered = reader.boolean("time_ordered")
    cv_folds = reader.integer("cv_folds", 2, 50) or 2
    seed = reader.integer("seed", 0, 2**32 - 1) or 0
    metric = reader.choice("metric", METRICS[task_type])
    reader.close()
    if problems:
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        raise TrainerError(f"training_spec.json has {count}.", "mend these fields and start again.", problems)
    return TrainingSpec(
        training_id=training_id,
        task_type=task_type,
        target=target,
        classes=classes,
        positive_class=positive_class,
        algorithms=names,
        hyperparameters=hyperparameters,
        features=features,
        generated=generated,
        preprocessing=preprocessing,
        imbalance=imbalance,
        time_ordered=time_ordered,
        cv_folds=cv_folds,
        seed=seed,
        metric=metric,
    )


def _classes(reader: Reader, task_type: str) -> tuple[tuple[str, ...], str | None]:
    if task_type != CLASSIFICATION:
        for key in ("classes", "positive_class"):
            found = reader.value.pop(key, None)
            if found not in (None, []):
                reader.fault(key, found, "null (a regression has no classes)")
        return (), None
    classes = reader.texts("classes")
    if len(classes) == 1:
        reader.fault("classes", list(classes), "at least two classes")
    positive = reader.text("positive_class", nullable=True) or None
    if positive is not None and positive not in classes:
        reader.fault("positive_class", positive, " | ".join(classes))
    return classes, positive


def _algorithms(reader: Reader, task_type: str) -> tuple[tuple[str, ...], dict[str, dict[str, Any]]]:
    allowed = [name for name, entry in algorithms().items() if task_type in entry["task_types"]]
    names = reader.texts("algorithms")
    for name in names:
        if name not in allowed:
            reader.fault("algorithms", name, f"{' | '.join(allowed)} (for {task_type})")
    given = reader.nested("hyperparameters")
    effective: dict[str, dict[str, Any]] = {}
    for name in names:
        if name not in allowed:
            given.value.pop(name, None)
            continue
        own = given.nested(name) if name in given.value else Reader({}, reader.problems)
        effective[name], problems = resolve_hyperparameters(name, own.value)
        reader.problems.extend(problems)
    for name in given.value:
        reader.problems.append(f"hyperparameters.{name}: not one of the algorithms of this spec")
    return names, effective


def _features(reader: Reader, target: str) -> tuple[Feature, ...]:
    value = reader.take("features")
    if not isinstance(value, list) or not value:
        reader.fault("features", value, "a list of {name, kind}, at least one")
        return ()
    features: list[Feature] = []
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            reader.fault(f"features[{index}]", item, "{name, kind}")
            continue
        own = Reader(item, reader.problems, f"features[{index}].")
        features.append(Feature(own.text("name"), own.choice("kind", ("numeric", "boolean", "categorical"))))
        own.close()
    names = [feature.name for feature in features]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reader.fault("features", name, "each name once")
    if target in names:
        reader.fault("features", target, "any column but the target")
    return tuple(features)


def _generated(reader: Reader, target: str, features: tuple[Feature, ...]) -> tuple[GeneratedFeature, ...]:
    """Products first; a spec without the field generates nothing."""
    value = reader.value.pop("generated_features", [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        reader.fault("generated_features", value, "a list of {name, function, columns}")
        return ()
    numeric = [feature.name for feature in features if feature.kind == "numeric"]
    taken = {target, *(feature.name for feature in features)}
    generated: list[GeneratedFeature] = []
    for index, item in enumerate(value):
        own = Reader(item, reader.problems, f"generated_features[{index}].")
        name, function, columns = own.text("name"), own.choice("function", ROW_FUNCTIONS), own.texts("columns")
        own.close()
        if name in taken:
            own.fault("name", name, "a name that no other feature has")
        if not set(columns) <= set(numeric):
            own.fault("columns", list(columns), f"numeric features: {', '.join(numeric) or 'none'}")
        elif len(columns) == 1 or (function == "product" and len(columns) > 2):
            own.fault("columns", list(columns), "two columns" if function == "product" else "two columns or more")
        taken.add(name)
        generated.append(GeneratedFeature(name, function, columns))
    return tuple(sorted(generated, key=lambda feature: feature.function != "product"))


def _preprocessing(reader: Reader) -> Preprocessing:
    handle_missing = reader.choice("handle_missing", ("mean", "median", "mode", "constant", "drop"))
    fill_value = reader.number_or_null("fill_value")
    normalize = reader.choice("normalize", ("standard", "minmax", "none"))
    encode = reader.choice("encode_categorical", ("onehot", "label", "target"))
    outliers = reader.nested("outliers")
    method, action = outliers.choice("method", ("iqr", "zscore", "none")), outliers.choice("action", ("clip", "none"))
    outliers.close()
    selection = reader.nested("feature_selection")
    selection_method = selection.choice("method", ("correlation", "importance", "none"))
    max_features = selection.integer("max_features", 1, 1_000_000, nullable=True)
    selection.close()
    reader.close()
    return Preprocessing(handle_missing, fill_value, normalize, encode, method, action, selection_method, max_features)
