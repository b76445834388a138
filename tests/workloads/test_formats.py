"""Models of each format, as a service's setting chooses it: what the real server answers, measures and captures."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.loop.programs import Programs, ask
from tests.workloads.conftest import Account, soon
from tests.workloads.served import captured, serving, variables
from tests.workloads.test_serving_settings import answer

VALUES = "ml_platform_prediction_value_count"
SUMS = {"x": [1.0, -1.0, 2.0], "y": [1.0, -1.0, 0.5]}
FLOWERS = {"x": [0.0, 10.0, 0.0], "y": [0.0, 0.0, 10.0]}
FORMATS: dict[str, tuple[dict[str, list[float]], list[bool]]] = {
    "xgboost": (SUMS, [True, False, True]),
    "lightgbm": (SUMS, [True, False, True]),
    "pyfunc": (SUMS, [True, False, True]),
    # The graph that comes with onnxruntime knows three irises: these are the second, the third and the first.
    "onnx": (FLOWERS, [True, True, False]),
}


@pytest.fixture(scope="module")
def pods() -> dict[str, dict[str, str]]:
    """Format to the variables of the server of a service that has it."""
    return variables({name: {"format": name} for name in FORMATS})


@pytest.mark.parametrize("name", FORMATS)
def test_a_model_of_the_format_is_answered_measured_and_captured(
    programs: Callable[[], Programs],
    python: Path,
    tmp_path: Path,
    account: Account,
    stream: dict[str, str],
    pods: dict[str, dict[str, str]],
    name: str,
) -> None:
    columns, expected = FORMATS[name]
    subprocess.run([str(python), "-m", "tests.workloads.classifiers", name, str(tmp_path)], check=True)
    tensors = [{"name": key, "shape": [3], "datatype": "FP64", "data": data} for key, data in columns.items()]
    request = {"parameters": {"content_type": "pd"}, "inputs": tensors}
    ours = {"MLSERVER_MODEL_NAME": "fraud", "MLSERVER_MODEL_VERSION": name}
    with serving(programs, python, tmp_path, **pods[name] | stream | ours) as server:

        def kept() -> list[dict[str, Any]]:
            ask(f"{server.model}/infer", request)
            return [row for one in captured(account) if one["version"] == name for row in one["rows"]]

        (output,) = ask(f"{server.model}/infer", request)["outputs"]
        assert [value > 0.5 for value in output["data"]] == expected
        rows = soon("a capture", kept)[:3]
        assert [row["inputs"] for row in rows] == [{"x": x, "y": y} for x, y in zip(*columns.values(), strict=True)]
        assert [row["outputs"][output["name"]] > 0.5 for row in rows] == expected
        assert server.scrape().value(VALUES, output=output["name"]) >= 3
        # MLflow's runtime brings a path of its own, by which a request would be neither bounded nor captured.
        assert answer(f"{server.model.split('/v2/')[0]}/invocations", b"{}") == 404
