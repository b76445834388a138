"""Every edge of every environment passes, and everything that it passes can block it."""

import pytest

from access.reach import Edge, Passage, Plan, blocker, edges, passage, reach
from access.reach.ways import way_of
from components._documents import render
from components._grants import GRANTS
from tests.access.breaks import breaks
from tests.access.plans import plan_of

ENVIRONMENTS = ("local", "dev", "staging", "prod")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_edge_passes(environment: str) -> None:
    plan = plan_of(environment)
    found = {edge.name: reach(plan, edge) for edge in edges(plan)}
    stopped = [f"{name}: {hop}" for name, hops in found.items() for hop in hops if hop.passage is not Passage.PASS]
    assert stopped == []
    assert len(found) > 90


@pytest.mark.parametrize(
    ("workload", "resource"),
    [
        ("database-users/database-users", "rds-db/database/platform_admin"),
        ("database-users/database-users", "secretsmanager/database"),
        ("drift/drift-exporter", "s3/datasets/reference/fraud/*"),
        ("drift/retraining-webhook", "events/retraining"),
        ("external-secrets/external-secrets", "secretsmanager/secrets-mlflow-admin"),
        ("kube-system/aws-load-balancer-controller", "elasticloadbalancing/*"),
        ("kube-system/karpenter", "sqs/gpu-interruptions"),
        ("mlflow/mlflow", "rds-db/database/mlflow"),
        ("mlflow/promotion", "s3/artifacts/models/*"),
        ("monitoring/cloudwatch-exporter", "cloudwatch/*"),
        ("nodes/cluster-system", "s3/prod-eu-central-1-starport-layer-bucket"),
        ("nodes/cluster-system", "s3/prod-registry-k8s-io-eu-central-1"),
        ("nodes/gpu-node", "s3/al2023-repos-eu-central-1-de612dc2"),
        ("nodes/gpu-node", "ssm/*"),
        ("nodes/gpu-node", "sts/*"),
        ("nodes/batch-instance", "ecs/*"),
        ("batch/batch-score-fraud", "s3/batch/outputs/*"),
        ("runner/runner", "ecr/*"),
        ("runner/runner", "github/example/ml-platform"),
        ("runner/runner", "kubernetes/cluster"),
        ("runner/runner", "s3/*"),
        ("runner/runner", "sts/ci-deploy"),
        ("vision/fraud", "firehose/capture"),
        ("vision/trainer", "s3/datasets/raw/*"),
    ],
)
def test_what_workloads_use_is_found(workload: str, resource: str) -> None:
    assert (workload, resource) in {(one.workload.name, one.resource) for one in edges(plan_of("prod"))}


PARTS = 8
"""Tests that the edges of prod are divided among, for several workers."""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_hop_of_every_edge_can_block_it(part: int) -> None:
    plan, survived, count = plan_of("prod"), list[str](), 0
    for edge in edges(plan)[part::PARTS]:
        left = {hop.name for hop in reach(plan, edge)} - unbreakable(plan, edge)
        for one in breaks(plan, edge):
            count += 1
            first = blocker(reach(one.plan, edge))
            if first is None or first.name != one.hop or not first.fix:
                survived.append(f"{edge.name}: {one.hop}: {one.what}: {first}")
            left.discard(one.hop)
        survived += [f"{edge.name}: nothing breaks {name}" for name in sorted(left)]
    assert survived == []
    assert count > 150


def unbreakable(plan: Plan, edge: Edge) -> set[str]:
    """Hops that let an edge pass whatever the plan says."""
    way, found = way_of(plan, edge), set[str]()
    if way.inside:
        found.add("route")  # the local route of a VPC cannot be taken away
    if not way.groups and not edge.workload.name.startswith(("batch/", "nodes/batch-")):
        found.add("security group")  # EKS makes the group of a cluster, with a rule to everywhere
    if edge.service == "sts":
        found |= {"identity policy", "permissions boundary"}  # every principal may GetCallerIdentity
        found |= {"endpoint policy"} if edge.is_signed else set()
    if edge.workload.is_runner:
        found.add("permissions boundary")  # the deploy role's own policy is its boundary
    return found


def test_the_passage_of_an_edge_is_its_worst_hop() -> None:
    plan = plan_of("prod")
    edge = next(one for one in edges(plan) if one.resource == "firehose/capture")
    assert passage(reach(plan, edge)) is Passage.PASS
    found = next(one for one in breaks(plan, edge) if one.hop == "endpoint policy")
    assert passage(reach(found.plan, edge)) is Passage.BLOCKED


@pytest.mark.parametrize(
    ("token", "name"), [("aws:iam/role:Role", "model-fraud"), ("aws:s3/bucket:Bucket", "artifacts")]
)
def test_what_is_no_longer_in_the_plan_blocks(token: str, name: str) -> None:
    plan = plan_of("prod")
    edge = next(one for one in edges(plan) if one.name == "vision/fraud -> s3/artifacts/models/fraud/*")
    gone = [one for one in plan.of(token) if one.name == name]
    (hop,) = reach(plan.without(gone), edge)
    assert (hop.passage, hop.by) == (Passage.BLOCKED, gone[0].title)


def test_a_key_that_a_workload_uses_itself_is_reached_by_its_policy_and_the_endpoint_of_kms() -> None:
    plan = plan_of("prod")
    (key,) = [one for one in plan.of("aws:kms/key:Key") if one.name == "keys-internal"]
    (grants,) = [one for one in plan.of("aws:iam/rolePolicy:RolePolicy") if one.name == "workload-serving-put-records"]
    uses = render(GRANTS["use-key"].statements({"resource_arn": key.get("arn")}))
    root = {"Effect": "Allow", "Principal": {"AWS": plan.account}, "Action": "kms:*", "Resource": "*"}
    plan = plan.replacing(grants, {"policy": uses})
    (edge,) = [one for one in edges(plan) if one.name == "serving/reference -> kms/keys-internal"]
    # A key of the platform is used by services alone, until its policy names a user.
    first = blocker(reach(plan, edge))
    assert first
    assert (first.name, first.by) == ("resource policy", "key policy of Key keys-internal")
    opened = reach(plan.replacing(key, {"policy": render([root])}), edge)
    assert {hop.passage for hop in opened} == {Passage.PASS}
    assert opened[-1].by == "policy of VpcEndpoint network-endpoints-kms"
