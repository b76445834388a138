import json
from typing import Any

import pulumi
import pytest

from components.database import Database
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

NAME = "ml-platform-dev-data"
RESOURCE = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/data-monitoring-0000000"
TAGGED = {**ALL_TAGS, "component": "data"}
MASTER = {"secretArn": "arn:master-secret", "secretStatus": "active", "kmsKeyId": "arn:key"}


class Databases(Recorder):
    group = ""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        physical, state = super().new_resource(args)
        if self.group and args.typ == "aws:ec2/securityGroup:SecurityGroup":
            return self.group, state
        made = {"address": "host", "endpoint": "host:5432", "resourceId": RESOURCE, "masterUserSecrets": [MASTER]}
        return physical, {**state, **(made if args.typ == "aws:rds/instance:Instance" else {})}


@pytest.fixture
def recorder() -> Recorder:
    recorder = Databases()
    recorder.start()
    return recorder


def data(**more: Any) -> Database:
    plain = {"engine_version": "16", "vpc_id": "vpc", "subnet_ids": ["subnet-a", "subnet-b"]}
    args = {**plain, "kms_key_arn": "arn:key", "tags": TAGS, **more}
    return Database("data", args)  # pyright: ignore[reportArgumentType]


def test_a_database_is_an_instance_and_what_surrounds_it(recorder: Recorder, run: Run) -> None:
    run(data)
    once = ["Database", "Instance", "SubnetGroup", "ParameterGroup", "SecurityGroup", "Role", "RolePolicy"]
    assert recorder.kinds() == {**dict.fromkeys(once, 1), "LogGroup": 2}
    assert recorder.inputs("SubnetGroup", "data", "description") == {
        "subnetIds": ["subnet-a", "subnet-b"],
        "tags": TAGGED,
    }


def test_the_instance_is_private_encrypted_and_recoverable(recorder: Recorder, run: Run) -> None:
    run(data)
    inputs = recorder.inputs("Instance", "data")
    assert inputs.pop("finalSnapshotIdentifier").startswith(f"{NAME}-final-")
    assert inputs == {
        "identifier": NAME,
        "engine": "postgres",
        "engineVersion": "16",
        "allowMajorVersionUpgrade": False,
        "applyImmediately": False,
        "autoMinorVersionUpgrade": True,
        "instanceClass": "db.t4g.medium",
        "allocatedStorage": 20,
        "maxAllocatedStorage": 100,
        "storageType": "gp3",
        "storageEncrypted": True,
        "kmsKeyId": "arn:key",
        "dbName": "platform",
        "username": "platform_admin",
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": "arn:key",
        "iamDatabaseAuthenticationEnabled": True,
        "port": 5432,
        "dbSubnetGroupName": "data-0000000",
        "vpcSecurityGroupIds": ["data-0000000"],
        "publiclyAccessible": False,
        "multiAz": True,
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "parameterGroupName": "data-0000000",
        "backupRetentionPeriod": 14,
        "backupWindow": "01:00-02:00",
        "maintenanceWindow": "sun:03:00-sun:04:00",
        "copyTagsToSnapshot": True,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "deleteAutomatedBackups": False,
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "monitoringInterval": 60,
        "monitoringRoleArn": ROLE,
        "performanceInsightsEnabled": True,
        "performanceInsightsKmsKeyId": "arn:key",
        "performanceInsightsRetentionPeriod": 7,
        "tags": TAGGED,
    }


@pytest.mark.parametrize(
    ("arg", "value", "prop"),
    [
        ("database_name", "tracking", "dbName"),
        ("master_username", "owner", "username"),
        ("instance_class", "db.r7g.large", "instanceClass"),
        ("allocated_gib", 90.0, "allocatedStorage"),
        ("max_allocated_gib", 22.0, "maxAllocatedStorage"),
        ("multi_az", False, "multiAz"),
        ("backup_retention_days", 35.0, "backupRetentionPeriod"),
        ("backup_window", "23:30-00:30", "backupWindow"),
        ("maintenance_window", "mon:23:45-tue:00:45", "maintenanceWindow"),
        ("monitoring_seconds", 15.0, "monitoringInterval"),
        ("deletion_protection", False, "deletionProtection"),
    ],
)
def test_a_setting_changes_what_it_says_and_nothing_else(
    recorder: Recorder, run: Run, arg: str, value: Any, prop: str
) -> None:
    run(data)
    before = recorder.inputs("Instance", "data")
    recorder.found.clear()
    run(lambda: data(**{arg: value}))
    assert before[prop] != value
    snapshot = {"finalSnapshotIdentifier": recorder.inputs("Instance", "data")["finalSnapshotIdentifier"]}
    assert recorder.inputs("Instance", "data") == {**before, **snapshot, prop: value}


