"""How each AWS service uses a customer managed key: statements of a key policy, as plain data.

A service acts in one of three ways. Some call KMS as themselves, for a resource of this account. Most call KMS with
the permissions of the caller of the service, whose own policy must then allow it as well. EC2 Auto Scaling and EC2 Spot
act as their service-linked roles.

Each service sends its own condition keys. A condition on a key that the service does not send never matches, so every
builder follows the key policy that AWS documents for that service; the page is named beside it.
"""

from collections.abc import Callable, Mapping

from components import _documents as documents

_Statements = Callable[[Mapping[str, str]], list[documents.Statement]]
_FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
_DELIVER = ["kms:Decrypt", "kms:GenerateDataKey*"]
_VIA_NAMES = {"elasticache": ("elasticache", "dax")}
"""Service to the names in `kms:ViaService`, where they differ from its own (KMS Developer Guide, kms:ViaService)."""


def _allow(sid: str, principal: Mapping[str, str], actions: list[str], **conditions: object) -> documents.Statement:
    return {"Sid": sid, "Principal": principal, **documents.allow(actions, "*", **conditions)}


def _own(sid: str, service: str, actions: list[str], **conditions: object) -> documents.Statement:
    return _allow(sid, {"Service": service}, actions, **conditions)


def _by_account(sid: str, caller: Mapping[str, str], actions: list[str], **conditions: object) -> documents.Statement:
    """What principals of the account may do whose own policies allow it as well."""
    return _allow(sid, {"AWS": f"arn:{caller['partition']}:iam::{caller['account']}:root"}, actions, **conditions)


def _cloudtrail(caller: Mapping[str, str]) -> list[documents.Statement]:
    """CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail".

    A trail into a bucket with an S3 Bucket Key needs `kms:Decrypt`. S3 then encrypts under the bucket's ARN instead of
    the trail's, so the condition is on the trail as the source and not on the encryption context.
    """
    trails = {"aws:SourceArn": f"arn:{caller['partition']}:cloudtrail:*:{caller['account']}:trail/*"}
    return [_own("UseByCloudTrail", "cloudtrail.amazonaws.com", [*_DELIVER, "kms:DescribeKey"], ArnLike=trails)]


def _events(caller: Mapping[str, str]) -> list[documents.Statement]:
    """EventBridge User Guide, "Encrypting event buses" and "Encrypting archives" with customer managed keys."""
    buses = f"arn:{caller['partition']}:events:*:{caller['account']}:event-bus/*"
    service = "events.amazonaws.com"
    return [
        # EventBridge validates the key without any condition key.
        _own("DescribeToEvents", service, ["kms:DescribeKey"]),
        _own(
            "UseByEvents",
            service,
            [*_DELIVER, "kms:ReEncrypt*"],
            ArnLike={"kms:EncryptionContext:aws:events:event-bus:arn": buses},
        ),
    ]


def _events_topics(caller: Mapping[str, str]) -> list[documents.Statement]:
    """SNS Developer Guide, "Setting up Amazon SNS topic encryption with server-side encryption".

    EventBridge sends SNS neither source account nor source ARN; SNS encrypts in the context of the topic.
    """
    topics = f"arn:{caller['partition']}:sns:{caller['region']}:{caller['account']}:*"
    context = {"kms:EncryptionContext:aws:sns:topicArn": topics}
    return [_own("PublishByEvents", "events.amazonaws.com", _DELIVER, ArnLike=context)]


def _eks(caller: Mapping[str, str]) -> list[documents.Statement]:
    """EKS User Guide, "Encrypt Kubernetes secrets with KMS": CreateCluster does not send kms:GrantIsForAWSResource."""
    return [_by_account("GrantViaEks", caller, ["kms:CreateGrant"], StringEquals=_through(caller, "eks"))]


def _scheduler(caller: Mapping[str, str]) -> list[documents.Statement]:
    """EventBridge Scheduler User Guide, "Encryption at rest".

    The execution role decrypts a schedule itself when it runs, so there is no `kms:ViaService`. Scheduler supports no
    grants.
    """
    schedules = f"arn:{caller['partition']}:scheduler:{caller['region']}:{caller['account']}:schedule/*"
    context = {"kms:EncryptionContext:aws:scheduler:schedule:arn": schedules}
    return [_by_account("UseForSchedules", caller, _DELIVER, ArnLike=context)]


def _logs(caller: Mapping[str, str]) -> list[documents.Statement]:
    groups = f"arn:{caller['partition']}:logs:{caller['region']}:{caller['account']}:log-group:*"
    service = f"logs.{caller['region']}.amazonaws.com"
    return [
        _own(
            "UseByLogs",
            service,
            ["kms:DescribeKey", *documents.USE_KEY],
            ArnLike={"kms:EncryptionContext:aws:logs:arn": groups},
        )
    ]


def _cloudfront(caller: Mapping[str, str]) -> list[documents.Statement]:
    distributions = f"arn:{caller['partition']}:cloudfront::{caller['account']}:distribution/*"
    return [
        _own("ReadByCloudFront", "cloudfront.amazonaws.com", ["kms:Decrypt"], ArnLike={"aws:SourceArn": distributions})
    ]


