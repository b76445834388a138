"""What holds every container of the charts: no root, no capability, a root that is read-only, limits, probes."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.charts.pods import Workload, objects, workloads
from tests.charts.wired import ENVIRONMENTS

OPERATED = ("kube-prometheus-stack-alertmanager", "kube-prometheus-stack-prometheus")
"""The operator gives their containers probes."""
LOOSE = {
    # They talk to the kubelet on sockets that are root's.
    "dcgm-exporter exporter": {"root"},
    "nvidia-device-plugin nvidia-device-plugin-ctr": {"root", "no probe"},
    # The chart has no switch for it. It runs on nodes that `nvidia.com/mps.capable` labels; the platform has none.
    "nvidia-device-plugin-mps-control-daemon mps-control-daemon-ctr": {
        *("root", "writes to its root", "escalation", "capabilities", "seccomp", "no probe", "privileged"),
    },
    "nvidia-device-plugin-mps-control-daemon mps-control-daemon-mounts": {
        *("root", "writes to its root", "escalation", "capabilities", "seccomp", "privileged"),
    },
    # It listens nowhere: nothing could be asked. It ends itself when it loses its lease.
    "cert-manager-cainjector cert-manager-cainjector": {"no probe"},
    "kube-prometheus-stack-grafana grafana-sc-dashboard": {"no probe"},
    "kube-prometheus-stack-grafana grafana-sc-datasources": {"no probe"},
}
"""Workload and container to what it is not held by, and why that must be."""

WILD = {"kube-prometheus-stack-operator"}
"""Roles with every verb on some kinds; the chart has no switch for it."""
SECRET_READERS = {
    *("argo-rollouts", "cert-manager", "cert-manager-cainjector", "external-secrets"),
    *("external-secrets-cert-controller", "keda-operator", "kube-prometheus-stack-operator"),
}
"""Service accounts that may read every Secret of the cluster; their charts have no switch, or the programs need it."""
CLIENTS = {"external-secrets-webhook"}
"""Workloads without rights whose program ends without a token (external-secrets v2.9.0, cmd/controller/webhook.go)."""


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_container_is_confined(environment: str) -> None:
    found = {
        f"{one.name} {container['name']}": set(loose(one, container))
        for one in workloads(environment)
        for container in one.containers
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == LOOSE


def loose(one: Workload, container: dict[str, Any]) -> Iterator[str]:
    """What a container is not held by."""
    own = container.get("securityContext") or {}
    both = {**(one.spec.get("securityContext") or {}), **own}
    if not both.get("runAsNonRoot"):
        yield "root"
    if own.get("readOnlyRootFilesystem") is not True:
        yield "writes to its root"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "escalation"
    if own.get("capabilities", {}).get("drop") != ["ALL"] or own["capabilities"].get("add"):
        yield "capabilities"
    if both.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "seccomp"
    if own.get("privileged"):
        yield "privileged"
    if "memory" not in ((container.get("resources") or {}).get("limits") or {}):
        yield "no limit"
    # It would only make a controller slow.
    if "cpu" in ((container.get("resources") or {}).get("limits") or {}):
        yield "limit of CPU"
    long_lived = container in one.spec["containers"] and one.kind != "Job" and one.name not in OPERATED
    if long_lived and not {"livenessProbe", "readinessProbe"} & container.keys():
        yield "no probe"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_token_is_mounted_only_where_the_kubernetes_api_is_asked(environment: str) -> None:
    accounts = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one.get("automountServiceAccountToken", True)
        for one in objects(environment, "ServiceAccount")
    }
    without = {
        one.name
        for one in workloads(environment)
        if not one.spec.get("automountServiceAccountToken", accounts.get((one.namespace, _account(one)), True))
    }
    asking = {
        (subject.get("namespace", ""), subject["name"])
        for one in objects(environment, "ClusterRoleBinding", "RoleBinding")
        for subject in one.get("subjects") or []
    }
    idle = {one.name for one in workloads(environment) if (one.namespace, _account(one)) not in asking}
    assert idle - without == CLIENTS


def _account(one: Workload) -> str:
    return one.spec.get("serviceAccountName", "default")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_rights_of_charts_name_what_they_allow(environment: str) -> None:
    def wild(rule: dict[str, Any]) -> bool:
        named = [*rule.get("apiGroups", ()), *rule.get("resources", ()), *rule["verbs"]]
        return bool({"*", "*/*", "*/scale", "bind", "escalate", "impersonate"} & {*named})

    found = {
        one["metadata"]["name"]
        for one in objects(environment, "ClusterRole", "Role")
        for rule in one.get("rules") or []
        if wild(rule)
    }
    assert found == WILD
    bindings = objects(environment, "ClusterRoleBinding", "RoleBinding")
    assert [one["metadata"]["name"] for one in bindings if one["roleRef"]["name"] == "cluster-admin"] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_secrets_of_every_namespace_are_read_by_known_programs(environment: str) -> None:
    def reads(rule: dict[str, Any]) -> bool:
        what, how = {"secrets", "*"} & {*rule.get("resources", ())}, {"get", "list", "watch", "*"} & {*rule["verbs"]}
        return bool(what and how and {"", "*"} & {*rule.get("apiGroups", ())} and not rule.get("resourceNames"))

    roles = {
        one["metadata"]["name"]
        for one in objects(environment, "ClusterRole")
        if any(map(reads, one.get("rules") or []))
    }
    bound = {
        subject["name"]
        for one in objects(environment, "ClusterRoleBinding")
        if one["roleRef"]["name"] in roles
        for subject in one["subjects"]
    }
    assert bound == SECRET_READERS
