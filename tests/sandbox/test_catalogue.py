"""The instance types that Karpenter chooses from in the sandbox: labels, capacity, prices."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sandbox.kubernetes import catalogue, crds


@pytest.fixture(scope="module")
def types() -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in catalogue.instance_types("eu-central-1")}


def labels(one: dict[str, Any]) -> dict[str, str]:
    """The labels of a type that begin like those of Karpenter's edition for AWS."""
    needs = {need["key"]: need["values"][0] for need in one["offerings"][0]["Requirements"]}
    return {key.removeprefix(catalogue.LABEL): value for key, value in needs.items() if key.startswith(catalogue.LABEL)}


# AWS's instance type pages: 4 A10G in 48 vCPUs and 192 GiB, 8 A100 in 96 vCPUs and 1152 GiB; the memory of an A10G is
# what EC2's DescribeInstanceTypes has, which Karpenter reads.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("g5.12xlarge", {"family": "g5", "size": "12xlarge", "gpu-name": "a10g", "gpu-count": "4", "cpu": "48"}),
        ("g5.12xlarge", {"category": "g", "generation": "5", "memory": "196608", "gpu-memory": "22888"}),
        ("p4d.24xlarge", {"family": "p4d", "size": "24xlarge", "gpu-name": "a100", "gpu-count": "8", "cpu": "96"}),
        ("p4d.24xlarge", {"category": "p", "generation": "4", "memory": "1179648", "gpu-manufacturer": "nvidia"}),
    ],
)
def test_labels_are_those_of_karpenters_edition_for_aws(
    types: dict[str, dict[str, Any]], name: str, expected: dict[str, str]
) -> None:
    if name not in types:  # AWS does not offer every type in every region
        types = {one["name"]: one for one in catalogue.instance_types("us-east-1")}
    assert expected.items() <= labels(types[name]).items()
    assert types[name]["resources"]["nvidia.com/gpu"] == expected.get("gpu-count", labels(types[name])["gpu-count"])


def test_a_share_of_a_gpu_is_not_a_gpu() -> None:
    everywhere = {one["name"]: one for region in ("us-east-1", "us-west-2") for one in catalogue.instance_types(region)}
    assert all(
        "nvidia.com/gpu" not in one["resources"] or int(one["resources"]["nvidia.com/gpu"]) >= 1
        for one in everywhere.values()
    )
    fraction = {
        "InstanceType": "g6f.large",
        "GpuInfo": {"Gpus": [{"Name": "L4", "Manufacturer": "NVIDIA", "Count": 0}]},
    }
    fact = json.loads(json.dumps(WHOLE)) | fraction
    assert "nvidia.com/gpu" in catalogue.resources(WHOLE)
    assert "nvidia.com/gpu" not in catalogue.resources(fact)


WHOLE = {
    "InstanceType": "g6.xlarge",
    "VCpuInfo": {"DefaultVCpus": 4},
    "MemoryInfo": {"SizeInMiB": 16384},
    "NetworkInfo": {"MaximumNetworkInterfaces": 4, "Ipv4AddressesPerInterface": 15},
    "GpuInfo": {"Gpus": [{"Name": "L4", "Manufacturer": "NVIDIA", "Count": 1, "MemoryInfo": {"SizeInMiB": 22888}}]},
}


def test_a_node_has_the_pods_and_memory_that_its_type_can_give() -> None:
    # EKS's formula: 4 interfaces of 14 further addresses each, and 2; memory less what Karpenter reserves.
    assert catalogue.resources(WHOLE) == {
        "cpu": "4",
        "memory": "15155Mi",
        "ephemeral-storage": "20Gi",
        "pods": "58",
        "nvidia.com/gpu": "1",
    }


def test_every_offering_has_a_price_and_spot_is_the_cheaper_one(types: dict[str, dict[str, Any]]) -> None:
    assert len(types) > 100
    for name, one in types.items():
        costs: dict[str, set[float]] = {}
        for offering in one["offerings"]:
            needs = {need["key"]: need["values"][0] for need in offering["Requirements"]}
            assert needs["topology.kubernetes.io/zone"] in {f"eu-central-1{zone}" for zone in catalogue.ZONES}
            costs.setdefault(needs["karpenter.sh/capacity-type"], set()).add(offering["Price"])
        assert costs, name
        assert min(min(prices) for prices in costs.values()) > 0, name
        assert len(costs) < 2 or max(costs["spot"]) < min(costs["on-demand"]), name


def test_prices_say_where_they_are_from_and_what_is_assumed() -> None:
    document = json.loads(Path(catalogue.__file__).with_name("prices.json").read_text())
    paid, spot = document["on_demand"], document["spot"]
    assert paid["source"].startswith(crds.KARPENTER)
    assert paid["region"] == "us-east-1"
    assert all(date.fromisoformat(one["date"]) >= date(2026, 1, 1) for one in (paid, spot))
    assert "Nobody measured" in spot["assumption"]
    assert all(0 < share < 1 for share in [spot["default"], *spot["category"].values()])
