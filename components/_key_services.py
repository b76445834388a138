"""How each AWS service may use a customer-managed key: statements of a key policy, as plain data.

A service acts in one of three ways. Some call KMS by their own name, on behalf of a resource of this account. Most
call it with the rights of whoever uses the service, who then needs the grant in a policy of their own as well. EC2
Auto Scaling acts as its service-linked role.
"""

from collections.abc import Callable, Mapping

from components import _documents as documents

_FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def _own(sid: str, service: str, actions: list[str], **conditions: Mapping[str, object]) -> documents.Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": actions,
        "Resource": "*",
        "Condition": conditions,
    }


def _cloudtrail(caller: Mapping[str, str]) -> list[documents.Statement]:
    account = {"StringEquals": {"aws:SourceAccount": caller["account"]}}
    trails = f"arn:{caller['partition']}:cloudtrail:*:{caller['account']}:trail/*"
    encrypting = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}}
    service = "cloudtrail.amazonaws.com"
    return [
        _own("UseByCloudTrail", service, ["kms:GenerateDataKey*"], **account, **encrypting),
        # Only encryption has an encryption context.
        _own("DescribeToCloudTrail", service, ["kms:DescribeKey"], **account),
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


def _autoscaling(caller: Mapping[str, str]) -> list[documents.Statement]:
    role = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling*"
    acting = {"aws:PrincipalArn": f"arn:{caller['partition']}:iam::{caller['account']}:role/{role}"}
    account = {"kms:CallerAccount": caller["account"]}
    # Nothing in the role's own policies speaks of keys, so that naming the account, which leaves it to them, would
    # not do; and the role itself can be named as a principal only once it is there.
    everyone = {"AWS": "*"}
    return _by_principals(caller, "AutoScaling", everyone, ArnLike=acting, StringEquals=account)


def _on_behalf(service: str, name: str) -> Callable[[Mapping[str, str]], list[documents.Statement]]:
    """A service that publishes or delivers by its own name."""

    def statements(caller: Mapping[str, str]) -> list[documents.Statement]:
        actions = ["kms:Decrypt", "kms:GenerateDataKey*"]
        account = {"aws:SourceAccount": caller["account"]}
        return [_own(f"UseBy{name}", f"{service}.amazonaws.com", actions, StringEquals=account)]

    return statements


def _via(service: str, name: str) -> Callable[[Mapping[str, str]], list[documents.Statement]]:
    """A service that uses the key with the rights of who uses the service."""

    def statements(caller: Mapping[str, str]) -> list[documents.Statement]:
        via = {"kms:ViaService": f"{service}.{caller['region']}.amazonaws.com"}
        return _by_principals(caller, name, StringEquals={**via, "kms:CallerAccount": caller["account"]})

    return statements


def _by_principals(
    caller: Mapping[str, str], name: str, principal: Mapping[str, str] | None = None, **conditions: Mapping[str, object]
) -> list[documents.Statement]:
    root = {"AWS": f"arn:{caller['partition']}:iam::{caller['account']}:root"}
    allow = {"Effect": "Allow", "Principal": principal or root, "Resource": "*"}
    return [
        {"Sid": f"UseVia{name}", **allow, "Action": documents.USE_KEY, "Condition": conditions},
        {"Sid": f"GrantVia{name}", **allow, "Action": ["kms:CreateGrant"], "Condition": {**conditions, **_FOR_AWS}},
    ]


SERVICE_STATEMENTS: dict[str, Callable[[Mapping[str, str]], list[documents.Statement]]] = {
    "cloudfront": _cloudfront,
    "cloudtrail": _cloudtrail,
    "autoscaling": _autoscaling,
    "logs": _logs,
    **{
        service: _on_behalf(service, name)
        for service, name in {
            "budgets": "Budgets",
            "cloudwatch": "CloudWatch",
            "config": "Config",
            "costalerts": "CostAlerts",
            "events": "Events",
        }.items()
    },
    # Whoever publishes uses the key of the topic (`sns`); the topic itself uses that of a queue it delivers to.
    "sns-delivery": _on_behalf("sns", "SnsDelivery"),
    **{
        service: _via(service, name)
        for service, name in {
            "athena": "Athena",
            "backup": "Backup",
            "dynamodb": "DynamoDb",
            "ec2": "Ec2",
            "ecr": "Ecr",
            "eks": "Eks",
            "elasticache": "ElastiCache",
            "firehose": "Firehose",
            "glue": "Glue",
            "lambda": "Lambda",
            "rds": "Rds",
            "s3": "S3",
            "scheduler": "Scheduler",
            "secretsmanager": "SecretsManager",
            "sns": "Sns",
            "sqs": "Sqs",
            "ssm": "Ssm",
        }.items()
    },
}
"""Service to the statements that let it use a key for resources of this account, in this region."""
