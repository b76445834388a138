"""Instance types that the region has, and the vCPUs that the account may run of them."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mlp.preflight.account import Account, Finding, Unseen
from stacks.cluster_settings import Pool

SPOT, ON_DEMAND = "spot", "on-demand"
STANDARD, GRAPHICS, TRAINING = "standard", "G and VT", "P"
CLASSES = {
    **dict.fromkeys(("a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"), STANDARD),
    **dict.fromkeys(("g", "gr", "vt"), GRAPHICS),
    "p": TRAINING,
}
"""Letters that an instance family begins with, to the class that shares a quota.

EC2 User Guide, "Amazon EC2 service quotas" and "Spot Instance quotas",
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-limits.html
"""
QUOTAS = {
    (SPOT, STANDARD): "L-34B43A08",
    (SPOT, GRAPHICS): "L-3819A6DF",
    (SPOT, TRAINING): "L-7212CCBC",
    (ON_DEMAND, STANDARD): "L-1216C47A",
    (ON_DEMAND, GRAPHICS): "L-DB2E81BA",
    (ON_DEMAND, TRAINING): "L-417A185B",
}
"""Capacity type and class to the code of the quota of EC2, in vCPUs."""


class Use(NamedTuple):
    """vCPUs of one quota that a part of the settings can use.

    Attributes:
        path: The setting.
        capacity: `spot` or `on-demand`.
        class_: Class of the instances, of `CLASSES`.
        vcpus: Most vCPUs.
        at_once: Those of them without which `mlp up` fails.
    """

    path: str
    capacity: str
    class_: str
    vcpus: int
    at_once: int = 0


def instance_types(account: Account) -> Iterator[Finding]:
    """The region has the instance types and families that the settings name."""
    found = _types(account)
    for path, names in _named(account).items():
        if missing := [name for name in names if name not in found]:
            yield Finding(
                f"{account.settings.region} has no instances of type {', '.join(missing)}",
                "EKS and Batch refuse a list with an unknown instance type",
                f"name others in {account.setting(path)}",
            )
    for name, pool in account.settings.pools.items():
        missing = [family for family in pool.families if not _of(found, family)]
        if missing:
            yield Finding(
                f"{account.settings.region} has no instances of family {', '.join(missing)}",
                f"pool {name} gets no nodes of it",
                f"name others in {account.setting(f'pools.{name}.families')}",
                blocks=len(missing) == len(pool.families),
            )


def quotas(account: Account) -> Iterator[Finding]:
    """The account may run as many vCPUs as the pools, the system nodes and the batch jobs can use."""
    wanted = list(uses(account, _types(account)))
    for (capacity, class_), code in QUOTAS.items():
        mine = [use for use in wanted if (use.capacity, use.class_) == (capacity, class_)]
        needed, at_once = sum(use.vcpus for use in mine), sum(use.at_once for use in mine)
        if not needed or (quota := quota_of(account, "ec2", code)) >= needed:
            continue
        parts = ", ".join(f"{use.path} {use.vcpus}" for use in mine)
        short = f"the system nodes need {at_once} at once, and the node group would fail"
        yield Finding(
            f"the account may run {quota:g} vCPUs of {capacity} {class_} instances; the settings can use {needed} "
            f"({parts})",
            short if quota < at_once else "EC2 launches no more than the quota, and pods and jobs beyond it wait",
            f"aws service-quotas request-service-quota-increase --service-code ec2 --quota-code {code} "
            f"--desired-value {needed} --region {account.settings.region}",
            blocks=quota < at_once,
        )


def uses(account: Account, types: Mapping[str, Any]) -> Iterator[Use]:
    """Every part of the settings that runs instances, with the vCPUs of each quota that it can use.

    Args:
        account: The account.
        types: Instance type to what EC2 says of it (DescribeInstanceTypes).
    """
    settings = account.settings
    if settings.cluster:
        nodes = settings.cluster.system_nodes
        for class_, vcpus in _largest(types, nodes.instance_types).items():
            yield Use("cluster.systemNodes", ON_DEMAND, class_, nodes.max * vcpus, nodes.min * vcpus)
    if settings.gpu and (spot := settings.gpu.managed_spot):
        for class_, vcpus in _largest(types, spot.instance_types).items():
            yield Use("gpu.managedSpot", SPOT, class_, spot.max * vcpus)
    if batch := settings.batch:
        for class_ in _largest(types, batch.instance_types):
            yield Use("batch.maxVcpus", SPOT, class_, batch.max_vcpus)
            if batch.on_demand_max_vcpus:
                yield Use("batch.onDemandMaxVcpus", ON_DEMAND, class_, batch.on_demand_max_vcpus)
    for name, pool in settings.pools.items():
        for class_, vcpus in _least(types, pool).items():
            for capacity, size in pool.limits.items():
                yield Use(f"pools.{name}", capacity, class_, math.ceil(size * vcpus))


def _least(types: Mapping[str, Any], pool: Pool) -> dict[str, float]:
    """Class to the least vCPUs for one unit of the pool's size: a vCPU, or a GPU on a node that the pool allows."""
    if pool.use == "cpu":
        return {_class(family): 1.0 for family in pool.families}
    found: dict[str, float] = {}
    for family in pool.families:
        for one in _of(types, family):
            gpus = sum(gpu["Count"] for gpu in one.get("GpuInfo", {}).get("Gpus", ()))
            if 1 <= gpus <= pool.max_gpus_per_node:
                vcpus = one["VCpuInfo"]["DefaultVCpus"] / gpus
                found[_class(family)] = min(vcpus, found.get(_class(family), vcpus))
    return found


