"""What the charts make of the platform's values, kept as data: `facts/CHART.yaml`, written by `make charts`."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from components.versions import Chart

FOLDER = Path(__file__).with_name("facts")
LONGEST = 4000
"""Characters of a text that is kept whole; dashboards are longer."""
VOLATILE = ("app.kubernetes.io/version", "chart", "helm.sh/chart")
"""Labels that name a version, which nothing relies on."""
KEPT_ANNOTATIONS = ("cert-manager.io/", "helm.sh/hook")
ALERTMANAGER = "alertmanager.yaml"
"""Key of the one Secret whose text is a fact: Alertmanager's configuration, which holds no secret."""

OF_CLUSTER = (
    *("APIService", "ClusterIssuer", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "FlowSchema"),
    *("IngressClass", "IngressClassParams", "MutatingWebhookConfiguration", "Namespace", "PriorityClass"),
    *("PriorityLevelConfiguration", "RuntimeClass", "StorageClass", "ValidatingWebhookConfiguration"),
)
"""Kinds that are in no namespace."""
_NAME, _ANY = "ml-platform-", "ml-platform-ENVIRONMENT"
"""Prefix of names in AWS, and the text for it and the environment in facts that hold in several environments."""


class Facts(NamedTuple):
    """What is known of a chart."""

    version: str
    """Version of the chart."""
    values: Mapping[str, str]
    """Environment to the digest of the values that it was rendered with."""
    unread: Sequence[str]
    """Paths of these values that no template reads, in no environment."""
    objects: Mapping[str, Sequence[dict[str, Any]]]
    """Environment to the objects of the release, without definitions' schemas, recording rules and long texts."""


@cache
def facts(chart: str) -> Facts:
    """What the project knows of a chart.

    Raises:
        FileNotFoundError: Nothing; `make charts` writes the file.
    """
    found = yaml.load((FOLDER / f"{chart}.yaml").read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    objects: dict[str, list[dict[str, Any]]] = {environment: [] for environment in found["values"]}
    for environments, some in found["objects"].items():
        for environment in environments.split():
            objects[environment] += (_replaced(one, _ANY, f"{_NAME}{environment}") for one in some)
    return Facts(found["version"], found["values"], found["unread"], objects)


def write(chart: Chart, values: Mapping[str, str], unread: Iterable[str], objects: Mapping[str, Iterable[Any]]) -> None:
    """Write the facts of a chart; an object that is the same in several environments is written once."""
    texts: dict[str, list[str]] = {}
    for environment, rendered in objects.items():
        for one in rendered:
            found = _replaced(pruned(one, chart.namespace), f"{_NAME}{environment}", _ANY)
            texts.setdefault(_text(found), []).append(environment)
    grouped: dict[str, list[str]] = {}
    for text, environments in texts.items():
        grouped.setdefault(" ".join(environments), []).append(text)
    lists = {name: sorted(map(yaml.safe_load, some), key=_order) for name, some in grouped.items()}
    document = {"version": chart.version, "values": dict(values), "unread": sorted(unread), "objects": lists}
    FOLDER.mkdir(exist_ok=True)
    header = (
        f"# What the chart {chart.name} makes of the platform's values. Written by `make charts`; see docs/charts.md.\n"
    )
    (FOLDER / f"{chart.name}.yaml").write_text(header + _text(document))


def pruned(given: dict[str, Any], namespace: str) -> dict[str, Any]:
    """An object of a release in a namespace as its facts have it: still one that an API server takes."""
    found = {key: value for key, value in given.items() if key != "metadata"}
    here = {} if given["kind"] in OF_CLUSTER else {"namespace": namespace}
    found["metadata"] = {**here, **_metadata(given["metadata"])}
    match given["kind"]:
        case "CustomResourceDefinition":
            found.pop("spec")
        case "ConfigMap":
            found["data"] = {
                key: text if len(text) <= LONGEST else "" for key, text in (given.get("data") or {}).items()
            }
        case "Secret":
            found = {key: value for key, value in found.items() if key not in ("data", "stringData")}
            found["stringData"] = _opened({**(given.get("data") or {}), **(given.get("stringData") or {})})
        case "PrometheusRule":
            groups = given["spec"]["groups"]
            found["spec"] = {"groups": [{"name": one["name"], "rules": _alerts(one)} for one in groups]}
        case _ if template := given.get("spec", {}).get("template", {}).get("metadata"):
            found["spec"] = {
                **given["spec"],
                "template": {**given["spec"]["template"], "metadata": _metadata(template)},
            }
    return found


def _metadata(given: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: given[key] for key in ("name", "namespace") if key in given}
    if labels := {key: value for key, value in (given.get("labels") or {}).items() if key not in VOLATILE}:
        found["labels"] = labels
    kept = {key: value for key, value in (given.get("annotations") or {}).items() if key.startswith(KEPT_ANNOTATIONS)}
    return {**found, "annotations": kept} if kept else found


def _opened(data: Mapping[str, str]) -> dict[str, str]:
    """The keys of a Secret, without what must not be seen or is another each time."""
    return {key: _decoded(text) if key == ALERTMANAGER else "" for key, text in data.items()}


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except binascii.Error:
        return text


def _alerts(group: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"alert": rule["alert"], "expr": "1"} for rule in group["rules"] if "alert" in rule]


def _replaced(given: Any, old: str, new: str) -> Any:
    if isinstance(given, dict):
        return {key: _replaced(value, old, new) for key, value in given.items()}
    if isinstance(given, list):
        return [_replaced(value, old, new) for value in given]
    return given.replace(old, new) if isinstance(given, str) else given


def _order(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"])


def _text(given: Any) -> str:
    return yaml.dump(given, Dumper=_Dumper, sort_keys=True, width=120, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and nothing as a reference to another place."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent)