def _linked_role(service: str, role: str, name: str) -> _Statements:
    """A service that launches instances as its service-linked role.

    EC2 Auto Scaling User Guide, "Required AWS KMS key policy for use with encrypted volumes"; EC2 User Guide,
    "Service-linked role for Spot Instance requests".
    """

    def statements(caller: Mapping[str, str]) -> list[documents.Statement]:
        path = f"role/aws-service-role/{service}.amazonaws.com/{role}"
        acting = {"aws:PrincipalArn": f"arn:{caller['partition']}:iam::{caller['account']}:{path}"}
        # The role's own policies do not name keys, so the account as principal would not be enough; and the role
        # can be a principal only once it exists.
        every = {"AWS": "*"}
        return [
            _allow(f"UseBy{name}", every, ["kms:DescribeKey", *documents.USE_KEY], ArnLike=acting),
            _allow(f"GrantBy{name}", every, ["kms:CreateGrant"], ArnLike=acting, **_FOR_AWS),
        ]

    return statements


def _on_behalf(service: str, name: str) -> _Statements:
    """A service that publishes or delivers as itself and names the account that it acts for."""

    def statements(caller: Mapping[str, str]) -> list[documents.Statement]:
        account = {"aws:SourceAccount": caller["account"]}
        return [_own(f"UseBy{name}", f"{service}.amazonaws.com", _DELIVER, StringEquals=account)]

    return statements


def _via(service: str, name: str, use: list[str], grant: bool = False) -> _Statements:
    """A service that uses the key with the permissions of its caller.

    Args:
        service: Name of the service.
        name: The same for a statement's id.
        use: What AWS's documents ask for, besides the key's metadata, which the account may always read.
        grant: Whether the service creates grants for its resources.
    """

    def statements(caller: Mapping[str, str]) -> list[documents.Statement]:
        through = _through(caller, service)
        grants = _by_account(f"GrantVia{name}", caller, ["kms:CreateGrant"], StringEquals=through, **_FOR_AWS)
        uses = _by_account(f"UseVia{name}", caller, use, StringEquals=through)
        return [*([uses] if use else []), *([grants] if grant else [])]

    return statements


def _through(caller: Mapping[str, str], service: str) -> dict[str, object]:
    names = [f"{one}.{caller['region']}.amazonaws.com" for one in _VIA_NAMES.get(service, (service,))]
    return {"kms:ViaService": names if len(names) > 1 else names[0]}


SERVICE_STATEMENTS: dict[str, _Statements] = {
    "cloudfront": _cloudfront,
    "cloudtrail": _cloudtrail,
    "autoscaling": _linked_role("autoscaling", "AWSServiceRoleForAutoScaling*", "AutoScaling"),
    "eks": _eks,
    "events": _events,
    # The keys of topics and queues that rules of EventBridge deliver to.
    "events-topics": _events_topics,
    "events-queues": _on_behalf("events", "EventsQueues"),
    "scheduler": _scheduler,
    "spot": _linked_role("spot", "AWSServiceRoleForEC2Spot", "Spot"),
    "logs": _logs,
    **{
        service: _on_behalf(service, name)
        for service, name in {
            "budgets": "Budgets",
            "cloudwatch": "CloudWatch",
            "config": "Config",
            "costalerts": "CostAlerts",
        }.items()
    },
    # The publisher uses the key of the topic (`sns`); the topic uses the key of a queue that it delivers to.
    "sns-delivery": _on_behalf("sns", "SnsDelivery"),
    # Athena User Guide, "Encryption at rest", permissions to encrypted data in Amazon S3.
    "athena": _via("athena", "Athena", _DELIVER),
    # AWS Backup Developer Guide, "Backup vault creation and deletion", required permissions.
    "backup": _via("backup", "Backup", _DELIVER, grant=True),
    # DynamoDB Developer Guide, "Encryption at rest usage notes".
    "dynamodb": _via("dynamodb", "DynamoDb", documents.USE_KEY, grant=True),
    # EBS User Guide, "Requirements for Amazon EBS encryption".
    "ec2": _via("ec2", "Ec2", ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"], grant=True),
    # ECR User Guide, "Encryption at rest", required IAM permissions.
    "ecr": _via("ecr", "Ecr", [], grant=True),
    # ElastiCache User Guide, "At-rest encryption": it names grants, and is silent about other uses.
    "elasticache": _via("elasticache", "ElastiCache", _DELIVER, grant=True),
    # Firehose API Reference, "DeliveryStreamEncryptionConfigurationInput".
    "firehose": _via("firehose", "Firehose", [], grant=True),
    # Glue User Guide, "Setting up encryption in AWS Glue".
    "glue": _via("glue", "Glue", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]),
    # Lambda Developer Guide, "Securing environment variables".
    "lambda": _via("lambda", "Lambda", ["kms:Decrypt", "kms:Encrypt"], grant=True),
    # RDS User Guide, "AWS KMS key management".
    "rds": _via("rds", "Rds", _DELIVER, grant=True),
    # S3 User Guide, "Using server-side encryption with AWS KMS keys".
    "s3": _via("s3", "S3", _DELIVER),
    # Secrets Manager User Guide, "Secret encryption and decryption".
    "secretsmanager": _via("secretsmanager", "SecretsManager", _DELIVER),
    # SNS and SQS Developer Guides, "Key management": publishers and producers.
    "sns": _via("sns", "Sns", _DELIVER),
    "sqs": _via("sqs", "Sqs", _DELIVER),
    # Systems Manager User Guide, "AWS KMS encryption for Parameter Store SecureString parameters".
    "ssm": _via("ssm", "Ssm", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]),
}
"""Name of a service, or of one use of it, to the statements that let it use a key of this account and region."""
