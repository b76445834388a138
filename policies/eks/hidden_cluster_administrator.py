"""EKS-05: whoever may enter a cluster is named."""

from policies._controls import cis_eks, nist
from policies._rule import Rule
from policies._verdict import Verdict, require, worst
from policies._view import Resource, Stack
from policies.profiles import Severity

_MODE = "accessConfig.authenticationMode"
_CREATOR = "accessConfig.bootstrapClusterCreatorAdminPermissions"


def _check(cluster: Resource, stack: Stack) -> Verdict:
    return worst(
        [
            require(cluster, _MODE, lambda mode: mode == "API", "API"),
            require(cluster, _CREATOR, lambda on: on is False, "false"),
        ]
    )


RULE = Rule(
    id="EKS-05",
    name="hidden-cluster-administrator",
    title="A cluster knows access entries alone, and no rights of whoever made it.",
    why="The creator is an administrator whom no list shows, often a role of CI that everybody with a commit can use; "
    "the ConfigMap `aws-auth` makes an administrator of whoever may edit it.",
    instead="Set `authenticationMode` to `API`, `bootstrapClusterCreatorAdminPermissions` to false, and add an "
    "`AccessEntry` for each who may enter.",
    severity=Severity.MEDIUM,
    types=("aws:eks/cluster:Cluster",),
    controls=(*cis_eks("4.1.1", "5.5.1"), *nist("AC-6")),
    check=_check,
    good="""
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]},
    access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
)
""",
    bad="""
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]},
    access_config={"authentication_mode": "API_AND_CONFIG_MAP"},
)
""",
)
