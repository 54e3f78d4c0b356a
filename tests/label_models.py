"""A small classifier that really looks at pictures: how red, green or blue they are on the whole."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper

from ordermill.adapters.local.label_model import LabelModel, read_input

LABELS = ("tomato", "cucumber, cuke", "blueberry, Vaccinium")


def save_model(path: Path, *, layout: str = "nchw", size: int = 32, softmax: bool = False, outputs: int = 3) -> Path:
    """Averages each channel, and takes the strongest one for what it shows."""
    shape = [1, 3, size, size] if layout == "nchw" else [1, size, size, 3]
    sides = [2, 3] if layout == "nchw" else [1, 2]
    weights = [20.0 if row == column else 0.0 for row in range(3) for column in range(outputs)]
    nodes = [
        helper.make_node("ReduceMean", ["input", "sides"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["scores"]),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["scores"], ["shares"], axis=1))
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("shares" if softmax else "scores", TensorProto.FLOAT, [1, outputs])],
        [
            helper.make_tensor("sides", TensorProto.INT64, [2], sides),
            helper.make_tensor("weights", TensorProto.FLOAT, [3, outputs], weights),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(made)
    path.write_bytes(made.SerializeToString())
    return path


def label_model(folder: Path, input_: str = "nchw 32 rgb mean=0 std=1", labels: str | None = None) -> LabelModel:
    """A model of that input, saved in the folder with its labels."""
    want = read_input(input_)
    path = save_model(folder / "colours.onnx", layout=want.layout, size=want.size, softmax=not want.softmax)
    names = folder / "labels.txt"
    names.write_text("\n".join(LABELS) if labels is None else labels, encoding="utf-8")
    return LabelModel(str(path), str(names), want)
