"""The prod environment in the sandbox: everything protected, and who may reach what, walked in its state."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.changes import lost, names, next_month, run_into_destruction, take_away
from tests.sandbox.conftest import Checkout
from tests.sandbox.grants import Plan
from tests.sandbox.identity import Graph

pytestmark = pytest.mark.sandbox
ACCOUNT = "333333333333"
HERE = f"eu-central-1:{ACCOUNT}"
ELSEWHERE = {
    # The load balancers' own role, which AWS keeps and the first load balancer of an account makes.
    (
        "addons-aws-load-balancer-controller",
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
    ),
    # The engine's state and its key, which `mlp bootstrap` makes before there is a stack.
    ("ci-plan-state", f"arn:aws:kms:{HERE}:key/00000000-0000-0000-0000-000000000000"),
    ("ci-plan-state", f"arn:aws:s3:::ml-platform-state-prod-{ACCOUNT}"),
    ("ci-plan-state", f"arn:aws:s3:::ml-platform-state-prod-{ACCOUNT}/.pulumi/*"),
    # The environment that models are promoted from has an account of its own; a bucket's ARN does not show it.
    ("ci-promote", "arn:aws:s3:::artifacts-of-staging"),
    ("ci-promote", "arn:aws:s3:::artifacts-of-staging/models/*"),
    # RDS writes to a group of this name, in every account, and makes it with this very grant.
    ("database-monitoring", f"arn:aws:logs:{HERE}:log-group:RDSOSMetrics"),
    ("database-monitoring", f"arn:aws:logs:{HERE}:log-group:RDSOSMetrics:log-stream:*"),
    # AWS's own parameters: the ids of its images.
    ("gpu-controller-resource-discovery", "arn:aws:ssm:eu-central-1::parameter/aws/service/*"),
}
"""Policy and ARN that lie outside of the plan on purpose."""
ANYBODY_OF_THE_ACCOUNT = {
    # Nothing of the plan itself wakes somebody up or only informs: these topics are for the alarms and rules that
    # the account's other programs add.
    (f"notifications-{severity}", f"{service}.amazonaws.com")
    for severity in ("page", "info")
    for service in ("budgets", "cloudwatch", "costalerts", "events")
}
"""Resource policy and principal that the plan does not need itself."""


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("prod"), "prod")
    yield made
    made.end()


@pytest.fixture(scope="module")
def up(prod: Checkout) -> dict[str, Any]:
    return prod.mlp("up", "prod", "--sandbox")


@pytest.fixture(scope="module")
def resources(prod: Checkout, up: dict[str, Any]) -> list[dict[str, Any]]:
    """What the engine has recorded of every resource."""
    done = prod.pulumi("stack", "export", "--stack", "prod")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["deployment"]["resources"]


@pytest.fixture(scope="module")
def graph(resources: list[dict[str, Any]]) -> Graph:
    """Roles, their policies and what these name."""
    return Graph(resources)


@pytest.fixture(scope="module")
def plan(resources: list[dict[str, Any]]) -> Plan:
    """The same, with who uses what."""
    return Plan(resources, ACCOUNT)


def test_every_workload_reaches_what_its_role_may_use(prod: Checkout, up: dict[str, Any]) -> None:
    found = prod.mlp("explain-access", "--env", "prod")["edges"]
    assert len(found) > 100
    assert {edge["passage"] for edge in found} == {"pass"}


def test_prod_is_large_and_nothing_is_refused_where_every_finding_would_be(up: dict[str, Any]) -> None:
    assert up["ok"]
    assert up["created"] >= 250
    assert up["policy"]["findings"] == up["policy"]["undecided"] == []


def test_a_second_preview_is_empty(prod: Checkout, up: dict[str, Any]) -> None:
    assert prod.mlp("preview", "prod", "--sandbox")["changes"] == []


def test_whoever_reads_or_writes_an_encrypted_store_holds_both_grants(graph: Graph) -> None:
    """S3 answers AccessDenied to who may read an object and not use its key."""
    readers = [
        (role, bucket)
        for role in graph.roles
        for bucket in graph.buckets
        if graph.may(role, ("s3:GetObject", "s3:PutObject"), f"{bucket}/")
    ]
    assert {role for role, _ in readers} >= {
        "workload-trainer",
        "model-registry-mlflow",
        "workload-serving",
        "batch-job",
    }
    for role, bucket in readers:
        for action, needs in (("s3:GetObject", "kms:Decrypt"), ("s3:PutObject", "kms:GenerateDataKey")):
            if graph.may(role, (action,), f"{bucket}/"):
                assert graph.may(role, (needs,), graph.buckets[bucket]), f"{role}: {action} on {bucket}, not {needs}"


def test_no_grant_names_every_resource_but_where_aws_knows_none(graph: Graph) -> None:
    found = graph.wildcards()
    # The load balancer controller's own policy, version 3.5.0: what changes others carries this cluster's tag.
    balancers = {action.partition(":")[0] for action in found.pop("addons-aws-load-balancer-controller")}
    firewalls = {"shield", "waf-regional", "wafv2"}
    assert balancers == {"acm", "cognito-idp", "ec2", "elasticloadbalancing", "iam"} | firewalls
    assert {action.partition(":")[0] for action in found.pop("addons-argo-rollouts")} == {"elasticloadbalancing"}
    assert found == {
        # Logging in to a registry, describing EC2, reading prices: without resources in AWS itself.
        "batch-execution": {"ecr:GetAuthorizationToken"},
        "network-flow-logs": {"logs:DescribeLogGroups"},
        # CodeBuild makes the interface from an account of its own, so that no ARN limits it.
        "runner": {
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        },
        "ci-promote": {"ecr:GetAuthorizationToken"},
        "gpu-controller": {
            "ec2:DescribeCapacityReservations",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceStatus",
            "ec2:DescribeInstanceTypeOfferings",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeInstances",
            "ec2:DescribeLaunchTemplates",
            "ec2:DescribePlacementGroups",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSpotPriceHistory",
            "ec2:DescribeSubnets",
            "pricing:GetProducts",
        },
        # Metrics and tags have no resources in AWS either.
        "monitoring-cloudwatch-exporter": {
            "cloudwatch:GetMetricData",
            "cloudwatch:GetMetricStatistics",
            "cloudwatch:ListMetrics",
            "tag:GetResources",
        },
    }


def test_no_grant_names_every_action(graph: Graph) -> None:
    # The pipeline's rights are a list of services below a boundary; everything else is spelt out.
    assert {role for role, _ in graph.whole_services()} <= {"ci-deploy"}


def test_nothing_is_granted_that_is_not_there(graph: Graph) -> None:
    """Every bucket, key, queue, table, stream, bus and secret that a workload's policy names exists in the stack."""
    assert graph.dangling([role for role in graph.roles if role.startswith("workload-")]) == []


