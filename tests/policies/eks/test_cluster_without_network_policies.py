from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.eks.cluster_without_network_policies import RULE
from tests.policies.world import judged, made

CLUSTER = made("aws:eks/cluster:Cluster", "ml", {"name": "ml"})
ON = '{"enableNetworkPolicy": "true"}'


def addon(values: Any, name: Any = "vpc-cni", cluster: str = "ml") -> Resource:
    properties = {"clusterName": cluster, "addonName": name, "configurationValues": values}
    return made("aws:eks/addon:Addon", "addon", properties)


def chart(name: str) -> Resource:
    return made("kubernetes:helm.sh/v3:Release", "release", {"chart": name})


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ([addon(ON)], Outcome.PASS),
        ([addon('{"enableNetworkPolicy": true}')], Outcome.PASS),
        ([addon('{"enableNetworkPolicy": "false"}')], Outcome.FAIL),
        ([addon("{")], Outcome.FAIL),
        ([addon("[]")], Outcome.FAIL),
        ([addon(UNKNOWN)], Outcome.UNKNOWN),
        ([addon(ON, UNKNOWN)], Outcome.UNKNOWN),
        ([addon(ON, "coredns")], Outcome.FAIL),
        ([addon(ON, cluster="another")], Outcome.FAIL),
        ([chart("cilium")], Outcome.PASS),
        ([chart("oci://quay.io/charts/cilium"), addon("{}")], Outcome.PASS),
        ([chart("mlflow")], Outcome.FAIL),
    ],
)
def test_what_enforces_them(found: list[Resource], outcome: Outcome) -> None:
    assert judged(RULE, CLUSTER, *found)[0] is outcome
