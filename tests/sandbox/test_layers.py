"""One environment as three stacks, each built on what the one below has exported."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
LAYERS = ("foundation", "platform", "models")
ABSENT = (
    *("backups", "batch", "capture", "ci", "database", "drift", "edge", "features", "lake", "llms", "modelRegistry"),
    *("monitoring", "services", "serving", "threats"),
)
"""What is left out here: it is wired like the rest, and the whole of dev is tested elsewhere."""


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("layers"), "dev")
    file = made.path / "stacks" / "Pulumi.dev.yaml"
    document = yaml.safe_load(file.read_text())
    for name in ABSENT:
        document["config"].pop(f"ml-platform:{name}", None)
    document["config"]["ml-platform:cluster"]["deployFrom"] = {"vpn": ["10.200.0.0/16"]}  # `ci.runner` is left out
    workloads = document["config"]["ml-platform:workloads"]
    document["config"]["ml-platform:workloads"] = {name: workloads[name] for name in ("trainer", "retraining")}
    file.write_text(yaml.safe_dump(document))
    yield made
    made.end()


@pytest.fixture(scope="module")
def up(dev: Checkout) -> dict[str, dict[str, Any]]:
    return {layer: dev.mlp("up", f"dev-{layer}", "--sandbox") for layer in LAYERS}


def test_each_layer_makes_its_own_part(up: dict[str, dict[str, Any]]) -> None:
    outputs = {layer: set(report["outputs"]) for layer, report in up.items()}
    assert {"keys", "network", "stores", "topics"} <= outputs["foundation"]
    assert outputs["platform"] == {"addons", "cluster", "gpu", "registry", "tenants"}
    assert outputs["models"] == {"retraining", "workloads"}
    for report in up.values():
        # What is left out here, a boundary and alarms, is only advised in dev.
        assert {found["level"] for found in report["policy"]["findings"]} <= {"advisory"}


def test_a_layer_uses_what_the_one_below_has_made(dev: Checkout, up: dict[str, dict[str, Any]]) -> None:
    network = up["foundation"]["outputs"]["network"]
    (name,) = dev.client("eks").list_clusters()["clusters"]
    cluster = dev.client("eks").describe_cluster(name=name)["cluster"]
    assert cluster["resourcesVpcConfig"]["subnetIds"] == network["privateSubnets"]
    subnets = dev.client("ec2").describe_subnets(SubnetIds=network["privateSubnets"])["Subnets"]
    for subnet in subnets:
        # The layers agree on a name that neither has heard from the other.
        assert {"Key": "karpenter.sh/discovery", "Value": name} in subnet["Tags"]


def test_a_second_preview_of_each_is_empty(dev: Checkout, up: dict[str, dict[str, Any]]) -> None:
    assert [dev.mlp("preview", f"dev-{layer}", "--sandbox")["changes"] for layer in LAYERS] == [[], [], []]


def test_a_layer_that_carries_another_is_not_taken_away(dev: Checkout, up: dict[str, dict[str, Any]]) -> None:
    told = dev.mlp("down", "dev-foundation", "--sandbox", code=1)
    assert told["errors"] == ["dev-foundation carries dev-models, dev-platform; take that down first"]


def test_layers_go_from_the_top(dev: Checkout, up: dict[str, dict[str, Any]]) -> None:
    reports = [dev.mlp("down", f"dev-{layer}", "--sandbox") for layer in reversed(LAYERS)]
    assert [report["standing"] for report in reports] == [["dev-foundation", "dev-platform"], ["dev-foundation"], []]
    assert [report["left"] for report in reports] == [[], [], []]
    assert not (dev.path / ".sandbox").exists()
