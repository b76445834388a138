"""The instance types that Karpenter may choose from: the facts of moto's EC2, dated prices, AWS's own labels."""

import gzip
import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ZONES = "abc"
MEMORY_OVERHEAD = 0.075  # what Karpenter takes off for the hypervisor: VM_MEMORY_OVERHEAD_PERCENT
LABEL = "karpenter.k8s.aws/instance-"
ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


def instance_types(region: str) -> list[dict[str, Any]]:
    """The types with a price that AWS offers in the zones a, b and c of a region, as Karpenter with kwok reads them.

    Prices are those of us-east-1 in USD per hour: no other region's are at hand. Spot prices are an assumption, which
    `prices.json` states.
    """
    prices = json.loads(Path(__file__).with_name("prices.json").read_text())
    facts = _moto("instance_types.json.gz")
    zones: dict[str, list[str]] = {}
    for offer in _moto(f"instance_type_offerings/availability-zone/{region}.json.gz"):
        if offer["Location"].removeprefix(region) in ZONES:
            zones.setdefault(offer["InstanceType"], []).append(offer["Location"])
    return [
        _type(facts[name], region, sorted(zones[name]), price, price * _spot(name, prices["spot"]))
        for name, price in prices["on_demand"]["usd_per_hour"].items()
        if name in zones and name in facts
    ]


def labels(fact: dict[str, Any], region: str) -> dict[str, str]:
    """The labels of an instance type, as Karpenter's edition for AWS computes them."""
    name = fact["InstanceType"]
    family, size = name.split(".")
    category, generation = re.findall(r"^([a-z]+)(?:-[0-9]+tb)?([0-9]+)", name)[0]
    found = {
        "topology.kubernetes.io/region": region,
        f"{LABEL}category": category,
        f"{LABEL}family": family,
        f"{LABEL}generation": generation,
        f"{LABEL}size": size,
        f"{LABEL}cpu": fact["VCpuInfo"]["DefaultVCpus"],
        f"{LABEL}cpu-manufacturer": _kebab(fact["ProcessorInfo"].get("Manufacturer", "intel")),
        f"{LABEL}memory": fact["MemoryInfo"]["SizeInMiB"],
        f"{LABEL}hypervisor": fact.get("Hypervisor", ""),
    }
    if disk := fact.get("InstanceStorageInfo", {}).get("TotalSizeInGB"):
        found[f"{LABEL}local-nvme"] = disk
    if gpu := _gpu(fact):
        found |= {
            f"{LABEL}gpu-name": _kebab(gpu["Name"]),
            f"{LABEL}gpu-manufacturer": _kebab(gpu["Manufacturer"]),
            f"{LABEL}gpu-count": gpu["Count"],
            f"{LABEL}gpu-memory": gpu["MemoryInfo"]["SizeInMiB"],
        }
    if neuron := _neuron(fact):
        found |= {
            f"{LABEL}accelerator-name": _kebab(neuron["Name"]),
            f"{LABEL}accelerator-manufacturer": "aws",
            f"{LABEL}accelerator-count": neuron["Count"],
        }
    return {key: str(value) for key, value in found.items()}


def resources(fact: dict[str, Any]) -> dict[str, str]:
    """What a node of a type has to give, before what the system reserves."""
    network = fact["NetworkInfo"]
    found = {
        "cpu": fact["VCpuInfo"]["DefaultVCpus"],
        "memory": f"{int(fact['MemoryInfo']['SizeInMiB'] * (1 - MEMORY_OVERHEAD))}Mi",
        "ephemeral-storage": "20Gi",
        # One address of every interface is the interface's own; two pods use the host's.
        "pods": network["MaximumNetworkInterfaces"] * (network["Ipv4AddressesPerInterface"] - 1) + 2,
    }
    if (gpu := _gpu(fact)) and gpu["Manufacturer"] == "NVIDIA":
        found["nvidia.com/gpu"] = gpu["Count"]
    if neuron := _neuron(fact):
        found["aws.amazon.com/neuron"] = neuron["Count"]
    if efa := network.get("EfaInfo", {}).get("MaximumEfaInterfaces"):
        found["vpc.amazonaws.com/efa"] = efa
    return {key: str(value) for key, value in found.items()}


def _type(fact: dict[str, Any], region: str, zones: list[str], on_demand: float, spot: float) -> dict[str, Any]:
    own = labels(fact, region)

    def offerings() -> Iterator[dict[str, Any]]:
        for kind, price in ("on-demand", on_demand), ("spot", spot):
            for zone in zones if kind in fact["SupportedUsageClasses"] else ():
                given = own | {"karpenter.sh/capacity-type": kind, "topology.kubernetes.io/zone": zone}
                needs = [{"key": key, "operator": "In", "values": [value]} for key, value in given.items()]
                yield {"Price": round(price, 6), "Available": True, "Requirements": needs}

    return {
        "name": fact["InstanceType"],
        "architecture": ARCHITECTURES[fact["ProcessorInfo"]["SupportedArchitectures"][-1]],
        "operatingSystems": ["linux"],
        "resources": resources(fact),
        "offerings": list(offerings()),
    }


def _spot(name: str, assumed: dict[str, Any]) -> float:
    return assumed["category"].get(re.findall("^[a-z]+", name)[0], assumed["default"])


def _gpu(fact: dict[str, Any]) -> dict[str, Any] | None:
    """The graphics processor, if there is a whole one."""
    gpus = fact.get("GpuInfo", {}).get("Gpus", [])
    return gpus[0] if len(gpus) == 1 and gpus[0]["Count"] else None


def _neuron(fact: dict[str, Any]) -> dict[str, Any] | None:
    devices = fact.get("NeuronInfo", {}).get("NeuronDevices", [])
    return devices[0] if len(devices) == 1 else None


def _kebab(name: str) -> str:
    return name.lower().replace(" ", "-")


def _moto(file: str) -> Any:
    spec = find_spec("moto")  # where it lies; importing it takes longer than reading it
    assert spec
    assert spec.origin
    with gzip.open(Path(spec.origin).parent / "ec2" / "resources" / file) as stream:
        return json.load(stream)