@pytest.mark.parametrize(("version", "family", "upgrades"), [("17", "postgres17", True), ("16.9", "postgres16", False)])
def test_a_full_version_stays_and_a_major_one_is_kept_up_to_date(
    recorder: Recorder, run: Run, version: str, family: str, upgrades: bool
) -> None:
    run(lambda: data(engine_version=version))
    instance = recorder.inputs("Instance", "data")
    assert (instance["engineVersion"], instance["autoMinorVersionUpgrade"]) == (version, upgrades)
    assert recorder.inputs("ParameterGroup", "data")["family"] == family


def test_a_major_upgrade_is_asked_for_and_then_made_at_once(recorder: Recorder, run: Run) -> None:
    run(lambda: data(allow_major_upgrade=True))
    instance = recorder.inputs("Instance", "data")
    assert instance["allowMajorVersionUpgrade"] is instance["applyImmediately"] is True


def test_connections_are_encrypted_and_recorded(recorder: Recorder, run: Run) -> None:
    run(data)
    parameters = recorder.inputs("ParameterGroup", "data")["parameters"]
    assert {one["name"]: (one["value"], one["applyMethod"]) for one in parameters} == {
        "rds.force_ssl": ("1", "immediate"),
        "ssl_min_protocol_version": ("TLSv1.2", "immediate"),
        "log_connections": ("1", "immediate"),
        "log_disconnections": ("1", "immediate"),
        "pgaudit.log": ("ddl,role", "immediate"),
        "shared_preload_libraries": ("pg_stat_statements,pgaudit", "pending-reboot"),
    }


def test_nothing_comes_in_unless_it_is_a_client(recorder: Recorder, run: Run) -> None:
    run(data)
    assert recorder.of("SecurityGroupIngressRule") == []
    assert recorder.inputs("SecurityGroup", "data") == {
        "description": "Database data",
        "vpcId": "vpc",
        "revokeRulesOnDelete": True,
        "tags": TAGGED,
    }


def test_each_client_comes_in_to_one_port(recorder: Recorder, run: Run) -> None:
    run(lambda: data(client_security_group_ids=["sg-mlflow", pulumi.Output.from_input("sg-feast")]))
    rules = [one.inputs for one in recorder.of("SecurityGroupIngressRule")]
    assert sorted(one.pop("referencedSecurityGroupId") for one in rules) == ["sg-feast", "sg-mlflow"]
    assert rules == 2 * [
        {
            "securityGroupId": "data-0000000",
            "description": "PostgreSQL",
            "ipProtocol": "tcp",
            "fromPort": 5432,
            "toPort": 5432,
            "tags": TAGGED,
        }
    ]


@pytest.mark.parametrize(("more", "days"), [({}, 365), ({"log_days": 30.0}, 30)])
def test_logs_are_kept_in_encrypted_groups_that_exist_first(
    recorder: Recorder, run: Run, more: dict[str, Any], days: int
) -> None:
    run(lambda: data(**more))
    for log in ("postgresql", "upgrade"):
        assert recorder.inputs("LogGroup", f"data-{log}") == {
            "name": f"/aws/rds/instance/{NAME}/{log}",
            "kmsKeyId": "arn:key",
            "retentionInDays": days,
            "tags": TAGGED,
        }
    assert recorder.one("Instance", "data").depends >= {
        "LogGroup data-postgresql",
        "LogGroup data-upgrade",
        "RolePolicy data-monitoring",
    }


