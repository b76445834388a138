"""No release is refused by its own webhooks, whose pods are not ready when its objects are created."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.versions import CHARTS
from tests.charts.facts import facts
from tests.charts.test_names import ours
from tests.charts.wired import ENVIRONMENTS

NAMESPACE = "kubernetes.io/metadata.name"


def asked(webhook: Mapping[str, Any], one: Mapping[str, Any], namespaces: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether the API server asks a webhook, and refuses without its answer, when an object is created."""
    space = one["metadata"].get("namespace", "")
    labels = {NAMESPACE: space, **namespaces.get(space, {})}
    return (
        webhook.get("failurePolicy", "Fail") == "Fail"
        and any(covers(rule, one) for rule in webhook.get("rules") or [])
        and (not space or selects(webhook.get("namespaceSelector"), labels))
        and selects(webhook.get("objectSelector"), one["metadata"].get("labels", {}))
    )


def covers(rule: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    group, _, version = one["apiVersion"].rpartition("/")
    kind = one["kind"].lower()
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}es" if kind.endswith("s") else f"{kind}s"
    return (
        bool({"*", "CREATE"} & {*rule["operations"]})
        and bool({"*", group} & {*rule["apiGroups"]})
        and bool({"*", version} & {*rule["apiVersions"]})
        and bool({"*", "*/*", plural} & {*rule["resources"]})
    )


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    if not (selector or {}).get("matchLabels", {}).items() <= labels.items():
        return False
    for one in (selector or {}).get("matchExpressions", ()):
        key, values = one["key"], one.get("values", ())
        holds = {
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
        }
        if not holds[one["operator"]]:
            return False
    return True


def refused(objects: list[dict[str, Any]], namespaces: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Objects of a release that its own webhooks refuse; hooks run once its pods serve."""
    webhooks = [
        webhook for one in objects if one["kind"].endswith("WebhookConfiguration") for webhook in one["webhooks"]
    ]
    for one in objects:
        if "helm.sh/hook" in one["metadata"].get("annotations", {}):
            continue
        for webhook in webhooks:
            if asked(webhook, one, namespaces):
                yield f"{one['kind']} {one['metadata']['name']}: {webhook['name']}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("chart", [chart.name for chart in CHARTS])
def test_no_release_is_refused_by_its_own_webhooks(environment: str, chart: str) -> None:
    namespaces = {one["metadata"]["name"]: one["metadata"]["labels"] for one in ours(environment, "Namespace")}
    assert [*refused([*facts(chart).objects[environment]], namespaces)] == []


def test_a_webhook_that_would_be_asked_is_found() -> None:
    rule = {"operations": ["CREATE"], "apiGroups": ["monitoring.coreos.com"], "apiVersions": ["*"]}
    webhook = {"name": "w", "rules": [{**rule, "resources": ["prometheusrules"]}]}
    objects = [
        {
            "kind": "ValidatingWebhookConfiguration",
            "apiVersion": "v1",
            "metadata": {"name": "v"},
            "webhooks": [webhook],
        },
        {
            "kind": "PrometheusRule",
            "apiVersion": "monitoring.coreos.com/v1",
            "metadata": {"name": "a", "namespace": "m"},
        },
    ]
    assert [*refused(objects, {})] == ["PrometheusRule a: w"]
    webhook["namespaceSelector"] = {"matchExpressions": [{"key": "tenant", "operator": "Exists"}]}
    assert [*refused(objects, {})] == []
    assert [*refused(objects, {"m": {"tenant": "a"}})] == ["PrometheusRule a: w"]
    webhook["failurePolicy"] = "Ignore"
    assert [*refused(objects, {"m": {"tenant": "a"}})] == []
