"""Jobs of GitHub Actions that AWS CodeBuild runs in the VPC: the role that they deploy with, and what they call.

The role may use whole services, so its policies do not say what a deployment needs. The calls are those of `mlp up`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from access.reach.plan import Plan, Resource
from access.reach.services import ASSUME, GITHUB, KUBERNETES

CLUSTER, ENTRY = "aws:eks/cluster:Cluster", "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"
ROLE = "aws:iam/role:Role"
ISSUER = "token.actions.githubusercontent.com"


class Wanted(NamedTuple):
    """A call of a job.

    Attributes:
        action: Such as `ecr:GetAuthorizationToken`.
        resource: ARN, or `*`.
        shown: How the resource is shown.
        target: The resource of the plan, if it is in it.
    """

    action: str
    resource: str
    shown: str
    target: Resource | None = None


def deploy_role(plan: Plan) -> Resource | None:
    """The role that jobs of GitHub Actions assume and that has an access entry of the cluster."""
    for entry in plan.of(ENTRY):
        role = plan.first(ROLE, "arn", entry.get("principalArn"))
        if role and ISSUER in str(role.get("assumeRolePolicy")):
            return role
    return None


def wanted(plan: Plan, project: Resource, role: Resource) -> Iterator[Wanted]:
    """What a job that deploys calls.

    Args:
        plan: The plan.
        project: The CodeBuild project that runs it.
        role: Its role.
    """
    location = str(project.get("source.location")).removeprefix("https://github.com/").removesuffix(".git")
    yield Wanted(f"{GITHUB}:Fetch", "*", f"{GITHUB}/{location}")
    yield Wanted(ASSUME, role.get("arn"), f"sts/{role.name}", role)
    yield Wanted("sts:GetCallerIdentity", "*", "sts/*")
    yield Wanted("s3:PutObject", "*", "s3/*")
    yield Wanted("ecr:GetAuthorizationToken", "*", "ecr/*")
    for cluster in plan.of(CLUSTER):
        yield Wanted("eks:DescribeCluster", cluster.get("arn"), f"eks/{cluster.name}", cluster)
        yield Wanted(f"{KUBERNETES}:Access", cluster.get("arn"), f"{KUBERNETES}/{cluster.name}", cluster)


def is_administrator(plan: Plan, role: Resource, cluster: Resource) -> bool:
    """Whether a role administers a cluster: by an access entry, and EKS's policy for administrators.

    EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries",
    https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
    """
    arn, name = role.get("arn"), cluster.get("name")
    entered = [one for one in plan.where(ENTRY, "principalArn", arn) if one.get("clusterName") == name]
    return bool(entered) and any(
        str(one.get("policyArn")).endswith(f"/{ADMINISTRATOR}") and one.get("accessScope.type") == "cluster"
        for one in plan.where(ASSOCIATION, "principalArn", arn)
        if one.get("clusterName") == name
    )
