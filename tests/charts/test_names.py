"""What other code relies on exists: accounts, Services and their ports, Secrets, labels, what monitors find."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.settings import Settings
from tests.charts.pods import objects, selected, workloads
from tests.charts.wired import ENVIRONMENTS, wired
from tests.components.conftest import whole

ADDRESS = re.compile(r"https?://([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?(?::([0-9]+))?(?=[/\"' ]|$)")
each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


def ours(environment: str, *kinds: str) -> Iterator[dict[str, Any]]:
    """Objects of the cluster that the components make, without releases."""
    for one in wired(environment).found:
        if one.type.startswith("kubernetes:") and one.kind in kinds:
            yield {"kind": one.kind, **whole(one.inputs)}


def placed(one: dict[str, Any]) -> tuple[str, str]:
    return one["metadata"].get("namespace", ""), one["metadata"]["name"]


def every(environment: str, *kinds: str) -> Iterator[dict[str, Any]]:
    yield from ours(environment, *kinds)
    yield from objects(environment, *kinds)


@each_environment
def test_every_account_of_a_pod_exists(environment: str) -> None:
    accounts = {placed(one) for one in objects(environment, "ServiceAccount")}
    used = {(one.namespace, one.spec.get("serviceAccountName", "default")) for one in workloads(environment)}
    assert used - accounts == set()


@each_environment
def test_every_identity_is_that_of_an_account_that_pods_use(environment: str) -> None:
    used = {(one.namespace, one.spec.get("serviceAccountName", "default")) for one in workloads(environment)}
    own = {placed(one) for one in ours(environment, "ServiceAccount")}
    workbench = Settings.from_file(environment).workloads.values()
    others = {(one.namespace, one.service_account) for one in workbench}
    found = {
        (one.inputs["namespace"], one.inputs["serviceAccount"])
        for one in wired(environment).of("PodIdentityAssociation")
    }
    assert found - used - own - others == set()
    assert {account for account in found if account[0] in {one.namespace for one in workloads(environment)}} & used


@each_environment
def test_every_service_has_pods_with_its_port(environment: str) -> None:
    for one in objects(environment, "Service"):
        if placed(one)[0] == "kube-system" and one["metadata"]["name"].endswith("-coredns"):
            continue  # its pods are of an add-on of EKS
        pods = selected(environment, placed(one)[0], one["spec"]["selector"])
        assert pods, one["metadata"]["name"]
        assert [port for port in one["spec"]["ports"] if not any(map(answers(port), pods))] == [], placed(one)


def answers(port: dict[str, Any]) -> Any:
    target = port.get("targetPort", port["port"])
    return lambda pod: target in pod.ports() or target in pod.ports().values()


@each_environment
def test_every_address_in_the_cluster_is_that_of_a_service(environment: str) -> None:
    services = {placed(one): {port["port"] for port in one["spec"]["ports"]} for one in every(environment, "Service")}
    names = {namespace for namespace, _ in services}
    texts = json.dumps([whole(one.inputs) for one in wired(environment).found])
    texts += json.dumps([*objects(environment, "Deployment", "ConfigMap", "Secret", "Alertmanager", "Prometheus")])
    found = {
        (match[2], match[1], int(match[3] or 80))
        for match in ADDRESS.finditer(texts.replace("\\", " "))
        if match[2] in names
    }
    assert {("monitoring", "kube-prometheus-stack-prometheus", 9090)} <= found
    unknown = {one for one in found if one[2] not in services.get(one[:2], set())}
    assert unknown == set()


@each_environment
def test_everything_that_pods_mount_or_read_exists(environment: str) -> None:
    secrets = {placed(one) for one in objects(environment, "Secret")}
    secrets |= {(placed(one)[0], one["spec"]["target"]["name"]) for one in ours(environment, "ExternalSecret")}
    secrets |= {(placed(one)[0], one["spec"]["secretName"]) for one in objects(environment, "Certificate")}
    configs = {placed(one) for one in every(environment, "ConfigMap")}
    wanted_secrets, wanted_configs = set(), set()
    for one in workloads(environment):
        for volume in one.spec.get("volumes") or []:
            for source in [volume, *volume.get("projected", {}).get("sources", ())]:
                if (secret := source.get("secret")) and not secret.get("optional"):
                    wanted_secrets.add((one.namespace, secret.get("secretName") or secret["name"]))
                if (config := source.get("configMap")) and not config.get("optional"):
                    wanted_configs.add((one.namespace, config["name"]))
        for container in one.containers:
            for source in [
                *(container.get("envFrom") or []),
                *(item.get("valueFrom", {}) for item in container.get("env") or []),
            ]:
                for kind, names in (("secret", wanted_secrets), ("configMap", wanted_configs)):
                    if found := source.get(f"{kind}Ref") or source.get(f"{kind}KeyRef"):
                        names.add((one.namespace, found["name"]))
    for one in objects(environment, "Alertmanager"):
        wanted_secrets |= {(placed(one)[0], name) for name in one["spec"].get("secrets", ())}
    assert wanted_secrets - secrets == SELF_MADE
    assert wanted_configs - configs == {("monitoring", "kube-root-ca.crt")} & wanted_configs


SELF_MADE = {("keda", "kedaorg-certs")}
"""Secrets that a program makes itself."""


@each_environment
def test_dashboards_ask_the_data_source_that_the_chart_makes(environment: str) -> None:
    texts = [text for one in objects(environment, "ConfigMap") for text in one["data"].values()]
    made = {uid for text in texts if "datasources:" in text for uid in re.findall(r"uid: (\S+)", text)}
    own = [one for one in ours(environment, "ConfigMap") if "grafana_dashboard" in one["metadata"]["labels"]]
    boards = [text for one in own for text in one["data"].values()]
    used = {uid for text in boards for uid in re.findall(r'"datasource": ?\{[^}]*"uid": ?"([^"]+)"', text)}
    assert boards
    assert used - {"-- Grafana --"} <= made
    assert used
    assert [text for text in texts if "foldersFromFilesStructure: true" in text]
