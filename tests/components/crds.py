"""Checks objects against the schemas of their CRDs, where those lie beside the project."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

CRDS = Path(__file__).parents[2] / "../shared/crds"
FOLDERS = {
    "argoproj.io": "argo-rollouts",
    "external-secrets.io": "external-secrets",
    "gateway.networking.k8s.io": "gateway-api",
    "karpenter.k8s.aws": "karpenter-aws",
    "karpenter.sh": "karpenter-aws",
    "keda.sh": "keda",
    "kueue.x-k8s.io": "kueue",
    "monitoring.coreos.com": "prometheus-operator",
}


def problems(document: dict[str, Any]) -> list[str]:
    """What the API server would refuse by structure; an unknown field too, which it would drop without a word."""
    if not CRDS.exists():
        pytest.skip("the schemas of CRDs are not beside the project")
    group, version = document["apiVersion"].split("/")
    found = [json.loads(file.read_text()) for file in (CRDS / FOLDERS[group]).glob(f"*.{group}.json")]
    (crd,) = [one for one in found if one["spec"]["names"]["kind"] == document["kind"]]
    (served,) = [one for one in crd["spec"]["versions"] if one["name"] == version and one["served"]]
    schema = _closed({**served["schema"]["openAPIV3Schema"], "properties": _top(served)})
    return [f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(document)]


def _top(served: dict[str, Any]) -> dict[str, Any]:
    # Metadata has the same schema everywhere, which a CRD does not repeat.
    return {
        **served["schema"]["openAPIV3Schema"]["properties"],
        "metadata": {"x-kubernetes-preserve-unknown-fields": 1},
    }


def _closed(schema: Any) -> Any:
    """The schema as JSON Schema has it: fields that are not named are refused, and `IntOrString` is either."""
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(value) for key, value in schema.items() if key not in ("properties", "format", "pattern")}
    if "pattern" in schema and isinstance(schema["pattern"], str):
        found["pattern"] = schema["pattern"]
    if "properties" in schema:
        found["properties"] = {key: _closed(value) for key, value in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in schema:
            found["additionalProperties"] = False
    for key in ("anyOf", "allOf", "oneOf"):
        if key in schema:
            found[key] = [_closed(one) for one in schema[key]]
    return found
