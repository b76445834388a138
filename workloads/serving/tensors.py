"""Requests and answers of the Open Inference Protocol as columns with a value a row."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from mlserver.codecs import PandasCodec  # pyright: ignore[reportMissingImports]
from mlserver.types import InferenceRequest, InferenceResponse  # pyright: ignore[reportMissingImports]

OUTPUTS = 20
"""Columns of an output that are told apart; a label for each of a thousand classes would flood Prometheus."""
PANDAS = PandasCodec.ContentType
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
        columns = _columns(output)
        if len(columns) <= 2:
            found[output.name] = columns[-1]
        else:
            found |= {f"{output.name}_{number}": values for number, values in enumerate(columns[:OUTPUTS])}
    return found


def inputs(payload: InferenceRequest, features: Sequence[str]) -> dict[str, list[Any]]:
    """Values by column, one a row; columns of one table have the names that the model has for its features."""
    tables = {one.name: _columns(one) for one in payload.inputs}
    if len(tables) > 1 or getattr(payload.parameters, "content_type", None) == PANDAS:
        return {
            name if len(columns) == 1 else f"{name}_{number}": values
            for name, columns in tables.items()
            for number, values in enumerate(columns)
        }
    (columns,) = tables.values()
    names = features if len(features) == len(columns) else [f"feature_{number}" for number in range(len(columns))]
    return dict(zip(names, columns, strict=True))


def _columns(tensor: Any) -> list[list[Any]]:
    """Columns of a tensor, whose first dimension is its rows; what has further dimensions is laid out flat."""
    rows, values = tensor.shape[0], [plain(one) for one in _flat(_data(tensor))]
    width = len(values) // max(rows, 1)
    if not values or rows * width != len(values):
        raise ValueError(f"{tensor.name} has {len(values)} values for {rows} rows")
    return [values[number::width] for number in range(width)]


def _flat(data: Any) -> Iterator[Any]:
    for one in data:
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one


def plain(value: Any) -> Any:
    """A value as JSON has it: text for bytes, nothing for what is not a number."""
    if isinstance(value, bytes):
        return value.decode()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def size(tensors: Sequence[Any]) -> int:
    """About how much memory tensors take, bytes."""
    values = sum(math.prod(one.shape) for one in tensors)
    texts = [_data(one) for one in tensors if one.datatype == "BYTES"]
    return VALUE_BYTES * values + sum(len(one) for data in texts for one in _flat(data) if one is not None)


def _data(tensor: Any) -> Any:
    return getattr(tensor.data, "root", tensor.data)