def _largest(types: Mapping[str, Any], names: Sequence[str]) -> dict[str, int]:
    """Class to the vCPUs of its largest instance."""
    found: dict[str, int] = {}
    for name in names:
        if name in types:
            class_, vcpus = _class(name), types[name]["VCpuInfo"]["DefaultVCpus"]
            found[class_] = max(vcpus, found.get(class_, 0))
    return found


def _class(name: str) -> str:
    """The class of an instance type or family.

    Raises:
        Unseen: Its quota is not in the table.
    """
    letters = re.match("[a-z]+", name)
    if letters and letters[0] in CLASSES:
        return CLASSES[letters[0]]
    raise Unseen(f"no quota is known for {name}; see the EC2 quotas in the Service Quotas console")


def _of(types: Mapping[str, Any], family: str) -> list[Any]:
    return [one for name, one in types.items() if name.partition(".")[0] == family]


def _named(account: Account) -> dict[str, Sequence[str]]:
    """Setting to the instance types that it names."""
    settings = account.settings
    sections = {
        "cluster.systemNodes": settings.cluster and settings.cluster.system_nodes,
        "gpu.managedSpot": settings.gpu and settings.gpu.managed_spot,
        "batch": settings.batch,
    }
    return {f"{path}.instanceTypes": section.instance_types for path, section in sections.items() if section}


def _types(account: Account) -> dict[str, Any]:
    """Every instance type that the settings name, by itself or by its family, to what EC2 says of it."""
    families = {f"{family}.*" for pool in account.settings.pools.values() for family in pool.families}
    wanted = sorted({*families, *(name for names in _named(account).values() for name in names)})
    if not wanted:
        return {}
    # A filter, because EC2 refuses a list of names with an unknown one as a whole.
    filters = [{"Name": "instance-type", "Values": wanted}]
    found = account.list("ec2", "describe_instance_types", "InstanceTypes", Filters=filters)
    return {one["InstanceType"]: one for one in found}


def quota_of(account: Account, service: str, code: str) -> float:
    """Value of a quota: the account's own, or AWS's default where it has none of its own."""
    asked = {"ServiceCode": service, "QuotaCode": code}
    found = account.get("service-quotas", "get_service_quota", absent=["NoSuchResourceException"], **asked)
    found = found or account.get("service-quotas", "get_aws_default_service_quota", **asked)
    return found["Quota"]["Value"]
