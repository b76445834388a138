"""Where a feature store keeps features: online in memory, offline in files."""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component
from components.artifact_store import ArtifactStore

PORT = 6379
LOGS = ("engine-log", "slow-log")
OFFLINE = "offline"


class CacheEngine(StrEnum):
    """What serves features online."""

    VALKEY = "valkey"
    """Valkey."""
    REDIS = "redis"
    """Redis."""


VERSIONS = {CacheEngine.VALKEY: "8.0", CacheEngine.REDIS: "7.1"}
"""Engine to the version that it has unless another one is asked for."""


class FeatureBackendArgs(TypedDict):
    """Inputs of FeatureBackend."""

    vpc_id: pulumi.Input[str]
    """VPC of the online store."""
    subnet_ids: pulumi.Input[Sequence[str]]
    """Isolated subnets of the online store."""
    kms_key_arn: pulumi.Input[str]
    """Key of both stores and of the logs; needs the services `elasticache`, `glue`, `logs`, `s3`."""
    log_bucket: pulumi.Input[str]
    """Bucket that receives the access logs of the offline store."""
    users: Sequence[str]
    """Users that sign in to the online store by IAM; their names, lower case."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    client_security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Security groups that may connect. Default: none."""
    engine: NotRequired[CacheEngine]
    """Engine of the online store. Default Valkey."""
    engine_version: NotRequired[str]
    """Version of the engine, MAJOR.MINOR. AWS installs later minor versions; once it has, name that version: the AWS
    provider replaces a store whose version would become lower. Default `8.0` of Valkey, `7.1` of Redis."""
    node_type: NotRequired[str]
    """ElastiCache node type. Default `cache.t4g.small`."""
    replicas: NotRequired[int]
    """Replicas in other zones, 0 to 5; with one or more, a lost node is replaced by itself. Default 1."""
    snapshot_days: NotRequired[int]
    """Days that daily snapshots are kept; 0: none. Default 1."""
    log_days: NotRequired[int]
    """Days that CloudWatch Logs keeps engine and slow logs. Default 30."""
    noncurrent_version_days: NotRequired[int]
    """Days until an overwritten version of an offline feature expires. Default 90."""
    force_destroy: NotRequired[bool]
    """Delete offline features with the store. Default false."""


