"""The view of a cluster as it is: what kubectl lists, each object as Pulumi would register it."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies._view import Resource, Stack
from policies.ai._approvals import CONFIG_MAP, NAME, NAMESPACE

TOKENS = (
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:ReplicaSet",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:argoproj.io/v1alpha1:Rollout",
    "kubernetes:batch/v1:CronJob",
    "kubernetes:batch/v1:Job",
    CONFIG_MAP,
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:Pod",
    "kubernetes:core/v1:ResourceQuota",
    "kubernetes:core/v1:Service",
    "kubernetes:core/v1:ServiceAccount",
    "kubernetes:gateway.networking.k8s.io/v1:Gateway",
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
    "kubernetes:karpenter.sh/v1:NodePool",
    "kubernetes:keda.sh/v1alpha1:ScaledObject",
    "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
    "kubernetes:networking.k8s.io/v1:Ingress",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "kubernetes:policy/v1:PodDisruptionBudget",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    "kubernetes:storage.k8s.io/v1:StorageClass",
)
"""What is read: what rules judge, and what they join to it. Never secrets."""
AT_ONCE = 4
TIMEOUT = "30s"
Kubectl = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class ClusterUnreachableError(Exception):
    """The kubeconfig leads to no API server that answers."""


@dataclass(frozen=True)
class Cluster:
    """What was read of a cluster.

    Attributes:
        stack: Its objects, and one unread resource for each kind that could not be listed.
        denied: Kinds that the credentials may not list.
        errors: Kind to what went wrong otherwise.
    """

    stack: Stack
    denied: frozenset[str]
    errors: Mapping[str, str]


@dataclass(frozen=True)
class Progress:
    """The `done`-th of `total` kinds is read."""

    done: int
    total: int


def kubectl(kubeconfig: Path, program: str = "kubectl") -> Kubectl:
    """The kubectl of a cluster: it knows every way to sign in."""

    def run(arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        command = [program, f"--kubeconfig={kubeconfig}", f"--request-timeout={TIMEOUT}", *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    return run


def read_cluster(
    run: Kubectl, on_progress: Callable[[Progress], None] = lambda _: None, environment: str = "prod"
) -> Cluster:
    """Read a cluster.

    Args:
        run: Runs kubectl with some arguments.
        on_progress: Called after each kind, always from the calling thread.
        environment: Names the stack, and so the profile that the cluster is judged by.

    Raises:
        ClusterUnreachableError: No API server answers, or there is no kubectl.
    """
    try:
        answered = run(["version", "--output=json"])
    except OSError as error:
        raise ClusterUnreachableError(f"kubectl cannot be started: {error.strerror}") from None
    if answered.returncode:
        raise ClusterUnreachableError(answered.stderr.strip() or "no API server answers")
    denied, errors, found = set(), {}, {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {pool.submit(run, _listing(token)): token for token in TOKENS}
        for done, job in enumerate(as_completed(jobs), 1):
            token, answer = jobs[job], job.result()
            if not answer.returncode:
                found[token] = list(_objects(token, json.loads(answer.stdout)["items"]))
            elif "(Forbidden)" in answer.stderr:
                denied.add(f"list {token.removeprefix('kubernetes:')}")
                found[token] = [_unread(token, "the credentials may not list it")]
            elif "the server doesn't have a resource type" not in answer.stderr:
                errors[token.removeprefix("kubernetes:")] = answer.stderr.strip().splitlines()[-1]
                found[token] = [_unread(token, "it could not be listed")]
            on_progress(Progress(done, len(jobs)))
    resources = tuple(one for token in TOKENS for one in found.get(token, ()))
    return Cluster(Stack(environment, resources), frozenset(denied), errors)


def _listing(token: str) -> list[str]:
    _, version, kind = token.split(":")
    group, _, number = version.rpartition("/")
    named = f"{kind}.{number}.{'' if group == 'core' else group}"
    # Of what people keep in ConfigMaps, rules ask for the approvals alone.
    only = [f"--field-selector=metadata.namespace={NAMESPACE},metadata.name={NAME}"] if token == CONFIG_MAP else []
    return ["get", named, "--all-namespaces", "--output=json", *only]


def _objects(token: str, items: Sequence[Mapping[str, Any]]) -> Iterator[Resource]:
    kind = token.rpartition(":")[2]
    for item in items:
        metadata = item["metadata"]
        # What a controller makes is as its owner is, and that is judged.
        if any(owner.get("controller") and _read(owner) for owner in metadata.get("ownerReferences", ())):
            continue
        urn = f"{kind}/{metadata.get('namespace', '')}/{metadata['name']}"
        yield Resource(token, urn, {"kind": kind, **item}, protect=None)


def _read(owner: Mapping[str, Any]) -> bool:
    version = owner["apiVersion"]
    return f"kubernetes:{version if '/' in version else f'core/{version}'}:{owner['kind']}" in TOKENS


def _unread(token: str, reason: str) -> Resource:
    return Resource(token, f"{token.rpartition(':')[2]}/*/*", protect=None, unread=reason)
