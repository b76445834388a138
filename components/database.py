"""The relational database behind experiment tracking, the feature registry and vector search."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _database as grants
from components import _documents as documents
from components._component import Component

PORT = 5432
LOGS = ("postgresql", "upgrade")
PARAMETERS = {
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "log_connections": "1",
    "log_disconnections": "1",
    "pgaudit.log": "ddl,role",
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
}
"""Connections only with TLS; who connects, what changes the schema or a role, and which statements are slow."""
STATIC = ("shared_preload_libraries",)
"""Parameters that PostgreSQL reads only when it starts."""
CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
DAY = r"(mon|tue|wed|thu|fri|sat|sun)"


class DatabaseArgs(TypedDict):
    """Inputs of Database."""

    engine_version: str
    """PostgreSQL: a major version such as `16`, whose minor versions AWS upgrades in the maintenance window, or a full
    one such as `16.9`, which stays. A new major version also needs `allow_major_upgrade`."""
    vpc_id: pulumi.Input[str]
    """VPC of the database."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Isolated subnets in two availability zones or more."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts storage, backups, performance data, logs and the master secret; RDS and Secrets Manager must be
    allowed to use it for the account's principals (`rds`, `secretsmanager`), and CloudWatch Logs (`logs`)."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    client_security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Security groups that may connect; nothing else can. Default: none."""
    users: NotRequired[Sequence[str]]
    """Database users that log in with IAM, for example `mlflow`. DatabaseUsers creates them. Default: none."""
    database_name: NotRequired[str]
    """Database that is made at first. Default `platform`."""
    master_username: NotRequired[str]
    """Administrator, whose password RDS makes, keeps in Secrets Manager and rotates. Default `platform_admin`."""
    instance_class: NotRequired[str]
    """Size. Default `db.t4g.medium`."""
    allocated_gib: NotRequired[int]
    """Storage at first, in GiB, from 20. Default 20."""
    max_allocated_gib: NotRequired[int]
    """Storage that it may grow to by itself, in GiB, a tenth more than `allocated_gib` at least. Default 100."""
    multi_az: NotRequired[bool]
    """Keep a standby in another availability zone, at twice the price. Default true."""
    backup_retention_days: NotRequired[int]
    """Days to which it can be restored to any second, 1 to 35. Default 14."""
    backup_window: NotRequired[str]
    """Daily time of the backup in UTC, `hh:mm-hh:mm`. Default `01:00-02:00`."""
    maintenance_window: NotRequired[str]
    """Weekly time of changes in UTC, `ddd:hh:mm-ddd:hh:mm`, not in the backup's. Default `sun:03:00-sun:04:00`."""
    log_days: NotRequired[int]
    """Days that CloudWatch Logs keeps its logs. Default 365."""
    monitoring_seconds: NotRequired[int]
    """Seconds between metrics of the operating system: 1, 5, 10, 15, 30 or 60. Default 60."""
    allow_major_upgrade: NotRequired[bool]
    """Let a new major `engine_version` upgrade it, and make changes at once rather than in the maintenance window; the
    database is away meanwhile. Default false."""
    deletion_protection: NotRequired[bool]
    """Refuse to delete it, until this is false and was applied. Default true."""
    skip_final_snapshot: NotRequired[bool]
    """Delete it without a last snapshot, and its backups too. Default false: RDS creates the snapshot
    `<identifier>-final-<12 hexadecimal digits>`, which stays in the account, and is charged, until you delete it."""


