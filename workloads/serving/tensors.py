"""Requests and answers of the Open Inference Protocol as columns with a value a row."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np  # pyright: ignore[reportMissingImports]
from mlserver.codecs import NumpyRequestCodec  # pyright: ignore[reportMissingImports]
from mlserver.model import MLModel  # pyright: ignore[reportMissingImports]
from mlserver.types import InferenceRequest, InferenceResponse  # pyright: ignore[reportMissingImports]

OUTPUTS = 20
"""Columns of an output that are told apart; a label for each of a thousand classes would flood Prometheus."""
VALUE_BYTES = 64
"""Memory of a value in a request and in what was decoded from it, without the characters of a text."""


def with_missing(payload: InferenceRequest) -> InferenceRequest:
    """A request in which whole numbers and booleans with a missing one among them are floating point numbers.

    The types of numpy for whole numbers and booleans have no missing value: MLServer fails on one, or reads `false`.
    """
    for one in payload.inputs:
        if one.datatype.startswith(("INT", "UINT", "BOOL")) and None in _data(one):
            one.datatype = "FP64"  # pyright: ignore[reportAttributeAccessIssue]
    return payload


def outputs(answer: InferenceResponse) -> dict[str, list[Any]]:
    """Values by output, one a row; of two classes the second, which is the one that is looked for."""
    found: dict[str, list[Any]] = {}
    for output in answer.outputs:
        rows, values = output.shape[0], [plain(one) for one in _data(output)]
        width = len(values) // max(rows, 1)
        if rows * width != len(values):
            raise ValueError(f"output {output.name} has {len(values)} values for {rows} rows")
        if width <= 2:
            found[output.name] = values[max(width - 1, 0) :: max(width, 1)]
        else:
            found |= {f"{output.name}_{number}": values[number::width] for number in range(min(width, OUTPUTS))}
    return found


def inputs(model: MLModel, payload: InferenceRequest) -> Iterator[tuple[str, list[Any]]]:
    """Values by column, one a row, under the names that the request or the model has for them."""
    given = model.decode_request(with_missing(payload), default_codec=NumpyRequestCodec)
    if hasattr(given, "columns"):
        columns = [(str(name), given[name]) for name in given.columns]
    else:
        table = np.asarray(given).reshape(len(given), -1)
        names = list(getattr(getattr(model, "_model", None), "feature_names_in_", ()))
        if len(names) != table.shape[1]:
            names = [f"feature_{number}" for number in range(table.shape[1])]
        columns = [(str(name), table[:, number]) for number, name in enumerate(names)]
    for name, values in columns:
        yield name, [plain(one) for one in values.tolist()]


def plain(value: Any) -> Any:
    """A value as JSON has it: text for bytes, nothing for what is not a number."""
    if isinstance(value, bytes):
        return value.decode()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def size(tensors: Sequence[Any]) -> int:
    """About how much memory tensors take, bytes."""
    values = sum(math.prod(one.shape) for one in tensors)
    return VALUE_BYTES * values + sum(_text(_data(one)) for one in tensors if one.datatype == "BYTES")


def _text(data: Any) -> int:
    return sum(_text(one) if isinstance(one, list) else len(one) for one in data if one is not None)


def _data(tensor: Any) -> Any:
    return getattr(tensor.data, "root", tensor.data)
