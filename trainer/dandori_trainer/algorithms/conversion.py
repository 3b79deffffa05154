"""What the converters of several families share."""

from __future__ import annotations

from typing import Any

from onnx import ModelProto

from dandori_trainer.preprocessing_graph import FEATURES, OPSETS


def convert_with_skl2onnx(estimator: Any, classification: bool, width: int) -> ModelProto:  # noqa: ANN401
    """By skl2onnx, outputs renamed to ours."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    model = to_onnx(
        estimator,
        initial_types=[(FEATURES, FloatTensorType([None, width]))],
        target_opset=dict(OPSETS),
        options={id(estimator): {"zipmap": False}} if classification else None,
    )
    return rename_outputs(model, classification)


def rename_outputs(model: ModelProto, classification: bool) -> ModelProto:
    """Gives the outputs their contract names, in the graph too."""
    wanted = ["label", "probabilities"] if classification else ["prediction"]
    names = {output.name: name for output, name in zip(model.graph.output, wanted, strict=True)}
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for output in model.graph.output:
        output.name = names[output.name]
    return model
