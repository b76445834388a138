"""`mlp doctor dev` in an account where everything is right but one thing."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.accounts import healthy as up
from tests.accounts.findings import blocking, examined, role
from tests.accounts.new import addon
from tests.accounts.singletons import analyzer
from tests.accounts.world import DEV, NUMBER, World

ENGINE = DEV.database.engine_version if DEV.database else ""


def closed(world: World) -> None:
    up.cluster(world, "https://127.0.0.1:9", b"-----BEGIN CERTIFICATE-----\n")


def no_cluster(world: World) -> None:
    world.refuse("eks", "DescribeCluster", "ResourceNotFoundException")


def other_role(world: World, policy: str, scope: str) -> None:
    arn = world.role("other")
    up.entries(world, arn, policy, scope)
    world.set("secrets.administrators", [arn])
    world.assume(arn)


def pipeline(world: World) -> None:
    name = world.role("ci-deploy-1a2b3c4").rpartition("/")[2]
    world.add_state(("aws:iam/role:Role", "ci-deploy", name))
    world.assume(role(name))


def edge(world: World, domain: str, issued: bool) -> None:
    world.set("edge.certificate", world.certificate(domain, "us-east-1", issued))
    world.set("edge.aliases", ["edge.models.test"])


def tags(world: World, *known: str) -> None:
    world.set("costs.activateTags", True)
    found = [{"TagKey": one, "Type": "UserDefined", "Status": "Inactive"} for one in known]
    world.answer("ce", "ListCostAllocationTags", {"CostAllocationTags": found})


def linked(world: World) -> None:
    world.set("costs.activateTags", True)
    told = "Failed to list Cost Allocation Tags: Linked account doesn't have access to cost allocation tags."
    world.refuse("ce", "ListCostAllocationTags", "AccessDeniedException", told)


def waiting(world: World) -> None:
    one = {"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "Endpoint": "ml-oncall@models.test"}
    world.answer("sns", "ListSubscriptionsByTopic", {"Subscriptions": [one]})


def no_value(world: World) -> None:
    arn = world.client("secretsmanager").create_secret(Name="empty")["ARN"]
    world.add_state(("aws:secretsmanager/secret:Secret", "secrets-watchdog-url", arn))


def disabled_key(world: World) -> None:
    world.client("kms").disable_key(KeyId=world.key().rpartition("/")[2])


def plain_bucket(world: World) -> None:
    world.client("s3").delete_bucket_encryption(Bucket=DEV.state_bucket)


def no_versions(world: World) -> None:
    off = {"Status": "Suspended"}
    world.client("s3").put_bucket_versioning(Bucket=DEV.state_bucket, VersioningConfiguration=off)


def compressed(world: World) -> None:
    world.client("s3").put_object(Bucket=DEV.state_bucket, Key=".pulumi/stacks/ml-platform/old.json.zst", Body=b"")


ONE_WRONG: dict[str, tuple[Callable[[World], Any], str, str, str, bool]] = {
    # What is done to an account where nothing is wrong, and the only finding: its check, what, mend, whether it blocks.
    "closed API server": (closed, "api-server", "cannot be reached from here", "in a job of the runner", True),
    "no cluster yet": (no_cluster, "api-server", "will have a private address only", "cluster.publicAccess", False),
    "access in a namespace": (
        lambda world: other_role(world, "AmazonEKSClusterAdminPolicy", "namespace"),
        "cluster-rights",
        "assumed-role/other/me is no administrator",
        f"for {role('other')} to ml-platform:cluster.access",
        True,
    ),
    "access without CRDs": (
        lambda world: other_role(world, "AmazonEKSAdminPolicy", "cluster"),
        "cluster-rights",
        "is no administrator of the cluster",
        "add an entry with policy cluster-admin",
        True,
    ),
    "unknown instance type": (
        lambda world: world.set("cluster.systemNodes.instanceTypes", ["m7i.xlarge", "m7i.9xlarge"]),
        "instance-types",
        "no instances of type m7i.9xlarge",
        "cluster.systemNodes.instanceTypes",
        True,
    ),
    "unknown family": (
        lambda world: world.set("pools.general.families", ["m7i", "m99x"]),
        "instance-types",
        "no instances of family m99x",
        "pools.general.families",
        False,
    ),
    "family without a known quota": (
        lambda world: world.set("pools.general.families", ["m7i", "x2idn"]),
        "quotas",
        "could not look: no quota is known for x2idn",
        "",
        False,
    ),
    "unpublished node image": (
        lambda world: world.set("pools.general.image", "al2023@v20261030"),
        "node-images",
        "no node image al2023@v20261030 (standard) for Kubernetes 1.35",
        "pools.general.image",
        True,
    ),
    "withdrawn add-on": (
        lambda world: world.answer("eks", "DescribeAddonVersions", addon("coredns", "v1.14.0-eksbuild.1")),
        "addons",
        "no add-on",
        "to v1.14.0-eksbuild.1",
        True,
    ),
    "withdrawn database": (
        lambda world: world.answer("rds", "DescribeOrderableDBInstanceOptions", {"OrderableDBInstanceOptions": []}),
        "database",
        f"RDS has no PostgreSQL {ENGINE} on db.t4g.medium",
        "database.engineVersion",
        True,
    ),
    "upgraded cache": (
        lambda world: up.cache(world, "8.1.0"),
        "cache",
        f"the cache {up.CACHE} has version 8.1, the settings 8.0",
        'features.engineVersion in stacks/Pulumi.dev.yaml to "8.1"',
        False,
    ),
    "edge certificate pending": (
        lambda world: edge(world, "edge.models.test", False),
        "edge-certificate",
        "is PENDING_VALIDATION",
        "us-east-1",
        True,
    ),
    "edge certificate of another name": (
        lambda world: edge(world, "other.models.test", True),
        "edge-certificate",
        "does not cover edge.models.test",
        "us-east-1",
        True,
    ),
    "tags not seen": (
        lambda world: tags(world, "environment", "owner"),
        "cost-tags",
        "does not know the tags cost-centre, data-class, component yet",
        "costs.activateTags in stacks/Pulumi.dev.yaml to false",
        True,
    ),
    "tags of the payer": (linked, "cost-tags", "member of an organisation", "in the payer account", True),
    "unconfirmed mail": (waiting, "subscriptions", "ml-oncall@models.test of the topic page", "open the link", False),
    "secret without value": (no_value, "secrets", "secrets-watchdog-url has no value", "put-secret-value", True),
    "other state key": (
        lambda world: world.set("ci.stateKeyArn", f"arn:aws:kms:eu-central-1:{NUMBER}:key/other"),
        "state-key",
        "ci.stateKeyArn in stacks/Pulumi.dev.yaml is not the key of the state",
        "set it to arn:aws:kms",
        True,
    ),
    "disabled state key": (disabled_key, "state-key", "is Disabled", "aws kms enable-key", True),
    "state in plain text": (plain_bucket, "state-bucket", "does not encrypt", "mlp bootstrap dev", True),
    "state without versions": (no_versions, "state-bucket", "keeps no versions", "mlp bootstrap dev", True),
    "path of a role": (
        lambda world: world.set("cluster.access.scientists.principal", role("team/ml-scientist")),
        "principals",
        f"but its ARN is arn:aws:iam::{NUMBER}:role/ml-scientist",
        "write the ARN with its path",
        True,
    ),
    "user that does not exist": (
        lambda world: world.set("keys.administrators", [f"arn:aws:iam::{NUMBER}:user/bob"]),
        "principals",
        "user/bob, which does not exist",
        "create the user",
        False,
    ),
    "claimed, but not there": (
        lambda world: (world.set("threats.securityHub", True), world.set("existing", ["security-hub"])),
        "security-hub",
        "has security-hub, but the account has no Security Hub",
        "remove security-hub",
        True,
    ),
    "another analyzer": (
        lambda world: world.answer("accessanalyzer", "ListAnalyzers", {"analyzers": [analyzer("b")]}),
        "analyzer",
        "the analyzer b of external access",
        "delete-analyzer --analyzer-name b",
        True,
    ),
    "provider that is gone": (
        lambda world: world.set("ci.providerArn", f"arn:aws:iam::{NUMBER}:oidc-provider/gone.models.test"),
        "github-provider",
        "gone.models.test, which does not exist",
        "remove the setting",
        True,
    ),
    "monitor that is gone": (
        lambda world: world.set("costs.anomalyMonitorArn", f"arn:aws:ce::{NUMBER}:anomalymonitor/gone"),
        "anomaly-monitor",
        "anomalymonitor/gone, which does not exist",
        up.MONITOR,
        True,
    ),
    "image not pushed": (
        lambda world: world.set("drift.image", "pipelines/drift@sha256:" + 64 * "b"),
        "model-images",
        "which is not in the repository ml-platform-dev-registry/pipelines/drift",
        ".dkr.ecr.eu-central-1.amazonaws.com/ml-platform-dev-registry/pipelines/drift",
        True,
    ),
    "denied": (
        lambda world: world.refuse(
            "guardduty", "ListDetectors", "AccessDeniedException", "User: ... is not authorized"
        ),
        "guardduty",
        "could not look: needs guardduty:ListDetectors",
        "mlp doctor --role",
        False,
    ),
    "failing": (
        lambda world: world.refuse("rds", "DescribeOrderableDBInstanceOptions", "InternalFailure", "sorry"),
        "database",
        "could not look: rds:DescribeOrderableDBInstanceOptions failed with InternalFailure",
        "",
        False,
    ),
}


@pytest.mark.parametrize("case", ONE_WRONG)
def test_one_thing_that_is_wrong_is_the_only_finding(fine: World, case: str) -> None:
    change, check, what, mend, blocks = ONE_WRONG[case]
    change(fine)
    found = examined(1 if blocks else 0)
    assert list(found) == [check]
    assert what in found[check][0]["what"]
    assert mend in found[check][0]["mend"]
    assert [one["blocks"] for one in found[check]] == [blocks] * len(found[check])


def test_what_works_on_with_a_withdrawn_version_does_not_stop_other_changes(fine: World) -> None:
    fine.set("pools.general.image", "al2023@v20261030")
    fine.set("cluster.access.scientists.principal", role("gone"))
    fine.answer("eks", "DescribeAddonVersions", addon("coredns", "v9"))
    fine.answer("rds", "DescribeOrderableDBInstanceOptions", {"OrderableDBInstanceOptions": []})
    wrong = {"node-images", "principals", "addons", "database"}
    assert blocking(examined()).keys() == wrong
    assert DEV.cluster
    fine.add_state(
        ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "general", "general"),
        ("aws:eks/accessEntry:AccessEntry", "scientists", f"{up.CLUSTER}:{role('gone')}"),
        *(("aws:eks/addon:Addon", name, f"{up.CLUSTER}:{name}") for name in DEV.cluster.addons),
        ("aws:rds/instance:Instance", "database", "db-ABC"),
    )
    assert examined(0).keys() == wrong


def test_the_deploy_role_of_the_pipeline_has_its_rights_by_the_stack(fine: World) -> None:
    pipeline(fine)
    assert examined(0) == {}


def test_the_root_user_is_refused(fine: World) -> None:
    root = {"UserId": NUMBER, "Account": NUMBER, "Arn": f"arn:aws:iam::{NUMBER}:root"}
    fine.answer("sts", "GetCallerIdentity", root)
    assert blocking(examined()).keys() == {"caller", "cluster-rights"}


def test_a_state_that_cannot_be_read_leaves_the_other_checks(fine: World) -> None:
    compressed(fine)
    found = examined(0)
    assert "guardduty" in found
    assert "quotas" not in found
    assert {one["what"] for ones in found.values() for one in ones} == {
        "could not look: old.json.zst is compressed with zstd; unset PULUMI_DIY_BACKEND_ZSTD and run `mlp up` once"
    }
