"""EKS-10: NetworkPolicies are enforced, not merely stored."""

import json
from collections.abc import Mapping
from typing import Any

from policies._controls import cis_eks, nist
from policies._joins import members
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_ADDON = ("aws:eks/addon:Addon",)
_CHART = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart")
_ENGINES = ("calico", "cilium", "tigera-operator")
"""Charts that enforce them instead of the network plug-in of AWS."""


def _check(cluster: Resource, stack: Stack) -> Verdict:
    if any(one.type in _CHART and str(one.get("chart")).rpartition("/")[2] in _ENGINES for one in stack.resources):
        return PASS
    found = members(cluster, stack, _ADDON, by="clusterName", keys=("name", "id"))
    names = [] if found is None else [addon.get("addonName") for addon in found]
    if found is None or (UNKNOWN in names and "vpc-cni" not in names):
        return unknown(f"every Addon of {cluster.name}")
    plugin = next((addon for addon, name in zip(found, names, strict=True) if name == "vpc-cni"), None)
    return _enabled(plugin) if plugin else fail(f"{cluster.name} has no Addon vpc-cni that enforces NetworkPolicies")


def _enabled(plugin: Resource) -> Verdict:
    settings = plugin.get("configurationValues")
    if settings is UNKNOWN:
        return unknown(at(plugin, "configurationValues"))
    on = str(_parsed(settings).get("enableNetworkPolicy")).lower() == "true"
    return PASS if on else fail(f'{at(plugin, "configurationValues")} must have `enableNetworkPolicy`: "true"')


def _parsed(settings: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(settings)
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


RULE = Rule(
    id="EKS-10",
    name="cluster-without-network-policies",
    title="The network plug-in of a cluster enforces NetworkPolicies.",
    why="The API server takes a NetworkPolicy whether or not anything enforces it: without an engine every wall "
    "between teams is a drawing of a wall.",
    instead='Set `enableNetworkPolicy` to "true" in the `configurationValues` of the add-on `vpc-cni`, or install '
    "Cilium or Calico.",
    severity=Severity.MEDIUM,
    types=("aws:eks/cluster:Cluster",),
    controls=(*cis_eks("4.3.1", "5.4.4"), *nist("SC-7(5)")),
    check=_check,
    good="""
cluster = aws.eks.Cluster(
    "ml", role_arn="arn:aws:iam::111122223333:role/cluster", vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]}
)
aws.eks.Addon(
    "vpc-cni",
    cluster_name=cluster.name,
    addon_name="vpc-cni",
    configuration_values=json.dumps({"enableNetworkPolicy": "true"}),
)
""",
    bad="""
cluster = aws.eks.Cluster(
    "ml", role_arn="arn:aws:iam::111122223333:role/cluster", vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]}
)
aws.eks.Addon("vpc-cni", cluster_name=cluster.name, addon_name="vpc-cni")
""",
    joins=True,
)
