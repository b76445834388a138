"""EKS-02: what the control plane does is on record."""

from policies._controls import ai_act, cis_eks, nist, soc_2
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_LOGS = "enabledClusterLogTypes"
_ALL = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def _check(cluster: Resource, stack: Stack) -> Verdict:
    found = cluster.get(_LOGS)
    kinds = found if isinstance(found, list) else [found]
    missing = [kind for kind in _ALL if kind not in kinds]
    if not missing:
        return PASS
    return unknown(at(cluster, _LOGS)) if UNKNOWN in kinds else fail(f"{at(cluster, _LOGS)} lacks {', '.join(missing)}")


RULE = Rule(
    id="EKS-02",
    name="incomplete-control-plane-logs",
    title="A cluster sends all five logs of its control plane to CloudWatch Logs.",
    why="Who read a secret, who made a pod privileged and which role came in as whom stands there and nowhere else; "
    "EKS keeps none of it unless told.",
    instead=f"Set `{_LOGS}` to {', '.join(f'`{kind}`' for kind in _ALL)}.",
    severity=Severity.HIGH,
    types=("aws:eks/cluster:Cluster",),
    controls=(*cis_eks("2.1.1"), *nist("AU-2", "AU-12"), *soc_2("CC7.2"), *ai_act("Article 12")),
    check=_check,
    good="""
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]},
    enabled_cluster_log_types=["api", "audit", "authenticator", "controllerManager", "scheduler"],
)
""",
    bad="""
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]},
    enabled_cluster_log_types=["api"],
)
""",
)
