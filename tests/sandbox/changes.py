"""Changes of an environment that is up: what a team takes away, and what changes from one month to the next."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stacks.wiring import PROTECTED
from tests.sandbox.conftest import Checkout


def take_away(
    checkout: Checkout, tenant: str, trigger: str = "", job: str = "", service: str = "", whole: str = ""
) -> None:
    """Remove a tenant with its share of the queue, and a trigger, a job, a service and a whole section of settings."""

    def change(config: dict[str, Any]) -> None:
        def section(name: str) -> dict[str, Any]:
            return config[f"ml-platform:{name}"]

        section("tenants").pop(tenant)
        section("queue")["teams"].pop(tenant)
        if not section("queue")["teams"]:
            config.pop("ml-platform:queue")
        if "ml-platform:modelRegistry" in config:
            callers = section("modelRegistry")["callers"]
            section("modelRegistry")["callers"] = [one for one in callers if one != tenant]
        for name, part, key in (("retraining", "triggers", trigger), ("batch", "jobs", job)):
            if key:
                section(name)[part].pop(key)
        if service:
            section("services").pop(service)
        if whole:
            config.pop(f"ml-platform:{whole}")

    checkout.edit(change)


def names(report: dict[str, Any], *operations: str) -> set[str]:
    """Type and name of the resources that a report says an operation was done to."""
    changes = [one for one in report["changes"] if one["op"] in operations]
    return {f"{one['urn'].split('::')[-2].rpartition('$')[2]} {one['urn'].rpartition('::')[2]}" for one in changes}


def lost(report: dict[str, Any]) -> set[str]:
    """What of the protected types a report deletes or replaces, or would."""
    return {one for one in names(report, "delete", "replace") if one.partition(" ")[0] in PROTECTED}


NEXT_MONTH: dict[str, Any] = {
    "accessLogs.retentionDays": 401,
    "backups.dailyDays": 36,
    "batch.instanceTypes": ["g6.xlarge", "g6.2xlarge"],
    "batch.logDays": 400,
    "capture.retentionDays": 401,
    "cluster.addons.coredns": "v1.13.2-eksbuild.2",
    "cluster.logDays": 400,
    "cluster.systemNodes.instanceTypes": ["m7i.4xlarge"],
    "database.backupDays": 34,
    "database.instanceClass": "db.r7g.2xlarge",
    "database.maxStorageGib": 3000,
    "features.nodeType": "cache.r7g.xlarge",
    "features.replicas": 3,
    "keys.rotationDays": 180,
    "lake.resultsDays": 15,
    "network.flowLogDays": 400,
    "pools.training.image": "al2023@v20261120",
    "registry.keepImages": 90,
    "retraining.archiveDays": 91,
    "stores.artifacts.noncurrentVersionDays": 91,
}
"""Setting of prod to what it may become: images, instance types, versions, retention and the rotation of keys."""


@contextmanager
def next_month(checkout: Checkout) -> Iterator[None]:
    """The settings and the charts as they may be a month later, for as long as it lasts."""
    versions = checkout.path / "components" / "versions.py"
    settings = checkout.path / "stacks" / f"Pulumi.{checkout.environment}.yaml"
    before = {file: file.read_text() for file in (versions, settings)}
    for path, value in NEXT_MONTH.items():
        checkout.setting(path, value)
    # The chart of each release, a patch version later.
    pattern = r'(= Chart\(\s*"[^"]+",\s*"v?\d+\.\d+\.)(\d+)'
    text, count = re.subn(pattern, lambda found: f"{found[1]}{int(found[2]) + 1}", before[versions])
    assert count > 5
    versions.write_text(text)
    try:
        yield
    finally:
        for file, content in before.items():
            file.write_text(content)


def run_into_destruction(checkout: Checkout, bucket: str, vault: str) -> None:
    """What a real account has after some days, and what makes it hard to destroy.

    An audit log, a recovery point of the database, and the endpoint and security group that GuardDuty puts into a VPC.
    """
    backup, ec2, rds = (checkout.client(name) for name in ("backup", "ec2", "rds"))
    checkout.client("s3").put_object(Bucket=bucket, Key="AWSLogs/1", Body=b"x" * 1024)
    (database,) = rds.describe_db_instances()["DBInstances"]
    role = checkout.client("iam").list_roles()["Roles"][0]["Arn"]
    copied = {"ResourceArn": database["DBInstanceArn"], "IamRoleArn": role, "Lifecycle": {"DeleteAfterDays": 35}}
    backup.start_backup_job(BackupVaultName=vault, **copied)
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    within = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    managed = [{"Key": "GuardDutyManaged", "Value": "true"}]
    name = f"GuardDutyManagedSecurityGroup-{vpc['VpcId']}"
    group = ec2.create_security_group(
        GroupName=name,
        Description="GuardDuty",
        VpcId=vpc["VpcId"],
        TagSpecifications=[{"ResourceType": "security-group", "Tags": managed}],
    )["GroupId"]
    ec2.create_vpc_endpoint(
        VpcId=vpc["VpcId"],
        ServiceName="com.amazonaws.eu-central-1.guardduty-data",
        VpcEndpointType="Interface",
        SubnetIds=[one["SubnetId"] for one in ec2.describe_subnets(Filters=within)["Subnets"]],
        SecurityGroupIds=[group],
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": managed}],
    )
