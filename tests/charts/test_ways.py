"""Who finds and reaches the pods of the charts: monitors, network policies, the API server at its webhooks."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from components import _chart_namespaces as spaces
from stacks.settings import Settings
from tests.charts.pods import Workload, objects, selected, workloads
from tests.charts.test_names import each_environment, every, ours, placed
from tests.charts.wired import releases

STACK = "kube-prometheus-stack"
NAMESPACE = "kubernetes.io/metadata.name"
_OF_EKS = tuple(f"{STACK}-{part}" for part in ("apiserver", "coredns", "kubelet"))
"""Monitors of what EKS brings."""


@each_environment
def test_every_monitor_finds_a_port_of_a_pod(environment: str) -> None:
    found = {one["metadata"]["name"]: found_by(environment, one) for one in every(environment, "PodMonitor")}
    # They find the pods of teams, by the components' own labels.
    assert {name for name, pods in found.items() if not pods} == {"checkpoints", "model-services"}
    for one in every(environment, "ServiceMonitor"):
        if one["metadata"]["name"] in ("drift-exporter", *_OF_EKS):
            continue
        services = [service for service in objects(environment, "Service") if is_selected(one, service)]
        wanted = {endpoint["port"] for endpoint in one["spec"]["endpoints"]}
        found = [{port["name"] for port in service["spec"]["ports"]} for service in services]
        assert [wanted & ports for ports in found] == [wanted], placed(one)


def found_by(environment: str, monitor: dict[str, Any]) -> Sequence[Workload | dict[str, Any]]:
    """Workloads that a PodMonitor finds, of charts and of the components."""
    spec = monitor["spec"]
    labels = spec["selector"].get("matchLabels", {})
    names = spec.get("namespaceSelector", {}).get("matchNames", [monitor["metadata"]["namespace"]])
    ports = {endpoint["port"] for endpoint in spec["podMetricsEndpoints"]}
    pods = [pod for name in names if labels for pod in selected(environment, name, labels)]
    own = [
        one
        for one in ours(environment, "Deployment")
        if labels and labels.items() <= one["spec"]["template"]["metadata"]["labels"].items()
    ]
    return [pod for pod in pods if ports & pod.ports().keys()] or own


def is_selected(monitor: dict[str, Any], service: dict[str, Any]) -> bool:
    spec, (namespace, _) = monitor["spec"], placed(service)
    names = spec.get("namespaceSelector", {}).get("matchNames", [placed(monitor)[0]])
    labels = service["metadata"].get("labels", {})
    for one in spec["selector"].get("matchExpressions", ()):
        holds = {"Exists": one["key"] in labels, "NotIn": labels.get(one["key"]) not in one.get("values", ())}
        if not holds[one["operator"]]:
            return False
    return namespace in names and spec["selector"].get("matchLabels", {}).items() <= labels.items()


def asked(environment: str, namespace: str) -> set[int]:
    """Ports of the pods of a namespace that the API server asks."""
    webhooks = objects(environment, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
    wanted = [webhook["clientConfig"]["service"] for one in webhooks for webhook in one["webhooks"]]
    wanted += [one["spec"]["service"] for one in objects(environment, "APIService")]
    found: set[int] = set()
    for service in objects(environment, "Service"):
        for one in wanted:
            if placed(service) == (one["namespace"], one["name"]) and one["namespace"] == namespace:
                found |= {number(environment, service, one.get("port", 443))}
    return found


def number(environment: str, service: dict[str, Any], port: int) -> int:
    (found,) = [one.get("targetPort", port) for one in service["spec"]["ports"] if one["port"] == port]
    (pod, *_) = selected(environment, placed(service)[0], service["spec"]["selector"])
    return pod.ports()[found] if isinstance(found, str) else found


def scraped(environment: str, namespace: str) -> set[int]:
    """Ports of the pods of a namespace that monitors find."""
    found = {
        pod.ports()[endpoint["port"]]
        for one in ours(environment, "PodMonitor")
        for endpoint in one["spec"]["podMetricsEndpoints"]
        for pod in found_by(environment, one)
        if isinstance(pod, Workload) and pod.namespace == namespace
    }
    for one in ours(environment, "ServiceMonitor"):
        for service in objects(environment, "Service"):
            if is_selected(one, service) and placed(service)[0] == namespace:
                ports = {port["name"]: port["port"] for port in service["spec"]["ports"]}
                found |= {number(environment, service, ports[each["port"]]) for each in one["spec"]["endpoints"]}
    return found


@each_environment
@pytest.mark.parametrize("namespace", spaces.SPACES)
def test_the_namespace_of_a_controller_lets_in_who_needs_its_pods(environment: str, namespace: str) -> None:
    space = spaces.SPACES[namespace]
    assert {*space.asked} == asked(environment, namespace)
    assert {*space.scraped} == scraped(environment, namespace)
    (policy,) = [one for one in ours(environment, "NetworkPolicy") if placed(one) == (namespace, "callers")]
    assert policy["spec"] == spaces.ingress(space)


@each_environment
def test_the_monitorings_own_policy_lets_the_api_server_in(environment: str) -> None:
    (policy,) = [one for one in ours(environment, "NetworkPolicy") if placed(one) == ("monitoring", "callers")]
    open_to_all = {port["port"] for rule in policy["spec"]["ingress"] if "from" not in rule for port in rule["ports"]}
    assert open_to_all == asked(environment, "monitoring")


@each_environment
def test_every_namespace_of_a_chart_is_made_with_a_pod_security_level(environment: str) -> None:
    enforced = {
        one["metadata"]["name"]: one["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for one in ours(environment, "Namespace")
    }
    used = {one["namespace"] for one in releases(environment).values()}
    assert used - enforced.keys() == {"kube-system"}
    assert {name for name, level in enforced.items() if level != "restricted"} == {"nvidia"}
    assert not any(one.get("createNamespace") for one in releases(environment).values())


@each_environment
def test_labels_that_network_policies_name_are_those_of_pods(environment: str) -> None:
    charts = {one.namespace for one in workloads(environment)} - {"kube-system"}
    named: set[tuple[str, str]] = set()
    for policy in ours(environment, "NetworkPolicy"):
        for way, peers in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(way) or []:
                for peer in rule.get(peers) or []:
                    namespace = peer.get("namespaceSelector", {}).get("matchLabels", {}).get(NAMESPACE)
                    labels = peer.get("podSelector", {}).get("matchLabels", {})
                    if namespace in charts and labels:
                        named.add((namespace, json.dumps(labels)))
                        assert selected(environment, namespace, labels), (placed(policy), labels)
    if Settings.from_file(environment).drift:
        assert len(named) == 2


@each_environment
def test_what_eks_does_not_show_is_not_watched_and_no_alert_is_the_charts_own(environment: str) -> None:
    hidden = ("controller-manager", "etcd", "kube-proxy", "kube-scheduler")
    names = [one["metadata"]["name"] for one in objects(environment, "Service", "ServiceMonitor", chart=STACK)]
    assert [name for name in names if name.endswith(hidden)] == []
    rules = [*objects(environment, "PrometheusRule", chart=STACK)]
    assert rules
    assert [rule for one in rules for group in one["spec"]["groups"] for rule in group["rules"]] == []
