"""The commands of the runbooks, and what they name that does not exist.

Names of objects are compared with what the charts and components render; operations and options of AWS with botocore's
models, which AWS publishes; verbs of `mlp` with its parser; queries with the contract.
"""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
from botocore import xform_name

from mlp.cli import app
from monitoring import promql, rules, services
from tests.charts.pods import objects, selected, workloads
from tests.charts.wired import wired
from tests.components.conftest import whole
from tests.monitoring.sample import WATCHED

FOLDER = Path(__file__).parents[2] / "docs/runbooks"
ENVIRONMENT = "prod"
PROGRAMS = ("kubectl", "aws", "mlp", "promtool")
VERBS = frozenset(
    (
        *("apply", "auth", "cordon", "delete", "describe", "drain", "edit", "exec", "explain", "get", "label", "logs"),
        *("patch", "port-forward", "rollout", "scale", "top"),
    )
)
PLUGIN = frozenset(
    ["abort", "get", "list", "pause", "promote", "restart", "retry", "set", "status", "terminate", "undo"]
)
"""Verbs of `kubectl argo rollouts`."""
BUILT_IN = frozenset(
    (
        *("pods", "nodes", "jobs", "events", "services", "deployments", "statefulsets", "hpa", "pvc", "ingress"),
        *("resourcequota", "networkpolicies", "configmaps", "serviceaccounts"),
    )
)
OPERATED = frozenset({("Service", "monitoring", "prometheus-operated")})
"""Services that the Prometheus operator makes (prometheus-operator v0.93.1, pkg/prometheus/server/statefulset.go)."""
GLOBAL = frozenset({"query", "output", "region", "profile", "no-cli-pager"})
"""Options of every operation of the AWS CLI."""
HIGH_LEVEL = {"s3": {"ls", "cp", "sync", "rm"}}
"""Commands of the AWS CLI that are no operations of the service."""
GIVEN = re.compile(r"\$([A-Z_]+)")


class Command(NamedTuple):
    """A command of a runbook."""

    alert: str
    text: str

    @property
    def words(self) -> list[str]:
        """Its words, without what comes after a pipe."""
        text = re.sub(r"\$\([^)]*\)", "VALUE", self.text)
        found = shlex.shlex(text, posix=True, punctuation_chars="|&;<>")
        found.whitespace_split = True
        return [*takewhile(lambda word: not set(word) <= set("|&;<>"), found)]