class Database(Component):
    """A PostgreSQL instance that is private, encrypted, audited, and whose applications log in with IAM.

    No password is in any input, state or output.
    """

    endpoint: pulumi.Output[str]
    """Host and port, `host:port`."""
    address: pulumi.Output[str]
    """Host."""
    port: pulumi.Output[int]
    """Port."""
    database_name: pulumi.Output[str]
    """Database that was made at first."""
    master_secret_arn: pulumi.Output[str]
    """ARN of the administrator's secret, which RDS rotates."""
    security_group_id: pulumi.Output[str]
    """Security group of the database; clients' own groups must let them out to it."""
    resource_id: pulumi.Output[str]
    """Id that IAM knows the database by, `db-...`."""
    identifier: pulumi.Output[str]
    """Name of the instance, the `DBInstanceIdentifier` of its metrics and alarms."""
    arn: pulumi.Output[str]
    """ARN of the instance, for a backup plan."""
    connect_policies: pulumi.Output[dict[str, str]]
    """Database user to the IAM policy document (JSON) that logs in as it."""

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        identifier, key = self._physical_name(), args["kms_key_arn"]
        version, users = args["engine_version"], list(args.get("users", []))
        db_name, username = args.get("database_name", "platform"), args.get("master_username", "platform_admin")
        gib, max_gib = int(args.get("allocated_gib", 20)), int(args.get("max_allocated_gib", 100))
        days, seconds = int(args.get("backup_retention_days", 14)), int(args.get("monitoring_seconds", 60))
        backup = args.get("backup_window", "01:00-02:00")
        maintenance = args.get("maintenance_window", "sun:03:00-sun:04:00")
        for arg, value, right, allowed in (
            (
                "name",
                identifier,
                _matches(r"(?=.{1,63}$)[a-z](-?[a-z0-9])*", identifier),
                "63 of a-z, 0-9, single hyphens",
            ),
            ("engine_version", version, _matches(r"\d\d(\.\d+)?", version), "a version such as 16 or 16.9"),
            ("subnet_ids", len(args["subnet_ids"]), len(args["subnet_ids"]) >= 2, "two subnets or more"),
            ("users", users, all(_matches(r"[a-z_][a-z0-9_]*", one) for one in users), "names of a-z, 0-9, _"),
            ("users", users, not {db_name, username} & set(users), f"names other than {db_name} and {username}"),
            ("allocated_gib", gib, gib >= 20, "20 or more"),
            ("max_allocated_gib", max_gib, max_gib * 10 >= gib * 11, "a tenth more than allocated_gib"),
            ("backup_retention_days", days, 1 <= days <= 35, "1 to 35"),
            ("backup_window", backup, _matches(f"{CLOCK}-{CLOCK}", backup), "hh:mm-hh:mm"),
            (
                "maintenance_window",
                maintenance,
                _matches(f"{DAY}:{CLOCK}-{DAY}:{CLOCK}", maintenance),
                "ddd:hh:mm-ddd:hh:mm",
            ),
            ("monitoring_seconds", seconds, seconds in (1, 5, 10, 15, 30, 60), "1, 5, 10, 15, 30 or 60"),
        ):
            if not right:
                raise ValueError(f"Database {name!r}: {arg} is {value!r}; allowed: {allowed}")

        caller = self._caller()
        subnets = aws.rds.SubnetGroup(
            name,
            description=f"Subnets of {identifier}",
            subnet_ids=list(args["subnet_ids"]),
            tags=self._tags,
            opts=self._child(),
        )
        parameters = aws.rds.ParameterGroup(
            name,
            description=f"Parameters of {identifier}",
            family=f"postgres{version.partition('.')[0]}",
            parameters=[
                {"name": key, "value": value, "apply_method": "pending-reboot" if key in STATIC else "immediate"}
                for key, value in PARAMETERS.items()
            ],
            tags=self._tags,
            opts=self._child(),
        )
        group = self._firewall(name, args["vpc_id"], args.get("client_security_group_ids", []))
        logs = [
            aws.cloudwatch.LogGroup(
                f"{name}-{log}",
                name=f"/aws/rds/instance/{identifier}/{log}",
                kms_key_id=key,
                retention_in_days=int(args.get("log_days", 365)),
                tags=self._tags,
                opts=self._child(),
            )
            for log in LOGS
        ]
        role = self._service_role(f"{name}-monitoring", "monitoring.rds.amazonaws.com")
        grant = aws.iam.RolePolicy(
            f"{name}-monitoring",
            role=role.name,
            policy=caller.apply(lambda values: documents.render(grants.write_metrics(values))),
            opts=self._child(),
        )
        skip = args.get("skip_final_snapshot", False)
        instance = aws.rds.Instance(
            name,
            identifier=identifier,
            engine="postgres",
            engine_version=version,
            allow_major_version_upgrade=args.get("allow_major_upgrade", False),
            # A parameter group of the old version could not be deleted while the upgrade waits for its window.
            apply_immediately=args.get("allow_major_upgrade", False),
            # AWS would upgrade a full version, and the next update fail to bring it back.
            auto_minor_version_upgrade="." not in version,
            instance_class=args.get("instance_class", "db.t4g.medium"),
            allocated_storage=gib,
            max_allocated_storage=max_gib,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=key,
            db_name=db_name,
            username=username,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=key,
            iam_database_authentication_enabled=True,
            port=PORT,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[group.id],
            publicly_accessible=False,
            multi_az=args.get("multi_az", True),
            ca_cert_identifier="rds-ca-rsa2048-g1",
            parameter_group_name=parameters.name,
            backup_retention_period=days,
            backup_window=backup,
            maintenance_window=maintenance,
            copy_tags_to_snapshot=True,
            deletion_protection=args.get("deletion_protection", True),
            skip_final_snapshot=skip,
            final_snapshot_identifier=None if skip else _final_snapshot(identifier, group.id, key, db_name, username),
            delete_automated_backups=skip,
            enabled_cloudwatch_logs_exports=list(LOGS),
            monitoring_interval=seconds,
            monitoring_role_arn=role.arn,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=key,
            performance_insights_retention_period=7,
            tags=self._tags,
            # RDS would make log groups without a key that never expire, and tries the role when it is made.
            opts=self._child([*logs, grant]),
        )
        logins = pulumi.Output.all(caller=caller, resource_id=instance.resource_id)
        self._finish(
            endpoint=instance.endpoint,
            address=instance.address,
            port=instance.port,
            database_name=instance.db_name,
            master_secret_arn=instance.master_user_secrets[0].secret_arn,
            security_group_id=group.id,
            resource_id=instance.resource_id,
            identifier=instance.identifier,
            arn=instance.arn,
            connect_policies=logins.apply(
                lambda values: {user: documents.render([grants.connect(**values, user=user)]) for user in users}
            ),
        )

    def _firewall(
        self, name: str, vpc_id: pulumi.Input[str], clients: Sequence[pulumi.Input[str]]
    ) -> "aws.ec2.SecurityGroup":
        """A security group that lets clients in, and nothing out."""
        group = aws.ec2.SecurityGroup(
            name,
            description=f"Database {name}",
            vpc_id=vpc_id,
            revoke_rules_on_delete=True,
            tags=self._tags,
            opts=self._child(),
        )
        for number, client in enumerate(clients):
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-client-{number}",
                security_group_id=group.id,
                description="PostgreSQL",
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                referenced_security_group_id=client,
                tags=self._tags,
                opts=self._child(),
            )
        return group


def _final_snapshot(identifier: str, *made_of: pulumi.Input[str]) -> pulumi.Output[str]:
    """A name that no earlier database of the same identifier has left a snapshot under.

    RDS refuses to delete a database whose final snapshot has a taken name
    (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html, DBSnapshotAlreadyExists). Its
    security group has another id each time it is made, and the other inputs are those whose change replaces it.
    """
    digest = pulumi.Output.all(*made_of).apply(lambda parts: hashlib.sha256("|".join(parts).encode()).hexdigest())
    return pulumi.Output.concat(identifier, "-final-", digest.apply(lambda text: text[:12]))


def _matches(pattern: str, value: str) -> bool:
    return bool(re.fullmatch(pattern, value))
