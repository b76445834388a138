"""`mlp doctor dev` in accounts of four kinds, and in one where dev is up."""

from typer.testing import CliRunner

from mlp.cli import app
from tests.accounts.control_tower import ADMINISTRATOR, RECORDER, control_tower
from tests.accounts.findings import ADA, OPERATOR, SINGLETONS, blocking, examined, foreign, role, setting, warning
from tests.accounts.leftover import LOG_GROUP, leftover
from tests.accounts.new import new
from tests.accounts.singletons import ANALYZER, MONITOR, singletons
from tests.accounts.world import NUMBER, World

CONNECTION = f"arn:aws:codeconnections:eu-central-1:{NUMBER}:connection/1b2c3d4e-1111-2222-3333-123456789abc"
PLATFORM_IMAGES = {
    "monitoring.cloudwatchExporterImage": "mirror/yet-another-cloudwatch-exporter",
    "modelRegistry.image": "registry/workloads",
}
MODEL_IMAGES = {"batch.jobs.score-fraud.image": "serving/reference", "drift.image": "pipelines/drift"}
"""Setting to the repository that its image is in; the services use the image of the batch job."""


def not_pushed(images: dict[str, str]) -> list[str]:
    digest, home = f"@sha256:{'1' * 64}", "ml-platform-dev-registry"
    return [
        f"{setting(path)} names {name}{digest}, which is not in the repository {home}/{name}"
        for path, name in images.items()
    ]


def test_nothing_is_found_where_dev_is_up(fine: World) -> None:
    assert examined(0) == {}
    quiet = CliRunner().invoke(app, ["doctor", "dev", "--quiet"])
    assert (quiet.exit_code, quiet.output) == (0, "")


def test_an_account_on_its_first_day(world: World) -> None:
    new(world)
    found = examined()
    assert blocking(found) == {
        "state-bucket": ["the bucket ml-platform-state-dev-111111111111 does not exist"],
        "state-key": ["the key alias/ml-platform-state-dev does not exist"],
        "principals": [
            f"{setting('secrets.administrators.0 and cluster.access.operators.principal')} names "
            f"{OPERATOR}, which does not exist",
            f"{setting('cluster.access.scientists.principal')} names {role('ml-scientist')}, which does not exist",
        ],
        "cluster-rights": [f"{ADA} is no administrator of the cluster ml-platform-dev-cluster"],
        "secret-administrators": [f"{ADA} is not among the administrators of the secrets"],
        "connection": [
            f"{setting('ci.runner.connectionArn')} names {CONNECTION}, which does not exist",
        ],
        "quotas": [
            "the account may run 5 vCPUs of on-demand standard instances; the settings can use 16 "
            "(cluster.systemNodes 16)"
        ],
        "platform-images": not_pushed(PLATFORM_IMAGES),
        "model-images": not_pushed(MODEL_IMAGES),
        "edge-certificate": [f"the certificate of {setting('edge.certificate')} is missing"],
        "certificate": ["ACM in eu-central-1 has issued no certificate for *.dev.models.models.test"],
    }
    assert {name: len(ones) for name, ones in warning(found).items()} == {
        "quotas": 3,
        "builds": 1,
        "api-server": 1,
        "hosted-zone": 1,
    }
    assert found["state-bucket"][0]["mend"] == "mlp bootstrap dev"
    assert found["quotas"][1]["mend"] == (
        "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-3819A6DF "
        "--desired-value 56 --region eu-central-1"
    )


def test_a_member_of_an_organisation_with_control_tower(world: World) -> None:
    detector = control_tower(world)
    found = examined()
    person = role(f"aws-reserved/sso.amazonaws.com/eu-central-1/{ADMINISTRATOR}")
    assert found["guardduty"][0]["what"] == foreign(f"GuardDuty detector {detector}")
    assert found["guardduty"][0]["mend"] == f"add guardduty to {setting('existing')}, and it is used as it is"
    assert found["config"][0]["what"] == foreign(f"recorder of AWS Config {RECORDER}")
    assert found["config-role"][0]["what"] == foreign(
        f"role AWSServiceRoleForConfig {role('aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig')}"
    )
    assert f"for {person} to {setting('cluster.access')}" in found["cluster-rights"][0]["mend"]
    assert found["secret-administrators"][0]["mend"] == f"add {person} to {setting('secrets.administrators')}"
    assert found["hosted-zone"][0]["what"] == (
        "could not look: needs route53:ListHostedZones, which a service control policy of the organisation denies"
    )
    assert found["anomaly-monitor"][0]["what"] == "could not look: needs ce:GetAnomalyMonitors"
    assert "AWS answered: User not enabled for cost explorer access" in found["anomaly-monitor"][0]["why"]
    # More rights for the credentials would mend neither.
    assert "the administrators of the organisation" in found["hosted-zone"][0]["mend"]
    assert "enable Cost Explorer" in found["anomaly-monitor"][0]["mend"]
    assert {"hosted-zone", "anomaly-monitor"} & blocking(found).keys() == set()

    world.set("existing", ["guardduty", "config", "config-role"])
    world.set("cluster.access.administrators", {"principal": person, "policy": "cluster-admin"})
    world.set("secrets.administrators", [person])
    mended = blocking(examined())
    left = {"connection", "quotas", "certificate", "edge-certificate", "platform-images", "model-images"}
    assert mended.keys() == left


def test_an_account_that_has_all_singletons(world: World) -> None:
    made = singletons(world)
    world.set("threats.securityHub", True)
    found = examined()
    told = {name: found[name][0] for name in SINGLETONS}
    assert {name: one["what"] for name, one in told.items()} == {
        "guardduty": foreign(f"GuardDuty detector {made['guardduty']}"),
        "config": foreign("recorder of AWS Config default"),
        "config-role": foreign(f"role AWSServiceRoleForConfig {made['config-role']}"),
        "security-hub": foreign(f"Security Hub {NUMBER}"),
        "spot-role": foreign(f"role AWSServiceRoleForEC2Spot {made['spot-role']}"),
        "analyzer": f"the account has the analyzer {ANALYZER} of external access",
        "github-provider": f"the account has the identity provider {made['github']}",
        "anomaly-monitor": f"the account has the anomaly monitor {MONITOR} of AWS services",
    }
    assert all(one["blocks"] for one in told.values())

    world.set("existing", ["guardduty", "config", "config-role", "security-hub", "spot-role"])
    world.set("ci.providerArn", made["github"])
    world.set("costs.anomalyMonitorArn", MONITOR)
    assert SINGLETONS & examined().keys() == {"analyzer"}


def test_an_account_with_what_a_destroyed_environment_left(world: World) -> None:
    key = leftover(world)
    world.set("deletionProtection", "true")
    found = examined()
    assert [one["what"] for one in found["log-groups"]] == [
        f"the log group {LOG_GROUP} exists, and no stack of dev made it"
    ]
    delete = f"aws logs delete-log-group --region eu-central-1 --log-group-name {LOG_GROUP}"
    # `mlp up` deletes what EKS has written again; a group with a retention period is not EKS's.
    assert (found["log-groups"][0]["mend"], found["log-groups"][0]["blocks"]) == (delete, False)
    world.client("logs").put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=30)
    assert blocking(examined())["log-groups"] == [f"the log group {LOG_GROUP} exists, and no stack of dev made it"]
    assert found["spot-role"][0]["mend"].startswith("add spot-role to ")
    assert found["leftovers"][0]["what"] == f"no stack of dev exists, but resources with its tags do: {key}"
    assert "leftovers" not in blocking(found)