def commands(alert: str, text: str) -> Iterator[Command]:
    """Every command of a page: lines of its blocks, and what stands in back quotes and begins with a program."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        yield from (Command(alert, line) for line in block.splitlines() if line.strip())
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    for found in re.findall(r"`([^`]+)`", prose):
        line = " ".join(found.split())
        if line.split(" ")[0] in PROGRAMS and " " in line and "..." not in line:
            yield Command(alert, line)


def wrong(command: Command, page: str) -> list[str]:
    """What a command names that does not exist."""
    words = command.words
    check = {"kubectl": _kubectl, "aws": _aws, "mlp": _mlp, "promtool": _promtool}.get(words[0])
    found = list(check(words[1:])) if check else []
    labels = promql.labels(rules.alerts(WATCHED)[command.alert].expr, recorded())
    for name in GIVEN.findall(command.text):
        # A label of the alert, or what the page explains.
        if name not in {label.upper() for label in labels} and f"`${name}`" not in page:
            found.append(f"${name} is no label of the alert, and the page does not say what it is")
    return [f"{command.alert}: {command.text}: {text}" for text in found]


@cache
def recorded() -> dict[str, promql.Labels]:
    """What rules record, to its labels."""
    return promql.check(rules.typed(WATCHED), services.KNOWN)


@cache
def rendered() -> frozenset[tuple[str, str, str]]:
    """Kind, namespace and name of everything that the charts and components render."""
    found = {(one.kind, one.namespace, one.name) for one in workloads(ENVIRONMENT)}
    for one in wired(ENVIRONMENT).found:
        if one.type.startswith("kubernetes:") and "metadata" in one.inputs:
            metadata = whole(one.inputs)["metadata"]
            found.add((one.kind, str(metadata.get("namespace", "")), str(metadata.get("name", ""))))
    for one in objects(ENVIRONMENT):
        found.add((one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]))
    return frozenset(found)


@cache
def resources() -> frozenset[str]:
    """Names by which kubectl knows kinds."""
    plural = {name.partition(".")[0] for kind, _, name in rendered() if kind == "CustomResourceDefinition"}
    both = plural | BUILT_IN
    return frozenset(both | {name.removesuffix("s") for name in both})


def _kubectl(words: list[str]) -> Iterator[str]:
    options = _options(words)
    namespace = next((options[name] for name in ("n", "namespace") if name in options), "")
    plain = [word for word in words if not word.startswith("-") and word not in options.values()]
    places = {place for _, place, _ in rendered()}
    if namespace and not namespace.startswith("$") and namespace not in places:
        yield f"there is no namespace {namespace}"
    if plain[:2] == ["argo", "rollouts"]:
        if plain[2] not in PLUGIN:
            yield f"kubectl argo rollouts has no verb {plain[2]}"
        return
    verb, named = plain[0], plain[1] if len(plain) > 1 else ""
    if verb not in VERBS:
        yield f"kubectl has no verb {verb}"
    if verb in ("get", "describe", "patch", "delete", "top"):
        kinds = [] if "/" in named else [kind for kind in named.split(",") if kind not in resources()]
        yield from (f"the cluster has no {kind}" for kind in kinds)
    for short, kind in {"deploy": "Deployment", "svc": "Service", "statefulset": "StatefulSet"}.items():
        for name in (word.partition("/")[2] for word in plain if word.startswith(f"{short}/")):
            if not name.startswith("$") and (kind, namespace, name) not in rendered() | OPERATED:
                yield f"namespace {namespace} has no {kind} {name}"
    for pair in filter(None, options.get("l", "").split(",")):
        key, _, value = pair.partition("=")
        if not value.startswith("$") and not _labelled(namespace, key, value):
            yield f"no pod in {namespace} has the label {pair}"


def _labelled(namespace: str, key: str, value: str) -> bool:
    own = (
        whole(one.inputs)["spec"]["template"]["metadata"]["labels"]
        for one in wired(ENVIRONMENT).of("Deployment")
        if whole(one.inputs)["metadata"]["namespace"] == namespace
    )
    return bool(selected(ENVIRONMENT, namespace, {key: value})) or any(labels.get(key) == value for labels in own)


def _options(words: list[str]) -> dict[str, str]:
    """Options with a value: `-n a`, `--name a` and `--name=a`."""
    found = {}
    for index, word in enumerate(words):
        if word.startswith("-"):
            name, equals, value = word.lstrip("-").partition("=")
            after = words[index + 1] if index + 1 < len(words) else ""
            found[name] = value if equals or after.startswith("-") else after if word[:2] != "-A" else ""
    return found


def _aws(words: list[str]) -> Iterator[str]:
    service, operation = words[0], words[1]
    if operation in HIGH_LEVEL.get(service, ()):
        return
    if service not in _session().get_available_services():
        yield f"AWS has no service {service}"
        return
    model: Any = _session().get_service_model(service)
    known = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in known:
        yield f"{service} has no operation {operation}"
        return
    shape = model.operation_model(known[operation]).input_shape
    options = {xform_name(name, "-") for name in (shape.members if shape else {})} | GLOBAL
    # A boolean has an option for each value.
    options |= {f"no-{name}" for name in options}
    for option in (word[2:].partition("=")[0] for word in words[2:] if word.startswith("--")):
        if option not in options:
            yield f"aws {service} {operation} has no option --{option}"


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def _mlp(words: list[str]) -> Iterator[str]:
    known = {
        one.name or str(getattr(one.callback, "__name__", "")).replace("_", "-") for one in app.registered_commands
    }
    if words[0] not in known:
        yield f"mlp has no verb {words[0]}; it has {', '.join(sorted(known))}"


def _promtool(words: list[str]) -> Iterator[str]:
    if words[:2] == ["query", "instant"]:
        expr = re.sub(r"\$\w+", "a", words[3])
        try:
            promql.labels(expr, recorded())
        except promql.Refused as error:
            yield str(error)