def test_every_role_is_taken_by_whom_it_trusts_and_every_policy_is_attached(plan: Plan) -> None:
    assert plan.roles() == set()
    assert plan.unattached() == set()


def test_every_statement_of_a_policy_names_a_resource_of_the_plan(plan: Plan) -> None:
    assert plan.resources() == ELSEWHERE


def test_a_key_is_for_the_services_that_encrypt_with_it(plan: Plan) -> None:
    unused, missing = plan.keys()
    assert unused == set()
    assert missing == set()


def test_something_is_in_every_security_group(plan: Plan) -> None:
    assert plan.groups() == set()


def test_whom_a_resource_lets_in_is_in_the_plan(plan: Plan) -> None:
    assert plan.documents() == ANYBODY_OF_THE_ACCOUNT


def test_what_holds_data_is_protected(prod: Checkout, up: dict[str, Any]) -> None:
    rds = prod.client("rds").describe_db_instances()["DBInstances"]
    assert [one["DeletionProtection"] for one in rds] == [True]
    assert [one["MultiAZ"] for one in rds] == [True]
    exported = json.loads(prod.pulumi("stack", "export", "--stack", "prod").stdout)["deployment"]["resources"]
    assert {one["type"] for one in exported if one.get("protect")} >= {
        "aws:dynamodb/table:Table",
        "aws:eks/cluster:Cluster",
        "aws:kms/key:Key",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
    }
    # A tenant, a job, a rule or a service can be taken away without lifting the protection of the data.
    changeable = ("kubernetes:", "aws:iam/", "aws:batch/", "aws:cloudwatch/eventRule", "aws:scheduler/", "aws:sqs/")
    assert not [one["urn"] for one in exported if one.get("protect") and one["type"].startswith(changeable)]


def test_what_may_change_in_a_month_replaces_nothing_that_holds_data(prod: Checkout, up: dict[str, Any]) -> None:
    with next_month(prod):
        report = prod.mlp("preview", "prod", "--sandbox")
    assert names(report, "delete") == set()
    # Other instance types are other nodes; the new ones are there before the old ones are drained.
    assert names(report, "replace") == {"aws:eks/nodeGroup:NodeGroup cluster-system"}
    assert names(report, "update") >= {
        "aws:elasticache/replicationGroup:ReplicationGroup features",
        "aws:kms/key:Key keys-confidential",
        "aws:rds/instance:Instance database",
        "kubernetes:helm.sh/v3:Release queue-kueue",
    }


def test_a_tenant_a_trigger_a_job_and_a_service_are_taken_away(prod: Checkout, up: dict[str, Any]) -> None:
    take_away(prod, "language", "fraud-data", "score-fraud", "fraud")
    report = prod.mlp("up", "prod", "--sandbox")
    assert lost(report) == set()
    assert names(report, "delete") >= {
        "ml-platform:index:Tenant tenant-language",
        "aws:cloudwatch/eventRule:EventRule retraining-fraud-data",
        "aws:batch/jobDefinition:JobDefinition batch-score-fraud",
        "ml-platform:index:ModelService model-fraud",
    }
    assert prod.mlp("preview", "prod", "--sandbox")["changes"] == []


def test_down_lifts_protection_and_leaves_only_what_is_retained_on_purpose(prod: Checkout, up: dict[str, Any]) -> None:
    """Four days later: the vault's lock cannot be removed any more."""
    audit, vault = up["outputs"]["audit"]["bucket"], up["outputs"]["backups"]["vault"].rpartition(":")[2]
    prod.days_later(4)
    run_into_destruction(prod, audit, vault)
    report = prod.mlp("down", "prod", "--sandbox")
    assert report["left"] == []
    # Prod's audit trail and backups are in compliance mode.
    assert {entry.split()[0] for entry in report["retained"]} == {
        "aws:backup/vault:Vault",
        "aws:batch/jobDefinition:JobDefinition",
        "aws:s3/bucket:Bucket",
        "aws:kms/key:Key",
        "aws:secretsmanager/secret:Secret",
    }
    kept = {entry.partition(": ")[0].split(" ", 1)[1]: entry for entry in report["retained"]}
    for name, days, price in ((audit, 4 + 366, "s3"), (vault, 4 + 35, "backup")):
        until = datetime.now(UTC) + timedelta(days=days)
        assert f"until {until:%Y-%m-%d}; " in kept[name]
        assert f"USD a month (https://aws.amazon.com/{price}/pricing/)" in kept[name]
    assert "19.00 USD a month" in kept[vault]  # 200 GiB
    assert not (prod.path / ".sandbox").exists()
