"""What NetworkPolicies let pods of a workload reach, as Kubernetes defines it.

Source: Kubernetes API, NetworkPolicy v1,
https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from access.reach.plan import Plan, Resource
from access.reach.workloads import Workload
from access.truth import UNKNOWN, Truth, both, either

NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
NAMESPACE = "kubernetes.io/metadata.name"
DNS = {"k8s-app": "kube-dns"}
"""Label of the pods of CoreDNS, in `kube-system` (EKS User Guide, "Manage CoreDNS for DNS in Amazon EKS clusters")."""
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Traffic:
    """What pods send.

    Attributes:
        networks: CIDRs of where it goes to, all of which must be let through; of other pods, none.
        port: Port.
        protocol: `TCP` or `UDP`.
        pods: Labels of the pods that it goes to, in `kube-system`.
    """

    networks: tuple[str, ...]
    port: int
    protocol: str = "TCP"
    pods: Labels | None = None


@dataclass(frozen=True)
class _Pods:
    """Labels of a workload's pods, and whether these are all of them."""

    labels: Labels
    complete: bool


def egress(plan: Plan, workload: Workload, traffic: Traffic) -> tuple[Truth, str]:
    """Whether NetworkPolicies let traffic of a workload's pods out, and which ones decide.

    Pods that no policy for egress selects may send anything. If no object of the plan says which labels the pods have,
    only policies for all pods of the namespace are sure to select them.
    """
    known = list(_pods(plan, workload)) or [_Pods({}, False)]
    found = [_of(plan, workload.namespace, pods, traffic) for pods in known]
    return next((one for answer in (False, UNKNOWN) for one in found if one[0] is answer), found[0])


def _of(plan: Plan, namespace: str, pods: _Pods, traffic: Traffic) -> tuple[Truth, str]:
    policies = [one for one in _policies(plan, namespace) if "Egress" in _types(one)]
    selected = [(one, _matches(one.get("spec.podSelector") or {}, pods)) for one in policies]
    selected = [(one, answer) for one, answer in selected if answer is not False]
    if not selected:
        return True, f"no NetworkPolicy of namespace {namespace} limits its egress"
    allowing = [(one, both((answer, _allows(one, traffic)))) for one, answer in selected]
    answer = either(one for _, one in allowing)
    if answer is False and not any(one is True for _, one in selected):
        return UNKNOWN, ", ".join(one.title for one, _ in selected)
    deciding = [one.title for one, found in allowing if found is answer]
    return answer, ", ".join(deciding)


def _policies(plan: Plan, namespace: str) -> Iterator[Resource]:
    for one in plan.of(NETWORK_POLICY):
        if one.get("metadata.namespace") == namespace:
            yield one


def _types(policy: Resource) -> Sequence[str]:
    return policy.get("spec.policyTypes") or ["Ingress", *(["Egress"] if policy.get("spec.egress") else [])]


def _allows(policy: Resource, traffic: Traffic) -> Truth:
    return either(
        both((_port(rule.get("ports"), traffic), _peers(rule.get("to"), traffic))) for rule in policy.all("spec.egress")
    )


def _port(ports: Sequence[Mapping[str, Any]] | None, traffic: Traffic) -> bool:
    return not ports or any(
        one.get("protocol", "TCP") == traffic.protocol
        and (one.get("port") is None or int(one["port"]) <= traffic.port <= int(one.get("endPort", one["port"])))
        for one in ports
        # A name is of a port of pods, and what is reached here has none.
        if str(one.get("port", 0)).removesuffix(".0").isdigit()
    )


def _peers(peers: Sequence[Mapping[str, Any]] | None, traffic: Traffic) -> Truth:
    if not peers:
        return True
    if traffic.pods is not None:
        there = _Pods(traffic.pods, True)
        place = _Pods({NAMESPACE: "kube-system"}, True)
        return either(
            both((_matches(one.get("namespaceSelector"), place), _matches(one.get("podSelector", {}), there)))
            for one in peers
            if "ipBlock" not in one
        )
    blocks = [block for one in peers if (block := one.get("ipBlock"))]
    return UNKNOWN if UNKNOWN in blocks else all(_covered(network, blocks) for network in traffic.networks)


def _covered(network: str, blocks: Sequence[Mapping[str, Any]]) -> Truth:
    """Whether one of the blocks has the whole network, without its exceptions."""
    wanted = ipaddress.ip_network(network)
    return any(
        wanted.subnet_of(ipaddress.ip_network(block["cidr"], strict=False))  # pyright: ignore[reportArgumentType]
        and not any(ipaddress.ip_network(one).overlaps(wanted) for one in block.get("except") or ())
        for block in blocks
    )


def _pods(plan: Plan, workload: Workload) -> Iterator[_Pods]:
    """What the plan says of the labels of a workload's pods: by their templates, or by the values of a release."""
    for one in plan.kubernetes:
        if one.kind == "Release" and one.get("namespace") == workload.namespace:
            values = one.get("values") or {}
            if (values.get("serviceAccount") or {}).get("name") == workload.account:
                yield _Pods(values.get("extraPodLabels") or values.get("podLabels") or {}, False)
        elif one.get("metadata.namespace") == workload.namespace:
            for path in ("spec.template", "spec.jobTemplate.spec.template"):
                template = one.get(path) or {}
                if (template.get("spec") or {}).get("serviceAccountName") == workload.account:
                    yield _Pods((template.get("metadata") or {}).get("labels") or {}, True)


def _matches(selector: Mapping[str, Any] | None, there: _Pods) -> Truth:
    """Whether a label selector selects; without one of namespaces a peer is in the policy's own, where no DNS is."""
    if selector is None:
        return False
    wanted = [_is(key, "In", [value], there) for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or ():
        wanted.append(_is(one["key"], one["operator"], one.get("values") or [], there))
    return both(wanted)


def _is(key: str, operator: str, values: Sequence[str], there: _Pods) -> Truth:
    if key not in there.labels:
        return operator in ("NotIn", "DoesNotExist") if there.complete else UNKNOWN
    value = there.labels[key]
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": True,
        "DoesNotExist": False,
    }[operator]
