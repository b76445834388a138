"""What a tenant's namespace holds, as plain data: quota, defaults, network policies and rights."""

from collections.abc import Mapping, Sequence
from typing import Any

from components._kubernetes import GPU, TENANT

POD_IDENTITY_AGENT = "169.254.170.23/32"
"""Where a pod gets its AWS credentials: a link-local address of its node (EKS user guide, Pod Identity)."""
DENY_ALL: Any = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
"""Spec of the network policy that lets nothing in or out."""
_NAMESPACE = "kubernetes.io/metadata.name"
_READ = ["get", "list", "watch"]
_WORK = [*_READ, "create", "delete", "patch", "update"]


def quota(cpus: int, memory_gib: int, gpus: int, pods: int, storage_gib: int, balancers: int) -> dict[str, str]:
    """`hard` of a ResourceQuota; ports of nodes there are none."""
    return {
        "requests.cpu": str(cpus),
        "requests.memory": f"{memory_gib}Gi",
        "limits.memory": f"{2 * memory_gib}Gi",
        f"requests.{GPU}": str(gpus),
        "requests.storage": f"{storage_gib}Gi",
        "pods": str(pods),
        # EKS's own class does not encrypt.
        "gp2.storageclass.storage.k8s.io/requests.storage": "0",
        "services.loadbalancers": str(balancers),
        "services.nodeports": "0",
    }


def defaults() -> dict[str, Any]:
    """Spec of a LimitRange: without requests the quota would refuse a container. GPUs it never adds."""
    container = {
        "type": "Container",
        "defaultRequest": {"cpu": "100m", "memory": "256Mi"},
        "default": {"memory": "512Mi"},
    }
    return {"limits": [container]}


def network_policies(
    namespace: str, https_cidrs: Sequence[Any], from_namespaces: Sequence[str], to_namespaces: Sequence[str] = ()
) -> dict[str, Any]:
    """Name to spec: nothing in or out but the namespaces themselves, DNS, credentials, and TLS to the networks."""
    everything: dict[str, Any] = {"podSelector": {}}
    here = {"namespaceSelector": {"matchLabels": {_NAMESPACE: namespace}}}
    out = ways_out(https_cidrs)
    found = {
        "default-deny": DENY_ALL,
        "own-namespace": {
            **everything,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [here]}],
            "egress": [{"to": [here]}],
        },
        "platform": {**everything, "policyTypes": ["Egress"], "egress": out},
    }
    if from_namespaces:
        who = {"namespaceSelector": {"matchExpressions": [_in(_NAMESPACE, from_namespaces)]}}
        found["callers"] = {**everything, "policyTypes": ["Ingress"], "ingress": [{"from": [who]}]}
    if to_namespaces:
        whom = {"namespaceSelector": {"matchExpressions": [_in(_NAMESPACE, to_namespaces)]}}
        found["called"] = {**everything, "policyTypes": ["Egress"], "egress": [{"to": [whom]}]}
    return found


def ways_out(https_cidrs: Sequence[Any]) -> list[dict[str, Any]]:
    """Egress of every pod: DNS, its AWS credentials, and TLS to the given networks."""
    dns = {
        "namespaceSelector": {"matchLabels": {_NAMESPACE: "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    return [
        {"to": [dns], "ports": [_port(53, "UDP"), _port(53)]},
        {"to": [_block(POD_IDENTITY_AGENT)], "ports": [_port(80)]},
        *([{"to": [_block(cidr) for cidr in https_cidrs], "ports": [_port(443)]}] if https_cidrs else []),
    ]


def rules() -> list[dict[str, Any]]:
    """Rights of the team in its namespace.

    Not the built-in role `edit`: it could lift network policies and act as any service account. Quota, defaults and
    queue can be seen, not changed.
    """
    return [
        _rule([""], ["configmaps", "persistentvolumeclaims", "pods", "secrets", "services"], _WORK),
        _rule([""], ["pods/attach", "pods/exec", "pods/portforward"], ["create", "get"]),
        _rule([""], ["endpoints", "events", "limitranges", "pods/log", "resourcequotas", "serviceaccounts"], _READ),
        _rule(["apps"], ["deployments", "deployments/scale", "statefulsets", "statefulsets/scale"], _WORK),
        _rule(["apps"], ["controllerrevisions", "replicasets"], _READ),
        _rule(["batch"], ["cronjobs", "jobs"], _WORK),
        _rule(["autoscaling"], ["horizontalpodautoscalers"], _WORK),
        _rule(["keda.sh"], ["scaledjobs", "scaledobjects"], _WORK),
        _rule(["policy"], ["poddisruptionbudgets"], _WORK),
        # Not to change: who may write the status of a rollout may promote what was judged bad.
        _rule(["argoproj.io"], ["analysisruns", "analysistemplates", "rollouts"], _READ),
        _rule(["external-secrets.io"], ["externalsecrets"], _READ),
        _rule(["gateway.networking.k8s.io"], ["httproutes"], _READ),
        _rule(["kueue.x-k8s.io"], ["localqueues", "workloads"], _READ),
        _rule(["networking.k8s.io"], ["ingresses", "networkpolicies"], _READ),
    ]


def restricted_labels() -> Mapping[str, str]:
    """Pod Security Standard `restricted`, and pods that are ready only when their load balancer sends them requests.

    Without the gate a rollout removes old pods before the new ones are healthy targets (AWS Load Balancer Controller,
    "Pod readiness gate").
    """
    modes = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("audit", "enforce", "warn")}
    return {**modes, "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}


def namespace_labels(name: str) -> Mapping[str, str]:
    """The same of a tenant's namespace, to which Kueue and the limits on GPUs apply."""
    return {**restricted_labels(), TENANT: name}


def _rule(groups: list[str], resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs}


def _port(number: int, protocol: str = "TCP") -> dict[str, Any]:
    return {"port": number, "protocol": protocol}


def _block(cidr: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr}}


def _in(key: str, values: Sequence[str]) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}
