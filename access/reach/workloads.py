"""Who calls AWS in a plan: pods with an identity, nodes, jobs of AWS Batch, jobs that deploy; each with its role."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from access.document import Policy, read
from access.reach.jobs import deploy_role
from access.reach.plan import NotKnownError, Plan, Resource
from access.truth import UNKNOWN

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
NODE_GROUP, SUBNET = "aws:eks/nodeGroup:NodeGroup", "aws:ec2/subnet:Subnet"
PROJECT = "aws:codebuild/project:Project"
COMPUTE = "aws:batch/computeEnvironment:ComputeEnvironment"


@dataclass(frozen=True)
class Workload:
    """Pods, nodes or jobs that call AWS from the VPC.

    Attributes:
        name: `NAMESPACE/SERVICE-ACCOUNT` of pods, `nodes/ROLE` of nodes, `batch/JOB` and `batch/JOB/start` of jobs; the
            last is what ECS does to start the job. `runner/PROJECT` of jobs that deploy.
        role: Its role; None if it is known only after the update.
        subnets: Ids of the subnets that it may run in.
        groups: Ids of its security groups.
        namespace: Namespace of its pods; empty for nodes and jobs.
        account: Service account of its pods.
    """

    name: str
    role: Resource | None
    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    namespace: str = ""
    account: str = ""

    @property
    def is_runner(self) -> bool:
        """Whether it is a job of GitHub Actions that deploys."""
        return self.name.startswith("runner/")

    @property
    def is_node(self) -> bool:
        """Whether it is a node, which downloads images and packages."""
        return self.name.startswith("nodes/")


def workloads(plan: Plan) -> tuple[Workload, ...]:
    """Every workload of the plan, by name; without a role where that is known only after the update."""
    found = {
        one.name: one for token, source in _SOURCES.items() for each in plan.of(token) for one in _tried(plan, each)
    }
    return tuple(found[name] for name in sorted(found))


def _tried(plan: Plan, resource: Resource) -> list[Workload]:
    try:
        return list(_SOURCES[resource.type](plan, resource))
    except NotKnownError:
        return [Workload(resource.title, None, (), ())]


def identity_policies(plan: Plan, role: Resource) -> list[Policy]:
    """The policies of a role, inline and attached; the statements of one that is not known are `UNKNOWN`."""
    name = role.get("name")
    found = [
        read(one.title, one.properties.get("policy", UNKNOWN))
        for one in plan.where("aws:iam/rolePolicy:RolePolicy", "role", name)
    ]
    for one in plan.where("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", name):
        arn = one.properties.get("policyArn", UNKNOWN)
        found.append(Policy(one.title, UNKNOWN) if arn is UNKNOWN else document_of(plan, str(arn)))
    return found


def document_of(plan: Plan, arn: str) -> Policy:
    """A managed policy by its ARN, of the plan or of AWS."""
    name = arn.rpartition("/")[2]
    if own := plan.first(POLICY, "arn", arn):
        return read(own.title, own.properties.get("policy", UNKNOWN))
    return read(f"AWS managed policy {name}", plan.managed.get(name, UNKNOWN))


Place = tuple[tuple[str, ...], tuple[str, ...]]


def _associated(plan: Plan, one: Resource) -> Iterator[Workload]:
    yield _pod(plan, one, one.get("namespace"), one.get("serviceAccount"), one.get("roleArn"))


def _addon(plan: Plan, one: Resource) -> Iterator[Workload]:
    for given in one.all("podIdentityAssociations"):
        # EKS installs its add-ons into this namespace (EKS User Guide, "Amazon EKS add-ons").
        yield _pod(plan, one, "kube-system", given["serviceAccount"], given["roleArn"])


def _pod(plan: Plan, one: Resource, namespace: str, account: str, role_arn: object) -> Workload:
    place = _cluster(plan, one.get("clusterName"))
    return Workload(f"{namespace}/{account}", _role(plan, role_arn), *place, namespace, account)


def _node_group(plan: Plan, one: Resource) -> Iterator[Workload]:
    role = _role(plan, one.get("nodeRoleArn"))
    _, groups = _cluster(plan, one.get("clusterName"))
    yield Workload(f"nodes/{role.name if role else one.name}", role, tuple(one.all("subnetIds")), groups)


def _node_class(plan: Plan, one: Resource) -> Iterator[Workload]:
    role = plan.first(ROLE, "name", one.get("spec.role"))
    # Karpenter finds subnets and groups by the same tag of the cluster.
    clusters = list(plan.of("aws:eks/cluster:Cluster"))
    place = _cluster(plan, clusters[0].get("name")) if clusters else ((), ())
    yield Workload(f"nodes/{role.name if role else one.name}", role, *place)


def _compute(plan: Plan, one: Resource) -> Iterator[Workload]:
    profile = plan.first("aws:iam/instanceProfile:InstanceProfile", "arn", one.get("computeResources.instanceRole"))
    role = plan.first(ROLE, "name", profile.get("role")) if profile else None
    yield Workload(f"nodes/{role.name if role else one.name}", role, *_batch(one))


def _job(plan: Plan, one: Resource) -> Iterator[Workload]:
    place = next((_batch(each) for each in plan.of(COMPUTE)), ((), ()))
    found = json.loads(one.get("containerProperties"))
    for name, role_arn in ((one.name, "jobRoleArn"), (f"{one.name}/start", "executionRoleArn")):
        if role_arn in found:
            yield Workload(f"batch/{name}", _role(plan, found[role_arn]), *place)


def _project(plan: Plan, one: Resource) -> Iterator[Workload]:
    if one.get("vpcConfig.vpcId"):
        subnets, groups = (tuple(one.all(f"vpcConfig.{name}")) for name in ("subnets", "securityGroupIds"))
        yield Workload(f"runner/{one.name}", deploy_role(plan), subnets, groups)


def _batch(environment: Resource) -> Place:
    subnets, groups = (environment.all(f"computeResources.{name}") for name in ("subnets", "securityGroupIds"))
    return tuple(subnets), tuple(groups)


def _cluster(plan: Plan, name: str) -> Place:
    """Where the nodes of a cluster are: subnets of its node groups and those that Karpenter finds; its own group."""
    subnets = [subnet for one in plan.where(NODE_GROUP, "clusterName", name) for subnet in one.all("subnetIds")]
    subnets += [
        one.get("id") for one in plan.of(SUBNET) if (one.get("tags") or {}).get("karpenter.sh/discovery") == name
    ]
    cluster = plan.first("aws:eks/cluster:Cluster", "name", name)
    group = cluster.get("vpcConfig.clusterSecurityGroupId") if cluster else None
    return tuple(dict.fromkeys(subnets)), (group,) if group else ()


def _role(plan: Plan, arn: object) -> Resource | None:
    return None if arn in (None, UNKNOWN) else plan.first(ROLE, "arn", arn)


_SOURCES: Mapping[str, Callable[[Plan, Resource], Iterator[Workload]]] = {
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": _associated,
    "aws:eks/addon:Addon": _addon,
    NODE_GROUP: _node_group,
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass": _node_class,
    COMPUTE: _compute,
    "aws:batch/jobDefinition:JobDefinition": _job,
    PROJECT: _project,
}
"""Type of what runs something with a role, to the workloads of one of them."""
