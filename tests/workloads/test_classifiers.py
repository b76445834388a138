"""Classifiers of every kind of label and column: what the real server answers, measures and captures of them."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.loop.programs import Programs, ask
from tests.workloads.conftest import Account, soon
from tests.workloads.served import captured, serving

VALUES = "ml_platform_prediction_value_count"
ROWS: dict[str, tuple[str, list[Any]]] = {
    "age": ("FP64", [30.0, None, 60.0]),
    "children": ("INT64", [1, 2, None]),
    "employed": ("BOOL", [True, None, False]),
    "city": ("BYTES", ["Bonn", "Kiel", None]),
}
REQUEST = {
    "parameters": {"content_type": "pd"},
    "inputs": [{"name": name, "shape": [3], "datatype": kind, "data": data} for name, (kind, data) in ROWS.items()],
}


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("text", ["good", "bad"]),
        ("object", ["good", "bad"]),
        ("boolean", [False, True]),
        ("number", [0, 1]),
    ],
)
def test_a_classifier_is_answered_measured_and_captured(
    programs: Callable[[], Programs],
    python: Path,
    tmp_path: Path,
    account: Account,
    stream: dict[str, str],
    kind: str,
    labels: list[Any],
) -> None:
    subprocess.run([str(python), "-m", "tests.workloads.classifiers", kind, str(tmp_path)], check=True)
    names = {"MLSERVER_MODEL_VERSION": kind}
    with serving(programs, python, tmp_path, **stream | names) as server:

        def asked(output: str) -> list[Any]:
            (found,) = ask(f"{server.model}/infer", {**REQUEST, "outputs": [{"name": output}]})["outputs"]
            return found["data"]

        assert asked("predict")[:2] == labels
        assert len(asked("predict_proba")) == 6

        def kept() -> list[dict[str, Any]]:
            asked("predict")
            found = [row for one in captured(account) if one["version"] == kind for row in one["rows"]]
            return [row for row in found if "predict" in row["outputs"]]

        first, second, third = soon("a capture", kept)[:3]
        assert [first["outputs"]["predict"], second["outputs"]["predict"]] == labels
        assert first["inputs"] == {"age": 30.0, "children": 1, "employed": True, "city": "Bonn"}
        assert (second["inputs"]["age"], second["inputs"]["employed"]) == (None, None)
        assert (third["inputs"]["children"], third["inputs"]["city"]) == (None, None)
        # A label that is no number is no value of a distribution.
        counted = server.scrape().value(VALUES, output="predict")
        assert (counted > 0) == (kind in ("boolean", "number"))
        assert "but not measured" not in server.log
