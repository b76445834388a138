"""The AWS identity of one Kubernetes service account."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components import _grants as grants
from components._component import Component


class GrantKind(StrEnum):
    """What a workload is granted, and what the grant's `resource_arn` is."""

    READ_PREFIX = "read-prefix"
    """List and read a prefix of a bucket. Needs `prefix`, `kms_key_arn`."""
    WRITE_PREFIX = "write-prefix"
    """Write below a prefix of a bucket. Needs `prefix`, `kms_key_arn`."""
    USE_KEY = "use-key"
    """Encrypt and decrypt with a KMS key."""
    CONSUME_QUEUE = "consume-queue"
    """Receive and delete the messages of an SQS queue. May have `kms_key_arn`."""
    SEND_QUEUE = "send-queue"
    """Send to an SQS queue. May have `kms_key_arn`."""
    PUBLISH_TOPIC = "publish-topic"
    """Publish to an SNS topic. May have `kms_key_arn`."""
    PUBLISH_EVENTS = "publish-events"
    """Put events of one `source` on an EventBridge bus. Needs `source`."""
    PUT_RECORDS = "put-records"
    """Put records into a Firehose stream."""
    READ_SECRET = "read-secret"
    """Read one secret of Secrets Manager. Needs `kms_key_arn`."""
    READ_PARAMETER = "read-parameter"
    """Read one parameter of Parameter Store."""
    USE_TABLE = "use-table"
    """Read and write the items of a DynamoDB table. May have `kms_key_arn`."""
    CONNECT_DATABASE = "connect-database"
    """Sign in as one database user; the ARN is `arn:...:rds-db:...:dbuser:<resource id>/<user>`."""
    CONNECT_CACHE = "connect-cache"
    """Sign in to an ElastiCache replication group or serverless cache as one user. Needs `user_arn`."""
    PULL_IMAGE = "pull-image"
    """Pull from an ECR repository."""
    QUERY_LAKE = "query-lake"
    """Query the tables of one Glue database in an Athena workgroup. Needs `database`; data and results are prefixes."""


class GrantArgs(TypedDict):
    """One thing a workload may do; `kind` tells which fields it needs, others are refused."""

    kind: GrantKind
    """What it may do."""
    resource_arn: pulumi.Input[str]
    """ARN, without wildcards, of the one resource it may do it to."""
    prefix: NotRequired[str]
    """Prefix in a bucket, without wildcards and without slashes at its ends."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the resource."""
    source: NotRequired[str]
    """`source` of the events."""
    user_arn: NotRequired[pulumi.Input[str]]
    """ARN of the ElastiCache user."""
    database: NotRequired[str]
    """Name of the Glue database."""


class IrsaArgs(TypedDict):
    """The OIDC issuer of a cluster whose nodes have no Pod Identity agent, such as Fargate."""

    oidc_provider_arn: pulumi.Input[str]
    """ARN of the IAM OIDC provider of the cluster."""
    issuer_url: pulumi.Input[str]
    """URL of the cluster's issuer, `https://oidc.eks...`."""


class WorkloadIdentityArgs(TypedDict):
    """Inputs of WorkloadIdentity; either `cluster_name` or `irsa`."""

    namespace: str
    """Kubernetes namespace of the service account."""
    service_account: str
    """Name of the one service account that gets the role."""
    grants: Sequence[GrantArgs]
    """What it may do; at least one."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """EKS cluster of the service account, which gets its credentials from Pod Identity."""
    irsa: NotRequired[IrsaArgs]
    """Issuer of the cluster instead, where Pod Identity does not work. Default: Pod Identity."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Policy that the role cannot exceed, whatever it is granted. Default: none."""
    max_session_seconds: NotRequired[int]
    """Seconds that a session may last, 3600 to 43200. Default 3600."""


