"""Policy documents as plain data: strings in, statements out, no resources.

A statement is the JSON object of the IAM policy grammar (version 2012-10-17). Components render a list of
statements with `render` once the values are known.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Statement = dict[str, Any]

USE_KEY = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
"""Every use of a key's material."""
ADMINISTER_KEY = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:Delete*",
    "kms:Disable*",
    "kms:Enable*",
    "kms:Put*",
    "kms:Revoke*",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:Update*",
]
"""Everything an owner of a key needs except to read its metadata and to use its material."""
READ_KEY_METADATA = ["kms:Describe*", "kms:Get*", "kms:List*"]
"""What AWS managed keys let every principal of the account do whose own policies allow it (KMS Developer Guide, "AWS
managed keys"); services read the metadata of a key with the permissions of their callers."""


def render(statements: Sequence[Statement]) -> str:
    """The policy document that holds `statements`, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


SENDS_SOURCE_ACCOUNT = frozenset(
    f"{service}.amazonaws.com"
    for service in (
        "backup",  # no page; used in practice by public modules
        "codebuild",  # CodeBuild User Guide, "Allow CodeBuild to interact with other AWS services"
        "ecs-tasks",  # ECS Developer Guide, "Task IAM role", trust policy
        "monitoring.rds",  # RDS User Guide, "Preventing cross-service confused deputy problems", enhanced monitoring
        "pods.eks",  # EKS User Guide, "Grant Pods access to AWS resources", trust policy conditions
        "s3",  # S3 User Guide, "Setting up permissions for live replication"
        "scheduler",  # EventBridge Scheduler User Guide, "Confused deputy prevention"
        "vpc-flow-logs",  # VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs"
    )
)
"""Services that send `aws:SourceAccount` when they assume a role.

CloudTrail documents that its role policy does not support the key (CloudTrail User Guide, "Role policy document for
CloudTrail to use CloudWatch Logs"); EC2, EKS and ECR document trust policies without it.
"""


def trust(service: str, account: str) -> Statement:
    """Let an AWS service assume a role, on behalf of this account only if the service says for which it acts."""
    if service not in SENDS_SOURCE_ACCOUNT:
        return service_trust(service)
    return {**service_trust(service), "Condition": {"StringEquals": {"aws:SourceAccount": account}}}


def allow(actions: Sequence[str], resource: str | Sequence[str], **condition: Any) -> Statement:
    """Let whoever holds the policy do `actions` on one resource or several; conditions by operator."""
    found: Statement = {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": resource if isinstance(resource, str) else list(resource),
    }
    return {**found, "Condition": condition} if condition else found


def deny_plain(action: str | list[str], resource: str | list[str]) -> Statement:
    """Refuse to everybody what is asked for without TLS."""
    return {
        "Sid": "DenyPlainTransport",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def read_prefix(bucket_arn: str, key_arn: str, prefix: str) -> list[Statement]:
    """What a consumer needs to list and read `prefix`, decryption included."""
    return [
        *_read_objects(bucket_arn, prefix),
        {
            "Sid": "Decrypt",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey"],
            "Resource": key_arn,
        },
    ]


def share_prefix(bucket_arn: str, prefix: str, roles: Sequence[str]) -> list[Statement]:
    """Let roles of other accounts, named by ARNs or ARN patterns, list and read `prefix`; for a bucket's policy."""
    return [
        {
            **statement,
            "Sid": f"{statement['Sid']}Of{account}{re.sub(r'[^0-9A-Za-z]', '', prefix)}",
            "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
            "Condition": {**statement.get("Condition", {}), "ArnLike": {"aws:PrincipalArn": patterns}},
        }
        for (partition, account), patterns in by_account(roles).items()
        for statement in _read_objects(bucket_arn, prefix)
    ]


def by_account(roles: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Partition and account of roles, given by ARNs or ARN patterns, to the roles."""
    found: dict[tuple[str, str], list[str]] = {}
    for role in roles:
        _, partition, _, _, account, _ = role.split(":", 5)
        found.setdefault((partition, account), []).append(role)
    return found


def write_prefix(bucket_arn: str, key_arn: str, prefix: str) -> list[Statement]:
    """What a producer needs to write below `prefix`; multipart uploads also need to decrypt."""
    return [
        _list_prefix(bucket_arn, prefix),
        {
            "Sid": "WriteObjects",
            "Effect": "Allow",
            "Action": [
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
                "s3:PutObjectTagging",
            ],
            "Resource": f"{bucket_arn}/{prefix}/*",
        },
        {
            "Sid": "Encrypt",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            "Resource": key_arn,
        },
    ]


def _read_objects(bucket_arn: str, prefix: str) -> list[Statement]:
    return [
        _list_prefix(bucket_arn, prefix),
        {
            "Sid": "ReadObjects",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion"],
            "Resource": f"{bucket_arn}/{prefix}/*",
        },
    ]


def _list_prefix(bucket_arn: str, prefix: str) -> Statement:
    return {
        "Sid": "ListPrefix",
        "Effect": "Allow",
        "Action": ["s3:ListBucket", "s3:ListBucketVersions"],
        "Resource": bucket_arn,
        # With the slash: S3 lists by how a key begins, and `models` begins `models-secret/` too.
        "Condition": {"StringLike": {"s3:prefix": f"{prefix}/*"}},
    }


def federated_trust(provider_arn: str, issuer: str, subjects: Sequence[str]) -> Statement:
    """Let tokens of an OIDC issuer, made for STS and for exactly these subjects, assume a role."""
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": list(subjects)}},
    }


def joined(groups: Iterable[Sequence[Statement]]) -> list[Statement]:
    """The statements of several grants for one document: each once, and without `Sid`, which must be unique."""
    found: list[Statement] = []
    for statement in (one for group in groups for one in group):
        plain = {key: value for key, value in statement.items() if key != "Sid"}
        if plain not in found:
            found.append(plain)
    return found


def pod_identity_trust(caller: Mapping[str, str], cluster: str, namespace: str, service_account: str) -> Statement:
    """Let Pod Identity of one cluster assume the role for one service account."""
    statement = trust("pods.eks.amazonaws.com", caller["account"])
    statement["Action"] = ["sts:AssumeRole", "sts:TagSession"]
    statement["Condition"]["StringEquals"] |= {
        "aws:SourceArn": f"arn:{caller['partition']}:eks:{caller['region']}:{caller['account']}:cluster/{cluster}",
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": service_account,
    }
    return statement


def service_trust(service: str) -> Statement:
    """Let a service assume a role, whichever account it acts for."""
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