class FeatureBackend(Component):
    """For one feature store: an encrypted cache that users sign in to by IAM, and a versioned, catalogued store."""

    online_endpoint: pulumi.Output[str]
    """`host:port` of the online store, for writing and reading."""
    reader_endpoint: pulumi.Output[str]
    """`host:port` of the online store's replicas."""
    security_group_id: pulumi.Output[str]
    """Security group of the online store."""
    connect_policies: pulumi.Output[dict[str, str]]
    """User to the IAM policy document (JSON) that signs in as that user."""
    replication_group_arn: pulumi.Output[str]
    """ARN of the online store."""
    user_arns: pulumi.Output[dict[str, str]]
    """User to the ARN of the ElastiCache user."""
    offline_bucket_arn: pulumi.Output[str]
    """Bucket of the offline store."""
    offline_uri: pulumi.Output[str]
    """URI of the offline store."""
    offline_database: pulumi.Output[str]
    """Glue database of the offline store."""
    offline_reader_policy: pulumi.Output[str]
    """IAM policy document (JSON) that reads offline features."""
    offline_writer_policy: pulumi.Output[str]
    """IAM policy document (JSON) that writes offline features."""
    feast_config: pulumi.Output[str]
    """The stores for Feast's `feature_store.yaml`, as JSON, which YAML includes; it holds no secret."""

    def __init__(self, name: str, args: FeatureBackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        replicas = int(args.get("replicas", 1))
        if not 0 <= replicas <= 5:
            raise ValueError(f"FeatureBackend {name!r}: replicas = {replicas}; allowed: 0 to 5")
        if wrong := [user for user in args["users"] if not re.fullmatch(r"[a-z][a-z0-9-]*", user) or user == "default"]:
            raise ValueError(
                f"FeatureBackend {name!r}: users has {', '.join(wrong)}; allowed: a-z, 0-9 and hyphen, not `default`"
            )
        group, users = self._security_group(args), self._users(args)
        engine = CacheEngine(str(args.get("engine", CacheEngine.VALKEY)))
        version = args.get("engine_version", VERSIONS[engine])
        if not re.fullmatch(r"[6-9]\.[0-9]", version):
            raise ValueError(f"FeatureBackend {name!r}: engine_version = {version!r}; allowed: MAJOR.MINOR, as 8.0")
        cache = self._cache(args, engine, version, replicas, group, list(users.values()))
        offline = ArtifactStore(
            f"{name}-{OFFLINE}",
            {
                "kms_key_arn": args["kms_key_arn"],
                "log_bucket": args["log_bucket"],
                "prefixes": [OFFLINE],
                "noncurrent_version_days": int(args.get("noncurrent_version_days", 90)),
                "force_destroy": args.get("force_destroy", False),
                "tags": self._tags,
            },
            self._child(),
        )
        database = aws.glue.CatalogDatabase(
            name,
            name=self._physical_name().replace("-", "_"),
            description="Offline features",
            location_uri=pulumi.Output.concat(offline.uri, f"/{OFFLINE}/"),
            tags=self._tags,
            opts=self._child(),
        )
        arns = pulumi.Output.all(**{user: found.arn for user, found in users.items()})
        endpoint = pulumi.Output.concat(cache.primary_endpoint_address, f":{PORT}")
        offline_uri = pulumi.Output.concat(offline.uri, f"/{OFFLINE}")
        self._finish(
            online_endpoint=endpoint,
            reader_endpoint=pulumi.Output.concat(cache.reader_endpoint_address, f":{PORT}"),
            security_group_id=group.id,
            connect_policies=pulumi.Output.all(cache.arn, arns).apply(
                lambda v: {user: documents.render([connect(v[0], arn)]) for user, arn in v[1].items()}
            ),
            replication_group_arn=cache.arn,
            user_arns=arns,
            offline_bucket_arn=offline.bucket_arn,
            offline_uri=offline_uri,
            offline_database=database.name,
            offline_reader_policy=offline.reader_policies[OFFLINE],
            offline_writer_policy=offline.writer_policies[OFFLINE],
            feast_config=pulumi.Output.all(endpoint, offline_uri, database.name, self._caller()["region"]).apply(
                lambda values: feast_config(*values)
            ),
        )

    def _security_group(self, args: FeatureBackendArgs) -> "aws.ec2.SecurityGroup":
        group = aws.ec2.SecurityGroup(
            self._name,
            vpc_id=args["vpc_id"],
            description="Online features, from named clients",
            tags=self._tags,
            opts=self._child(),
        )
        for number, client in enumerate(args.get("client_security_group_ids", [])):
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-{number}",
                security_group_id=group.id,
                referenced_security_group_id=client,
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                tags=self._tags,
                opts=self._child(),
            )
        return group

    def _users(self, args: FeatureBackendArgs) -> "dict[str, aws.elasticache.User]":
        engine = str(args.get("engine", CacheEngine.VALKEY))
        names = {user: self._physical_name(user)[-40:].strip("-") for user in args["users"]}
        return {
            user: aws.elasticache.User(
                f"{self._name}-{user}",
                # By IAM only if id and name are the same.
                user_id=name,
                user_name=name,
                engine=engine,
                access_string="on ~* +@all -@admin -@dangerous",
                authentication_mode={"type": "iam"},
                tags=self._tags,
                opts=self._child(),
            )
            for user, name in names.items()
        }

    def _disabled_default(self) -> "aws.elasticache.User":
        """The user that Redis, unlike Valkey, must have; AWS's own has no password and may do everything."""
        return aws.elasticache.User(
            f"{self._name}-default",
            user_id=self._physical_name("default")[-40:].strip("-"),
            user_name="default",
            engine="redis",
            access_string="off ~* -@all",
            authentication_mode={"type": "no-password-required"},
            tags=self._tags,
            opts=self._child(),
        )

    def _cache(
        self,
        args: FeatureBackendArgs,
        engine: CacheEngine,
        version: str,
        replicas: int,
        group: "aws.ec2.SecurityGroup",
        users: "Sequence[aws.elasticache.User]",
    ) -> "aws.elasticache.ReplicationGroup":
        name = self._name
        ids = [user.user_id for user in users]
        if engine is CacheEngine.REDIS:
            ids.append(self._disabled_default().user_id)
        members = aws.elasticache.UserGroup(
            name,
            user_group_id=self._physical_name()[-40:].strip("-"),
            engine=engine.value,
            user_ids=ids,
            tags=self._tags,
            opts=self._child(),
        )
        subnets = aws.elasticache.SubnetGroup(name, subnet_ids=args["subnet_ids"], tags=self._tags, opts=self._child())
        parameters = aws.elasticache.ParameterGroup(
            name,
            family=f"{engine.value}{version.partition('.')[0]}",
            # A feature store that forgets what does not fit would answer wrongly.
            parameters=[{"name": "maxmemory-policy", "value": "noeviction"}],
            tags=self._tags,
            opts=self._child(),
        )
        logs = {
            kind: aws.cloudwatch.LogGroup(
                f"{name}-{kind}",
                name=f"/aws/elasticache/{self._physical_name(kind)}",
                kms_key_id=args["kms_key_arn"],
                retention_in_days=int(args.get("log_days", 30)),
                tags=self._tags,
                opts=self._child(),
            )
            for kind in LOGS
        }
        return aws.elasticache.ReplicationGroup(
            name,
            description="Online features",
            engine=engine.value,
            engine_version=version,
            node_type=args.get("node_type", "cache.t4g.small"),
            num_cache_clusters=1 + replicas,
            multi_az_enabled=replicas > 0,
            automatic_failover_enabled=replicas > 0,
            port=PORT,
            subnet_group_name=subnets.name,
            security_group_ids=[group.id],
            parameter_group_name=parameters.name,
            user_group_ids=[members.user_group_id],
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            kms_key_id=args["kms_key_arn"],
            snapshot_retention_limit=int(args.get("snapshot_days", 1)),
            log_delivery_configurations=[
                {
                    "destination": found.name,
                    "destination_type": "cloudwatch-logs",
                    "log_format": "json",
                    "log_type": kind,
                }
                for kind, found in logs.items()
            ],
            auto_minor_version_upgrade=True,
            tags=self._tags,
            opts=self._child(),
        )


def connect(group_arn: str, user_arn: str) -> documents.Statement:
    """Sign in to one cache as one user."""
    return {"Effect": "Allow", "Action": ["elasticache:Connect"], "Resource": [group_arn, user_arn]}


def feast_config(endpoint: str, offline_uri: str, database: str, region: str) -> str:
    """The part of `feature_store.yaml` that says where features lie."""
    online = {"type": "redis", "connection_string": f"{endpoint},ssl=true"}
    offline = {"type": "athena", "region": region, "database": database, "s3_staging_location": offline_uri}
    return json.dumps({"online_store": online, "offline_store": offline})