METRICS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:RDSOSMetrics"


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("logs:CreateLogGroup", METRICS, "Allow"),
        ("logs:PutRetentionPolicy", METRICS, "Allow"),
        ("logs:PutLogEvents", f"{METRICS}:log-stream:{RESOURCE}", "Allow"),
        ("logs:PutLogEvents", f"{METRICS}-other:log-stream:a", "no"),
        ("logs:DeleteLogGroup", METRICS, "no"),
    ],
)
def test_monitoring_writes_to_its_log_group_only(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    run(data)
    assert recorder.inputs("RolePolicy", "data-monitoring")["role"] == "data-monitoring-0000000"
    assert decide(recorder.statements("RolePolicy", "data-monitoring"), action, resource) == answer


@pytest.mark.parametrize(("account", "answer"), [(ACCOUNT, "Allow"), ("210987654321", "no")])
def test_only_rds_of_this_account_monitors(recorder: Recorder, run: Run, account: str, answer: str) -> None:
    run(data)
    trust = [{"Resource": "*", **one} for one in recorder.statements("Role", "data-monitoring", "assumeRolePolicy")]
    context = {"aws:SourceAccount": account}
    assert decide(trust, "sts:AssumeRole", caller="monitoring.rds.amazonaws.com", context=context) == answer
    assert decide(trust, "sts:AssumeRole", caller="ec2.amazonaws.com", context=context) == "no"


LOGIN = f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:{RESOURCE}"


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("rds-db:connect", f"{LOGIN}/mlflow", "Allow"),
        ("rds-db:connect", f"{LOGIN}/feast", "no"),
        ("rds-db:connect", f"{LOGIN}/platform_admin", "no"),
        ("rds-db:connect", LOGIN.replace(RESOURCE, "db-OTHER") + "/mlflow", "no"),
        ("rds-db:connect", LOGIN.replace(ACCOUNT, "210987654321") + "/mlflow", "no"),
    ],
)
def test_a_role_logs_in_as_one_user_of_one_database(run: Run, action: str, resource: str, answer: str) -> None:
    policies = run(lambda: data(users=["mlflow", "feast"]))["connect_policies"]
    assert set(policies) == {"mlflow", "feast"}
    assert decide(json.loads(policies["mlflow"])["Statement"], action, resource) == answer


def test_the_outputs_are_what_clients_compose(run: Run) -> None:
    assert run(data) == {
        "endpoint": "host:5432",
        "address": "host",
        "port": 5432,
        "database_name": "platform",
        "master_secret_arn": "arn:master-secret",
        "security_group_id": "data-0000000",
        "resource_id": RESOURCE,
        "identifier": NAME,
        "arn": "arn:data-0000000",
        "connect_policies": {},
    }


def test_no_password_is_anywhere(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: data(users=["mlflow"]))
    told = {key for one in recorder.found for key in one.inputs} | set(outputs)
    assert {key for key in told if "password" in key.lower()} == {"manageMasterUserPassword"}


@pytest.mark.parametrize(
    ("arg", "value"),
    [
        ("engine_version", "latest"),
        ("engine_version", "postgres16"),
        ("subnet_ids", ["subnet-a"]),
        ("users", ["mlflow", "*"]),
        ("users", ["Mlflow"]),
        ("users", ["mlflow", "platform"]),
        ("users", ["platform_admin"]),
        ("allocated_gib", 19),
        ("max_allocated_gib", 21),
        ("backup_retention_days", 0),
        ("backup_retention_days", 36),
        ("backup_window", "24:00-24:30"),
        ("maintenance_window", "sunday:03:00-sunday:04:00"),
        ("monitoring_seconds", 20),
    ],
)
def test_what_rds_would_refuse_late_is_refused_at_once(run: Run, arg: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"Database 'data': {arg} is .*; allowed: "):
        run(lambda: data(**{arg: value}))


@pytest.mark.parametrize("stack", ["Dev", "d" * 60, "dev_eu", "dev-"])
def test_a_name_that_rds_refuses_is_refused(run: Run, stack: str) -> None:
    Databases().start(stack)
    with pytest.raises(ValueError, match=rf"Database 'data': name is 'ml-platform-{stack}-data'; allowed: "):
        run(data)
