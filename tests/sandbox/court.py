"""An API server with the policies of prod, and what the rules say of every example."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from policies._verdict import Outcome
from policies._view import Resource, Stack
from policies.admission import LABEL, objects
from policies.ai._approvals import CONFIG_MAP
from policies.exemptions import Exemption
from policies.profiles import PROFILES
from policies.registry import RULES
from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import START
from sandbox.place import Place
from sandbox.toolchain import Toolbox
from tests.components.conftest import whole
from tests.policies.examples import seen
from tests.sandbox.conftest import until
from tests.sandbox.door import Door

ADMITTED = [rule for rule in RULES if rule.admissions]


def exemption(
    name: str, expires: date, rule: str = "K8S-01", selector: str = "Pod/vision/*", days: int = 10
) -> Exemption:
    return Exemption(
        id=name,
        rule=rule,
        selector=selector,
        reason="its device plugin is not there yet",
        approver="security",
        ticket="SEC-1",
        created=expires - timedelta(days=days),
        expires=expires,
    )


TAGS = {
    "environment": "prod",
    "owner": "vision",
    "cost-centre": "ml-1",
    "data-class": "confidential",
    "managed-by": "pulumi",
}
EXEMPTIONS = (
    exemption("EX-1", date.today()),
    exemption("EX-2", date.today() - timedelta(days=1)),
    exemption("EX-3", date.today(), selector="Pod/another/*"),
    exemption("EX-4", date.today(), rule="K8S-03"),
    exemption("EX-7", date.today(), days=40),
    exemption("EX-8", date.today() + timedelta(days=9), days=7),
)


def examples(program: str) -> Iterator[tuple[Resource, Stack, dict[str, Any]]]:
    """What an example makes in a cluster and is judged there: the resource, its stack and its manifest."""
    stack, before = seen(program), seen(program, preview=True)
    for resource in stack.resources:
        if resource.type.startswith("kubernetes:") and any(one.covers(resource.type) for one in ADMITTED):
            # The rest is what the emulation has made up.
            known = before.by_urn[resource.urn].properties
            manifest = copy.deepcopy(whole({key: value for key, value in resource.properties.items() if key in known}))
            metadata = manifest.setdefault("metadata", {})
            # Namespaces of these names are there for what lies in them.
            if "name" not in metadata or manifest["kind"] == "Namespace":
                metadata["generateName"] = f"{metadata.pop('name', 'example')}-"
            yield resource, stack, manifest


Judged = dict[str, list[tuple[dict[str, Any], dict[str, Outcome]]]]


class Court(NamedTuple):
    """An API server with the policies of prod, and of each example its manifests with what the rules say of them."""

    door: Door
    judged: Judged
    kubeconfig: Path


@contextmanager
def convened(folder: Path) -> Iterator[Court]:
    """A court in a folder of its own."""
    plane = ControlPlane(Place(folder, "local"), "eu-central-1")
    plane.start(Toolbox().ensure(START))
    plane.wait()
    door = Door(plane.kubeconfig)
    programs = [program for rule in ADMITTED for program in (rule.good, rule.bad)]
    found = {program: list(examples(program)) for program in programs}
    manifests = [manifest for each in found.values() for *_, manifest in each]
    for space in {one["metadata"].get("namespace", "default") for one in manifests}:
        door.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}})
        account = f"/api/v1/namespaces/{space}/serviceaccounts/default"
        until(lambda path=account: door.send("GET", path).status == 200)
    judged = {program: [judge(door, *one) for one in each] for program, each in found.items()}
    install(door)
    bad = [manifest for rule in ADMITTED for *_, manifest in found[rule.bad]]
    until(lambda: all(door.knock(one).warnings for one in bad), 20, "the policies do not take effect")
    yield Court(door, judged, plane.kubeconfig)
    plane.stop()


def judge(door: Door, resource: Resource, stack: Stack, manifest: dict[str, Any]) -> tuple[dict, dict[str, Outcome]]:
    """What the rules say of an object as policies will see it: with all that the API server adds to it."""
    # Without the policies, which are not there yet.
    answer = door.knock(manifest)
    assert answer.status == 201, (answer.message, manifest)
    whole_one = replace(resource, properties=answer.body)
    others = tuple(whole_one if one is resource else one for one in stack.resources)
    stack = replace(stack, resources=others)
    rules = [rule for rule in ADMITTED if rule.covers(resource.type)]
    return manifest, {rule.id: rule.judge(whole_one, stack).outcome for rule in rules}


def approvals() -> dict[str, str]:
    """Those of the examples, which have a ConfigMap of their own."""
    stacks = [seen(program) for rule in ADMITTED for program in (rule.good, rule.bad)]
    maps = [one.properties["data"] for stack in stacks for one in stack.by_type.get(CONFIG_MAP, ())]
    return {key: value for data in maps for key, value in data.items()}


def install(door: Door) -> None:
    """The policies, and others that warn with the bare id of every rule: a refusal gives the first reason alone."""
    for one in objects(PROFILES["prod"], EXEMPTIONS, approvals()):
        for variable in one["spec"].get("variables", ()):
            if variable["name"] == "params":
                params = json.loads(variable["expression"])
                variable["expression"] = json.dumps({**params, "exemption.K8S-01.EX-5": "now soon ^vision$"})
        door.client.apply(one)
        other = copy.deepcopy(one)
        other["metadata"]["name"] = f"told-{one['metadata']['name']}"
        for validation in other["spec"].get("validations", ()):
            validation["message"] = validation["message"].partition(":")[0]
        if "policyName" in one["spec"]:
            other["spec"] |= {"policyName": other["metadata"]["name"], "validationActions": ["Warn"]}
        door.client.apply(other)


def pod(claim: str = "", **more: Any) -> dict[str, Any]:
    """A pod that lacks nothing."""
    secure = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    image = f"111111111111.dkr.ecr.eu-central-1.amazonaws.com/train@sha256:{'0' * 64}"
    size = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
    labels = {LABEL: claim} if claim else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "train-", "namespace": "vision", "labels": TAGS | labels},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "main", "image": image, "securityContext": secure, "resources": size}],
            **more,
        },
    }
