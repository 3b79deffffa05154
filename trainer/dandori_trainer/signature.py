"""`signature.json`: how a row becomes tensors, and what the outputs are called."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from .data import Frame
from .spec import Feature, TrainingSpec

MAX_CATEGORIES = 200


def make_signature(spec: TrainingSpec, frame: Frame) -> dict[str, Any]:
    """The signature of a model trained on these rows."""
    inputs = []
    for tensor, dtype, features in (
        ("numeric", "float32", spec.dense_features),
        ("categorical", "string", spec.categorical_features),
    ):
        if features:
            inputs.append({"tensor": tensor, "dtype": dtype, "features": [feature.name for feature in features]})
    classification = {"label": "label", "probabilities": "probabilities"}
    return {
        "format": 1,
        "task_type": spec.task_type,
        "target": spec.target,
        "classes": list(spec.classes) or None,
        "positive_class": spec.positive_class,
        "inputs": inputs,
        "features": [_describe(spec, frame, feature) for feature in spec.features],
        "outputs": classification if spec.is_classification else {"prediction": "prediction"},
    }


def _describe(spec: TrainingSpec, frame: Frame, feature: Feature) -> dict[str, Any]:
    """`categories` are the 200 most frequent, sorted; `minimum` and `maximum` are of numeric features."""
    described: dict[str, Any] = {"name": feature.name, "kind": feature.kind, "categories": None}
    if feature.kind == "categorical":
        values = frame.categorical[:, spec.categorical_features.index(feature)].tolist()
        counts = Counter(values)
        missing = counts.pop("", 0)
        frequent = sorted(counts, key=lambda name: (-counts[name], name))[:MAX_CATEGORIES]
        return described | {
            "categories": sorted(frequent),
            "minimum": None,
            "maximum": None,
            "missing_seen": missing > 0,
        }
    column = frame.dense[:, spec.dense_features.index(feature)]
    observed = column[~np.isnan(column)]
    bounded = feature.kind == "numeric" and len(observed) > 0
    return described | {
        "minimum": float(observed.min()) if bounded else None,
        "maximum": float(observed.max()) if bounded else None,
        "missing_seen": len(observed) < len(column),
    }
