"""EKS-07: a cluster does not go in one step."""

from policies._controls import nist, soc_2
from policies._rule import Rule
from policies._verdict import Verdict, not_applicable, require
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(cluster: Resource, stack: Stack) -> Verdict:
    if not stack.profile.deletion_protection:
        return not_applicable(f"{stack.profile.environment} may delete its clusters")
    return require(cluster, "deletionProtection", lambda on: on is True, "true")


RULE = Rule(
    id="EKS-07",
    name="deletable-cluster",
    title="EKS refuses to delete a cluster where the environment demands it.",
    why="With the cluster go every endpoint that it serves and every volume that nobody else knows; a wrong `destroy`, "
    "or a change that replaces it, takes minutes, to make it anew takes a day.",
    instead="Set `deletionProtection` of the cluster to true.",
    severity=Severity.MEDIUM,
    types=("aws:eks/cluster:Cluster",),
    controls=(*nist("CP-9"), *soc_2("A1.2")),
    check=_check,
    good="""
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]},
    deletion_protection=True,
)
""",
    bad="""
aws.eks.Cluster(
    "ml", role_arn="arn:aws:iam::111122223333:role/cluster", vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]}
)
""",
    parameters=("deletion_protection",),
)
