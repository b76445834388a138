"""Models in ONNX: `model.onnx`. MLServer has no runtime for it, so this one runs onnxruntime."""

import os
from typing import Any

import numpy as np  # pyright: ignore[reportMissingImports]
from mlserver.codecs import NumpyCodec  # pyright: ignore[reportMissingImports]
from mlserver.errors import InferenceError  # pyright: ignore[reportMissingImports]
from mlserver.model import MLModel  # pyright: ignore[reportMissingImports]
from mlserver.types import InferenceRequest, InferenceResponse  # pyright: ignore[reportMissingImports]
from mlserver.utils import get_model_uri  # pyright: ignore[reportMissingImports]
from onnxruntime import InferenceSession, SessionOptions  # pyright: ignore[reportMissingImports]

from workloads.serving.watched import Watched

TYPES = {
    "tensor(bool)": np.bool_,
    "tensor(double)": np.float64,
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(string)": np.object_,
}
"""Type of a tensor in onnxruntime to that in numpy."""


class OnnxModel(MLModel):
    """Gives the inputs of a request to the inputs of the graph that have their names, and answers its tensors.

    A graph with one input gets the columns of a request as its columns, in their order.
    """

    async def load(self) -> bool:
        """Load the graph, with as many threads as OpenMP has elsewhere."""
        options = SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0"))
        path = await get_model_uri(self._settings, wellknown_filenames=["model.onnx"])
        self._session = InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Run the graph.

        Raises:
            InferenceError: The request lacks an input, or asks for an output that the graph does not have as a tensor.
        """
        known = [one.name for one in self._session.get_outputs() if one.type in TYPES]
        wanted = [one.name for one in payload.outputs] if payload.outputs else known
        if unknown := [name for name in wanted if name not in known]:
            raise InferenceError(f"{self.name} has no tensor {unknown[0]!r} as an output; it has {', '.join(known)}")
        found = self._session.run(wanted, self._fed(payload))
        outputs = [NumpyCodec.encode_output(name, value) for name, value in zip(wanted, found, strict=True)]
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=outputs)

    def _fed(self, payload: InferenceRequest) -> dict[str, Any]:
        given = {one.name: np.asarray(self.decode(one, default_codec=NumpyCodec)) for one in payload.inputs}
        inputs = self._session.get_inputs()
        if len(inputs) == 1 and given and inputs[0].name not in given:
            given = {inputs[0].name: np.column_stack(list(given.values()))}
        if missing := [one.name for one in inputs if one.name not in given]:
            raise InferenceError(f"{self.name} needs the input {missing[0]!r}; the request has {', '.join(given)}")
        return {one.name: _shaped(given[one.name], one) for one in inputs}


def _shaped(values: Any, wanted: Any) -> Any:
    """Values in the type of an input, and a column as a table of one column if that is what the graph takes."""
    found = values.astype(TYPES.get(wanted.type, values.dtype))
    return found.reshape(-1, 1) if found.ndim == 1 and len(wanted.shape) == 2 else found


class Runtime(Watched, OnnxModel):
    """The runtime, watched."""