class WorkloadIdentity(Component):
    """A role that one Kubernetes service account can assume, with an inline policy for each kind of grant."""

    role_arn: pulumi.Output[str]
    """ARN of the role."""
    role_name: pulumi.Output[str]
    """Name of the role."""
    association_id: pulumi.Output[str | None]
    """Id of the Pod Identity association; none with `irsa`."""
    annotations: pulumi.Output[dict[str, str]]
    """Annotations that the service account must have; empty with Pod Identity."""

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        seconds = int(args.get("max_session_seconds", 3600))
        self._validate(args, seconds)
        boundary: dict[str, Any] = {}
        if "permissions_boundary_arn" in args:
            boundary["permissions_boundary"] = args["permissions_boundary_arn"]
        role = aws.iam.Role(
            name,
            assume_role_policy=self._trust(args),
            max_session_duration=seconds,
            tags=self._tags,
            opts=self._child(),
            **boundary,
        )
        wanted = [{**grant, "kind": str(grant["kind"])} for grant in args["grants"]]
        policies = pulumi.Output.all(*map(pulumi.Output.from_input, wanted)).apply(self._policies)
        written = [
            aws.iam.RolePolicy(
                f"{name}-{kind}",
                name=kind,
                role=role.name,
                policy=policies.apply(lambda found, kind=kind: found[kind]),
                opts=self._child(),
            )
            for kind in sorted({grant["kind"] for grant in wanted})
        ]
        association, annotations = None, {}
        if "irsa" in args:
            annotations = {"eks.amazonaws.com/role-arn": role.arn}
        else:
            association = aws.eks.PodIdentityAssociation(
                name,
                cluster_name=args.get("cluster_name", ""),
                namespace=args["namespace"],
                service_account=args["service_account"],
                role_arn=role.arn,
                tags=self._tags,
                # A pod that starts meanwhile has its permissions from the first request on.
                opts=self._child(written),
            )
        self._finish(
            role_arn=role.arn,
            role_name=role.name,
            association_id=association.association_id if association else pulumi.Output.from_input(None),
            annotations=pulumi.Output.from_input(annotations),
        )

    def _trust(self, args: WorkloadIdentityArgs) -> pulumi.Output[str]:
        account = (args["namespace"], args["service_account"])
        if "irsa" in args:
            return pulumi.Output.all(args["irsa"]["oidc_provider_arn"], args["irsa"]["issuer_url"]).apply(
                lambda values: documents.render([irsa_trust(values[0], values[1], *account)])
            )
        return pulumi.Output.all(caller=self._caller(), cluster=args.get("cluster_name")).apply(
            lambda values: documents.render(
                [documents.pod_identity_trust(values["caller"], values["cluster"], *account)]
            )
        )

    def _policies(self, found: Sequence[Mapping[str, str]]) -> dict[str, str]:
        for number, grant in enumerate(found):
            self._refuse(f"grants[{number}]", grants.check_arns(grant))
        return grants.role_policies(found)

    def _validate(self, args: WorkloadIdentityArgs, seconds: int) -> None:
        if ("irsa" in args) == ("cluster_name" in args):
            self._refuse("", ("cluster_name", "and `irsa` exclude each other; allowed: one of them"))
        if not 3600 <= seconds <= 43200:
            self._refuse("", ("max_session_seconds", f"= {seconds}; allowed: 3600 to 43200"))
        for key, longest, more in (("namespace", 63, ""), ("service_account", 253, ".")):
            value = str(args.get(key))
            if not re.fullmatch(rf"[a-z0-9]([a-z0-9{more}-]*[a-z0-9])?", value) or len(value) > longest:
                self._refuse("", (key, f"= {value!r}; allowed: one Kubernetes name of up to {longest} characters"))
        if not args["grants"]:
            self._refuse("", ("grants", "is empty; allowed: at least one grant"))
        for number, grant in enumerate(args["grants"]):
            self._refuse(f"grants[{number}]", grants.check(grant))

    def _refuse(self, where: str, problem: tuple[str, str] | None) -> None:
        if problem:
            path = f"{where}.{problem[0]}" if where else problem[0]
            raise ValueError(f"WorkloadIdentity {self._name!r}: {path} {problem[1]}")


def irsa_trust(provider_arn: str, issuer_url: str, namespace: str, service_account: str) -> documents.Statement:
    """Let the tokens that the cluster issues to one service account assume the role."""
    issuer = issuer_url.removeprefix("https://")
    return documents.federated_trust(provider_arn, issuer, [f"system:serviceaccount:{namespace}:{service_account}"])
