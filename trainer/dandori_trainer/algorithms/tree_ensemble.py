"""Trees as arrays to one `TreeEnsembleRegressor`; thresholds are rounded so that float32 rows go their trained way.

Used where skl2onnx does not serve: it cannot write histogram boosting of this scikit-learn, and it divides the votes
of a forest by the number of trees leaf by leaf, so that a tie of two classes comes out as rounding has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from dandori_trainer.preprocessing_graph import FEATURES, make_model


@dataclass(frozen=True)
class Tree:
    """Arrays over nodes, root first; rows with x <= `threshold` go left; `value` [nodes, outputs] counts in leaves."""

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    leaf: np.ndarray
    value: np.ndarray


def round_down(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 not above each float64: for a float32 x, x <= t is then the same question."""
    single = threshold.astype(np.float32)
    above = single.astype(np.float64) > threshold
    return np.where(above, np.nextafter(single, np.float32(-np.inf)), single)


def ensemble_node(trees: list[Tree], base: np.ndarray, output: str) -> NodeProto:
    """Sums the leaf values of all trees onto `base` [outputs]."""
    sizes = [len(tree.leaf) for tree in trees]
    leaf = np.concatenate([tree.leaf for tree in trees])
    tree_ids = np.repeat(np.arange(len(trees)), sizes)
    node_ids = np.concatenate([np.arange(size) for size in sizes])
    values = np.concatenate([tree.value for tree in trees])
    rows, targets = np.nonzero(leaf[:, None] & (values != 0))

    def inner(arrays: list[np.ndarray]) -> np.ndarray:
        return np.where(leaf, 0, np.concatenate(arrays))

    node = helper.make_node("TreeEnsembleRegressor", [FEATURES], [output], name="trees", domain="ai.onnx.ml")
    node.attribute.extend(
        [
            helper.make_attribute("aggregate_function", "SUM"),
            helper.make_attribute("post_transform", "NONE"),
            helper.make_attribute("n_targets", len(base)),
            _floats("base_values", base),
            _integers("nodes_treeids", tree_ids),
            _integers("nodes_nodeids", node_ids),
            _integers("nodes_featureids", inner([tree.feature for tree in trees])),
            _floats("nodes_values", round_down(inner([tree.threshold for tree in trees]))),
            _texts("nodes_modes", np.where(leaf, b"LEAF", b"BRANCH_LEQ")),
            _integers("nodes_truenodeids", inner([tree.left for tree in trees])),
            _integers("nodes_falsenodeids", inner([tree.right for tree in trees])),
            _integers("target_treeids", tree_ids[rows]),
            _integers("target_nodeids", node_ids[rows]),
            _integers("target_ids", targets),
            _floats("target_weights", values[rows, targets]),
        ]
    )
    return node


def _integers(name: str, values: np.ndarray) -> AttributeProto:
    """Made directly: the helper looks at every number of millions by itself."""
    return AttributeProto(name=name, type=AttributeProto.INTS, ints=values.astype(np.int64).tolist())


def _floats(name: str, values: np.ndarray) -> AttributeProto:
    return AttributeProto(name=name, type=AttributeProto.FLOATS, floats=values.astype(np.float32).tolist())


def _texts(name: str, values: np.ndarray) -> AttributeProto:
    return AttributeProto(name=name, type=AttributeProto.STRINGS, strings=values.tolist())


def tree_model(nodes: list[NodeProto], constants: dict[str, np.ndarray], outputs: int, width: int) -> ModelProto:
    """Completes the nodes: `outputs` > 0 classes get a `label` from `probabilities`; 0 is a regression."""
    inputs = [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["rows", width])]
    if outputs:
        nodes = [*nodes, helper.make_node("ArgMax", ["probabilities"], ["label"], name="choose", axis=1, keepdims=0)]
        results = [
            helper.make_tensor_value_info("label", TensorProto.INT64, ["rows"]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", outputs]),
        ]
    else:
        results = [helper.make_tensor_value_info("prediction", TensorProto.FLOAT, ["rows", 1])]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    return make_model(helper.make_graph(nodes, "estimator", inputs, results, initializers))
