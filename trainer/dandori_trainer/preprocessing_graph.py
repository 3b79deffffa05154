"""The preprocessing as ONNX nodes, and a session that runs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from .generation import add_generated

if TYPE_CHECKING:
    from .data import Frame
    from .preprocessing import FittedPreprocessing

OPSETS = {"": 17, "ai.onnx.ml": 3}
IR_VERSION = 8
FEATURES = "features"
"""Name of the float32 [rows, width] tensor between preprocessing and estimator."""


@dataclass(frozen=True)
class PreprocessingGraph:
    """Inputs `numeric` and `categorical` (those that exist) to `features`; names begin with `pre_`."""

    inputs: list[ValueInfoProto]
    nodes: list[NodeProto]
    initializers: list[TensorProto]
    session: Any


class Builder:
    """Collects nodes and constants; names of constants begin with `pre_`."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.array(value, order="C"), f"pre_{name}"))
        return f"pre_{name}"

    def add(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        domain = "ai.onnx.ml" if op == "LabelEncoder" else ""
        self.nodes.append(
            helper.make_node(op, inputs, [output], name=f"pre_node_{output}", domain=domain, **attributes)
        )
        return output


def build_graph(fitted: FittedPreprocessing) -> PreprocessingGraph:
    """Clip, fill, generate, scale; category tables; concatenation; selection."""
    spec, builder = fitted.spec, Builder()
    inputs, blocks = [], []
    if spec.dense_features:
        inputs.append(helper.make_tensor_value_info("numeric", TensorProto.FLOAT, ["rows", len(spec.dense_features)]))
        blocks.append(_dense_block(builder, fitted))
    if spec.categorical_features:
        shape = ["rows", len(spec.categorical_features)]
        inputs.append(helper.make_tensor_value_info("categorical", TensorProto.STRING, shape))
        blocks.extend(_category_block(builder, fitted, index) for index in range(len(fitted.tables)))
    if fitted.selected_columns is None:
        builder.add("Concat", blocks, FEATURES, axis=1)
    else:
        joined = builder.add("Concat", blocks, "pre_joined", axis=1)
        chosen = builder.constant("selected", fitted.selected_columns.astype(np.int64))
        builder.add("Gather", [joined, chosen], FEATURES, axis=1)
    output = helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["rows", fitted.width])
    graph = helper.make_graph(builder.nodes, "preprocessing", inputs, [output], builder.initializers)
    return PreprocessingGraph(inputs, builder.nodes, builder.initializers, open_session(make_model(graph)))


def make_model(graph: Any) -> ModelProto:  # noqa: ANN401
    """A model with fixed operator sets and producer, so that the same graph gives the same bytes."""
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="dandori")


def open_session(model: ModelProto | bytes) -> Any:  # noqa: ANN401
    """A session on one thread: folds run side by side, and no sum depends on the number of cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    data = model if isinstance(model, bytes) else model.SerializeToString(deterministic=True)
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def feed(frame: Frame) -> dict[str, np.ndarray]:
    """Rows as named tensors."""
    tensors = {"numeric": frame.dense, "categorical": frame.categorical}
    return {name: tensor for name, tensor in tensors.items() if tensor.shape[1]}


def run_graph(graph: PreprocessingGraph, frame: Frame) -> np.ndarray:
    """The `features` of the rows."""
    return graph.session.run([FEATURES], feed(frame))[0]


def _dense_block(builder: Builder, fitted: FittedPreprocessing) -> str:
    imputation = fitted.imputation
    current = "numeric"
    if imputation.clips:
        current = builder.add("Max", [current, builder.constant("low", imputation.low[None, :])], "pre_raised")
        current = builder.add("Min", [current, builder.constant("high", imputation.high[None, :])], "pre_clipped")
    missing = builder.add("IsNaN", ["numeric"], "pre_missing")
    fill = builder.constant("fill", imputation.fill[None, :])
    current = builder.add("Where", [missing, fill, current], "pre_filled")
    if fitted.spec.generated:
        generated = add_generated(builder, fitted.spec, current)
        current = builder.add("Concat", [current, generated], "pre_dense", axis=1)
    if fitted.offset.any():
        current = builder.add("Sub", [current, builder.constant("offset", fitted.offset[None, :])], "pre_shifted")
    if (fitted.scale != 1).any():
        current = builder.add("Mul", [current, builder.constant("scale", fitted.scale[None, :])], "pre_scaled")
    return current


def _category_block(builder: Builder, fitted: FittedPreprocessing, index: int) -> str:
    entry = fitted.tables[index]
    rows = {name: row for row, name in enumerate(entry.categories)}
    rows.setdefault("", entry.missing_row)
    place = builder.constant(f"place_{index}", np.array(index, dtype=np.int64))
    text = builder.add("Gather", ["categorical", place], f"pre_text_{index}", axis=1)
    row = builder.add(
        "LabelEncoder",
        [text],
        f"pre_row_{index}",
        keys_strings=list(rows),
        values_int64s=list(rows.values()),
        default_int64=len(entry.categories),
    )
    return builder.add("Gather", [builder.constant(f"table_{index}", entry.table), row], f"pre_code_{index}", axis=0)
