"""A cluster as a stack: its objects as Pulumi would register them, read with the credentials of a kubeconfig."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policies._pods import WORKLOADS
from policies._view import Resource, Stack
from policies.profiles import profile_of
from policies.registry import RULES

PREFIX = "kubernetes:"
BESIDE = (
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:ResourceQuota",
    "kubernetes:keda.sh/v1alpha1:ScaledObject",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "kubernetes:policy/v1:PodDisruptionBudget",
)
"""Types that rules look at beside those that they judge."""
NAMED = {"kubernetes:core/v1:ConfigMap": ("kube-system", "ml-platform-policies")}
"""The one object that is read of a type: others may hold what an audit has no business with."""
SECONDS = 60
"""How long a listing may take."""


class ClusterUnreachableError(Exception):
    """The kubeconfig leads to no API server that answers."""


@dataclass(frozen=True)
class Cluster:
    """What was read of a cluster.

    Attributes:
        stack: Its objects, and one unread resource for each type that could not be listed.
        denied: What the credentials may not do, as `list deployments.apps`.
        errors: Call to what went wrong otherwise.
    """

    stack: Stack
    denied: frozenset[str] = frozenset()
    errors: Mapping[str, str] = field(default_factory=dict)


def read_cluster(kubeconfig: Path, environment: str = "prod", kubectl: str = "kubectl") -> Cluster:
    """Read every object that a rule may judge or look at, but for those that a controller made of another.

    `kubectl` reads: it knows every way to sign in that a kubeconfig may name, `aws eks get-token` first of all.

    Args:
        kubeconfig: Leads to the cluster.
        environment: Names the stack, and so the profile that the cluster is judged by.
        kubectl: The program.

    Raises:
        ClusterUnreachableError: It does not answer, or there is no kubectl.
    """
    reader = _Reader(kubeconfig, kubectl)
    served = reader.served()
    resources: list[Resource] = []
    denied, errors = set[str](), dict[str, str]()
    for token in sorted(_wanted()):
        # A kind that the cluster does not know has no objects; no rule is the worse for it.
        if (name := served.get(token)) is None:
            continue
        items, why = reader.items(token, name)
        if why:
            call = f"list {name}"
            denied |= {call} if "forbidden" in why.lower() else set()
            errors |= {} if call in denied else {call: why}
            resources.append(Resource(token, f"{token.rpartition(':')[2]}/*", protect=None, unread=why))
        resources += _resources(token, items)
    system = profile_of(environment).system_namespaces
    kept = tuple(one for one in resources if one.get("metadata.namespace") not in system or one.type in NAMED)
    return Cluster(Stack(environment, kept), frozenset(denied), errors)


def _wanted() -> set[str]:
    tokens = {token for rule in RULES for token in rule.types if token.startswith(PREFIX)}
    return {*tokens, *BESIDE, *NAMED}


def _resources(token: str, items: Iterable[dict[str, Any]]) -> Iterator[Resource]:
    group, _, kind = token.removeprefix(PREFIX).rpartition(":")
    version = group.removeprefix("core/")
    for item in items:
        metadata = item["metadata"]
        # What a controller made of a workload is judged in the workload, which is what can be put right.
        if token in WORKLOADS and any(owner.get("controller") for owner in metadata.get("ownerReferences", ())):
            continue
        metadata.pop("managedFields", None)
        urn = f"{kind}/{metadata.get('namespace', '')}/{metadata['name']}"
        properties = {"apiVersion": version, "kind": kind, **{key: item[key] for key in item if key != "status"}}
        yield Resource(token, urn, properties, protect=None)


@dataclass(frozen=True)
class _Reader:
    kubeconfig: Path
    kubectl: str

    def served(self) -> dict[str, str]:
        """Type token to the name by which kubectl lists it, such as `deployments.v1.apps`."""
        done = self._run("api-resources", "--output=wide", "--no-headers")
        lines = [line.split() for line in done.stdout.splitlines()]
        if done.returncode and not lines:
            raise ClusterUnreachableError(_first(done.stderr))
        found = {}
        for line in lines:
            # NAME, perhaps SHORTNAMES, APIVERSION, NAMESPACED, KIND, VERBS, perhaps CATEGORIES
            place = next(number for number, word in enumerate(line) if word in ("true", "false"))
            plural, api, kind = line[0], line[place - 1], line[place + 1]
            group, _, version = api.rpartition("/")
            token = f"{PREFIX}{group or 'core'}/{version}:{kind}"
            found[token] = f"{plural}.{version}.{group}" if group else plural
        return found

    def items(self, token: str, name: str) -> tuple[list[dict[str, Any]], str]:
        """The objects of a type, or none and why."""
        if token in NAMED:
            namespace, called = NAMED[token]
            done = self._run("get", name, called, f"--namespace={namespace}", "--output=json", "--ignore-not-found")
        else:
            done = self._run("get", name, "--all-namespaces", "--output=json")
        if done.returncode:
            return [], _first(done.stderr)
        found = json.loads(done.stdout) if done.stdout.strip() else {"items": []}
        return found["items"] if "items" in found else [found], ""

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.kubectl, f"--kubeconfig={self.kubeconfig}", f"--request-timeout={SECONDS}s", *arguments]
        try:
            return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
        except OSError as error:
            raise ClusterUnreachableError(f"{self.kubectl} does not run: {error.strerror}") from None


def _first(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no answer"
