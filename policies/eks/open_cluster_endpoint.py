"""EKS-01: the API server is not everybody's."""

from policies._controls import cis_eks, nist, soc_2
from policies._networks import require_own
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, require, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_PUBLIC, _CIDRS = "vpcConfig.endpointPublicAccess", "vpcConfig.publicAccessCidrs"


def _check(cluster: Resource, stack: Stack) -> Verdict:
    private = require(cluster, "vpcConfig.endpointPrivateAccess", lambda on: on is True, "true")
    return worst([private, _public(cluster)])


def _public(cluster: Resource) -> Verdict:
    on, networks = cluster.get(_PUBLIC), cluster.get(_CIDRS)
    if on is False:
        return PASS
    if on is UNKNOWN:
        return unknown(at(cluster, _PUBLIC))
    # EKS opens the endpoint unless told otherwise, and then to everybody.
    if networks is ABSENT or networks == []:
        return fail(f"{at(cluster, _PUBLIC)} is not false and {at(cluster, _CIDRS)} is not set", _PUBLIC)
    return require_own(cluster, _CIDRS)


RULE = Rule(
    id="EKS-01",
    name="open-cluster-endpoint",
    title="The API server of a cluster has a private endpoint, and a public one at most for named networks.",
    why="Behind an endpoint that everybody reaches, one leaked token or one flaw in Kubernetes is the whole platform.",
    instead="Set `endpointPrivateAccess` to true and `endpointPublicAccess` to false, or list your own networks in "
    "`publicAccessCidrs`.",
    severity=Severity.CRITICAL,
    types=("aws:eks/cluster:Cluster",),
    controls=(*cis_eks("5.4.1"), *nist("SC-7", "AC-17"), *soc_2("CC6.6")),
    check=_check,
    good="""
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={
        "subnet_ids": ["subnet-1", "subnet-2"],
        "endpoint_private_access": True,
        "endpoint_public_access": True,
        "public_access_cidrs": ["203.0.113.0/24"],
    },
)
""",
    bad="""
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={"subnet_ids": ["subnet-1", "subnet-2"], "endpoint_private_access": True},
)
""",
)
