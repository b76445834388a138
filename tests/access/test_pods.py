"""NetworkPolicies as Kubernetes defines them: which pods they select, and what they let out.

Source: Kubernetes documentation, "Network Policies", https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from typing import Any

import pytest

from access import UNKNOWN
from access.reach import Plan, Resource
from access.reach.pods import DNS, NETWORK_POLICY, Traffic, egress
from access.reach.workloads import Workload

WORKLOAD = Workload("team/worker", None, (), (), "team", "worker")
TLS = Traffic(("10.0.0.0/24",), 443)
TO_DNS = Traffic((), 53, "UDP", DNS)
TO = [{"ipBlock": {"cidr": "10.0.0.0/16"}}]
KUBE_SYSTEM = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}


def policy(egress_: Any = None, namespace: str = "team", **spec: Any) -> Resource:
    given = {
        "podSelector": {},
        "policyTypes": ["Egress"],
        **({"egress": egress_} if egress_ is not None else {}),
        **spec,
    }
    return Resource(NETWORK_POLICY, "policy", {"metadata": {"namespace": namespace}, "spec": given})


def pods(**labels: str) -> Resource:
    template = {"metadata": {"labels": labels}, "spec": {"serviceAccountName": "worker"}}
    found = {"metadata": {"namespace": "team", "name": "worker"}, "spec": {"template": template}}
    return Resource("kubernetes:apps/v1:Deployment", "worker", found)


def answer(*resources: Resource, traffic: Traffic = TLS) -> Any:
    return egress(Plan(resources), WORKLOAD, traffic)[0]


def test_pods_that_no_policy_selects_send_anything() -> None:
    assert answer() is True
    assert answer(policy(namespace="other")) is True
    assert answer(policy(policyTypes=["Ingress"])) is True
    assert answer(pods(app="a"), policy(podSelector={"matchLabels": {"app": "b"}})) is True


def test_a_selected_pod_sends_what_some_policy_lets_out_and_nothing_else() -> None:
    assert answer(policy()) is False
    assert answer(policy([])) is False
    assert answer(policy(), policy([{"to": TO, "ports": [{"port": 443}]}])) is True
    assert answer(policy([{}])) is True


def test_without_types_a_policy_is_of_egress_where_it_has_some() -> None:
    spec = {"podSelector": {}, "egress": [{"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}]}
    here = {"metadata": {"namespace": "team"}}
    assert answer(Resource(NETWORK_POLICY, "policy", {**here, "spec": spec})) is False
    assert answer(Resource(NETWORK_POLICY, "policy", {**here, "spec": {"podSelector": {}}})) is True


@pytest.mark.parametrize(
    ("ports", "passes"),
    [
        ([{"port": 443}], True),
        ([{"port": 443.0, "protocol": "TCP"}], True),
        ([{"protocol": "TCP"}], True),
        ([{"port": 400, "endPort": 500}], True),
        ([{"port": 400, "endPort": 442}], False),
        ([{"port": 443, "protocol": "UDP"}], False),
        ([{"port": "https"}], False),
        ([{"port": 80}, {"port": 443}], True),
    ],
)
def test_ports(ports: list[dict[str, Any]], passes: bool) -> None:
    assert answer(policy([{"to": TO, "ports": ports}])) is passes


@pytest.mark.parametrize(
    ("block", "passes"),
    [
        ({"cidr": "10.0.0.0/24"}, True),
        ({"cidr": "10.0.0.0/25"}, False),
        ({"cidr": "0.0.0.0/0"}, True),
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.128/25"]}, False),
        ({"cidr": "0.0.0.0/0", "except": ["10.1.0.0/16"]}, True),
    ],
)
def test_every_address_must_be_let_out(block: dict[str, Any], passes: bool) -> None:
    assert answer(policy([{"to": [{"ipBlock": block}]}])) is passes


def test_public_addresses_of_a_service_are_not_covered_by_a_part_of_them() -> None:
    # What the settings had for S3 in eu-central-1: https://ip-ranges.amazonaws.com/ip-ranges.json has more networks.
    parts = [{"ipBlock": {"cidr": cidr}} for cidr in ("10.0.0.0/16", "52.219.0.0/16", "3.5.0.0/16")]
    assert answer(policy([{"to": parts}]), traffic=Traffic(("0.0.0.0/0",), 443)) is False


@pytest.mark.parametrize(
    ("peer", "passes"),
    [
        ({**KUBE_SYSTEM, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}, True),
        (KUBE_SYSTEM, True),
        ({"namespaceSelector": {}}, True),
        ({"podSelector": {}}, False),  # of its own namespace
        ({**KUBE_SYSTEM, "podSelector": {"matchLabels": {"k8s-app": "coredns"}}}, False),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "dns"}}}, False),
    ],
)
def test_dns_is_reached_by_the_labels_of_its_namespace_and_pods(peer: dict[str, Any], passes: bool) -> None:
    assert answer(policy([{"to": [peer], "ports": [{"port": 53, "protocol": "UDP"}]}]), traffic=TO_DNS) is passes


@pytest.mark.parametrize(
    ("one", "passes"),
    [
        ({"key": "app", "operator": "In", "values": ["a", "b"]}, True),
        ({"key": "app", "operator": "NotIn", "values": ["a"]}, False),
        ({"key": "tier", "operator": "NotIn", "values": ["a"]}, True),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "tier", "operator": "Exists"}, False),
        ({"key": "tier", "operator": "DoesNotExist"}, True),
    ],
)
def test_selectors_by_expression(one: dict[str, Any], passes: bool) -> None:
    found = policy([{"to": TO}], podSelector={"matchExpressions": [one]})
    assert answer(pods(app="a"), policy(), found) is passes


def test_labels_that_the_plan_does_not_say_leave_it_open() -> None:
    mine: dict[str, Any] = {"podSelector": {"matchLabels": {"app": "a"}}}
    assert answer(policy(), policy([{"to": TO}], **mine)) is UNKNOWN
    assert answer(policy([{"to": TO}], **mine)) is UNKNOWN
    assert answer(policy([{"to": TO}]), policy([], **mine)) is True


def test_a_release_says_the_labels_that_its_values_add() -> None:
    values = {"serviceAccount": {"name": "worker"}, "extraPodLabels": {"component": "a"}}
    release = Resource("kubernetes:helm.sh/v3:Release", "worker", {"namespace": "team", "values": values})
    mine, other = ({"matchLabels": {"component": one}} for one in "ab")
    assert answer(release, policy(), policy([{"to": TO}], podSelector=mine)) is True
    assert answer(release, policy(), policy([{"to": TO}], podSelector=other)) is False
