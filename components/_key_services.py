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


def _root(caller: Mapping[str, str]) -> dict[str, str]:
    """The account as principal: its own policies decide who may."""
    return {"AWS": f"arn:{caller['partition']}:iam::{caller['account']}:root"}


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
    """SNS Developer Guide, "Enable compatibility between event sources": EventBridge sends SNS no source account."""
    return [_own("PublishByEvents", "events.amazonaws.com", _DELIVER)]


def _eks(caller: Mapping[str, str]) -> list[documents.Statement]:
    """EKS User Guide, "Encrypt Kubernetes secrets with KMS": CreateCluster does not send kms:GrantIsForAWSResource."""
    actions = [*documents.USE_KEY, "kms:CreateGrant"]
    return [_allow("UseViaEks", _root(caller), actions, StringEquals=_via_condition(caller, "eks"))]


def _scheduler(caller: Mapping[str, str]) -> list[documents.Statement]:
    """EventBridge Scheduler User Guide, "Encryption at rest".

    The execution role decrypts a schedule itself when it runs, so there is no `kms:ViaService`. Scheduler supports no
    grants.
    """
    schedules = f"arn:{caller['partition']}:scheduler:{caller['region']}:{caller['account']}:schedule/*"
    return [
        _allow(
            "UseForSchedules",
            _root(caller),
            _DELIVER,
            StringEquals={"kms:CallerAccount": caller["account"]},
            ArnLike={"kms:EncryptionContext:aws:scheduler:schedule:arn": schedules},
        ),
        _allow(
            "DescribeViaScheduler",
            _root(caller),
            ["kms:DescribeKey"],
            StringEquals=_via_condition(caller, "scheduler"),
        ),
    ]


def _logs(caller: Mapping[str, str]) -> list[documents.Statement]:
    groups = f"arn:{caller['partition']}:logs:{caller['region']}:{caller['account']}:log-group:*"
    service = f"logs.{caller['region']}.amazonaws.com"
    return [_own("UseByLogs", service, documents.USE_KEY, ArnLike={"kms:EncryptionContext:aws:logs:arn": groups})]


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
        account = {"kms:CallerAccount": caller["account"]}
        # The role's own policies do not name keys, so the account as principal would not be enough; and the role
        # can be a principal only once it exists.
        return _by_principals(caller, name, {"AWS": "*"}, ArnLike=acting, StringEquals=account)

    return statements


def _on_behalf(service: str, name: str) -> _Statements:
    """A service that publishes or delivers as itself and names the account that it acts for."""

    def statements(caller: Mapping[str, str]) -> list[documents.Statement]:
        account = {"aws:SourceAccount": caller["account"]}
        return [_own(f"UseBy{name}", f"{service}.amazonaws.com", _DELIVER, StringEquals=account)]

    return statements


def _via(service: str, name: str) -> _Statements:
    """A service that uses the key with the permissions of its caller."""

    def statements(caller: Mapping[str, str]) -> list[documents.Statement]:
        return _by_principals(caller, name, StringEquals=_via_condition(caller, service))

    return statements


def _via_condition(caller: Mapping[str, str], service: str) -> dict[str, object]:
    names = [f"{one}.{caller['region']}.amazonaws.com" for one in _VIA_NAMES.get(service, (service,))]
    return {"kms:ViaService": names if len(names) > 1 else names[0], "kms:CallerAccount": caller["account"]}


def _by_principals(
    caller: Mapping[str, str], name: str, principal: Mapping[str, str] | None = None, **conditions: Mapping[str, object]
) -> list[documents.Statement]:
    acting = principal or _root(caller)
    return [
        _allow(f"UseVia{name}", acting, documents.USE_KEY, **conditions),
        _allow(f"GrantVia{name}", acting, ["kms:CreateGrant"], **conditions, **_FOR_AWS),
    ]


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
    **{
        service: _via(service, name)
        for service, name in {
            "athena": "Athena",
            "backup": "Backup",
            "dynamodb": "DynamoDb",
            "ec2": "Ec2",
            "ecr": "Ecr",
            "elasticache": "ElastiCache",
            "firehose": "Firehose",
            "glue": "Glue",
            "lambda": "Lambda",
            "rds": "Rds",
            "s3": "S3",
            "secretsmanager": "SecretsManager",
            "sns": "Sns",
            "sqs": "Sqs",
            "ssm": "Ssm",
        }.items()
    },
}
"""Name of a service, or of one use of it, to the statements that let it use a key of this account and region."""
