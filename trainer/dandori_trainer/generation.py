"""Features made of other features of the same row: products and aggregates, inside the exported graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .spec import GeneratedFeature, TrainingSpec

if TYPE_CHECKING:
    from .preprocessing_graph import Builder

LARGEST = 1e30
"""Values are held within this: what lies beyond would overflow float32 in the scaling behind."""
_BOUNDS = (("low", -LARGEST), ("high", LARGEST))
_FUNCTIONS = {"product": np.prod, "sum": np.sum, "mean": np.mean, "min": np.min, "max": np.max, "std": np.std}


def generate(spec: TrainingSpec, dense: np.ndarray) -> np.ndarray:
    """float64 [rows, generated] of filled rows: scaling is fitted on it; the model's own values come from the graph."""
    values = dense.astype(np.float64)
    made = [_FUNCTIONS[feature.function](values[:, _places(spec, feature)], axis=1) for feature in spec.generated]
    return np.clip(np.column_stack(made), -LARGEST, LARGEST) if made else np.empty((len(dense), 0))


def add_generated(builder: Builder, spec: TrainingSpec, filled: str) -> str:
    """The nodes that make the same of the tensor `filled` [rows, dense]; answers the name of [rows, generated]."""
    products = [feature for feature in spec.generated if feature.function == "product"]
    blocks = [_product_block(builder, spec, products, filled)] if products else []
    # `spec.generated` has the products first.
    rest = spec.generated[len(products) :]
    blocks.extend(_aggregate_block(builder, spec, feature, filled, index) for index, feature in enumerate(rest))
    joined = builder.add("Concat", blocks, "pre_generated_joined", axis=1)
    bounds = [builder.constant(f"generated_{name}", np.float32(value)) for name, value in _BOUNDS]
    return builder.add("Clip", [joined, *bounds], "pre_generated")


def _places(spec: TrainingSpec, feature: GeneratedFeature) -> list[int]:
    names = [each.name for each in spec.dense_features]
    return [names.index(name) for name in feature.columns]


def _product_block(builder: Builder, spec: TrainingSpec, products: list[GeneratedFeature], filled: str) -> str:
    places = np.array([_places(spec, feature) for feature in products], dtype=np.int64)
    left, right = (builder.constant(f"product_{side}", places[:, side]) for side in (0, 1))
    lefts, rights = (builder.add("Gather", [filled, side], f"{side}_values", axis=1) for side in (left, right))
    return builder.add("Mul", [lefts, rights], "pre_products")


def _aggregate_block(builder: Builder, spec: TrainingSpec, feature: GeneratedFeature, filled: str, index: int) -> str:
    places = builder.constant(f"columns_{index}", np.array(_places(spec, feature), dtype=np.int64))
    chosen = builder.add("Gather", [filled, places], f"pre_chosen_{index}", axis=1)
    output = f"pre_aggregate_{index}"
    if feature.function == "sum":
        return builder.add("ReduceSum", [chosen, builder.constant(f"axis_{index}", np.array([1]))], output, keepdims=1)
    if feature.function != "std":
        operator = {"mean": "ReduceMean", "min": "ReduceMin", "max": "ReduceMax"}[feature.function]
        return builder.add(operator, [chosen], output, axes=[1], keepdims=1)
    mean = builder.add("ReduceMean", [chosen], f"pre_mean_{index}", axes=[1], keepdims=1)
    apart = builder.add("Sub", [chosen, mean], f"pre_apart_{index}")
    square = builder.add("Mul", [apart, apart], f"pre_square_{index}")
    variance = builder.add("ReduceMean", [square], f"pre_variance_{index}", axes=[1], keepdims=1)
    return builder.add("Sqrt", [variance], output)
