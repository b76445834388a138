"""What is watched for: patterns over CloudTrail events, rules of AWS Config, standards and GuardDuty's features."""

from collections.abc import Mapping

from components._documents import Statement


def _events(*names: str) -> str:
    return " || ".join(f"($.eventName = {name})" for name in names)


def _of(source: str, *names: str) -> str:
    return f"{{ ($.eventSource = {source}.amazonaws.com) && ({_events(*names)}) }}"


TRAIL_PATTERNS = {
    "unauthorised-calls": '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    "console-without-mfa": '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && '
    '($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    "root-use": '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && '
    '$.eventType != "AwsServiceEvent" }',
    "iam-policy-changes": _of(
        "iam",
        "AttachGroupPolicy",
        "AttachRolePolicy",
        "AttachUserPolicy",
        "CreatePolicy",
        "CreatePolicyVersion",
        "DeleteGroupPolicy",
        "DeletePolicy",
        "DeletePolicyVersion",
        "DeleteRolePolicy",
        "DeleteUserPolicy",
        "DetachGroupPolicy",
        "DetachRolePolicy",
        "DetachUserPolicy",
        "PutGroupPolicy",
        "PutRolePolicy",
        "PutUserPolicy",
    ),
    "trail-changes": _of(
        "cloudtrail",
        "CreateTrail",
        "DeleteTrail",
        "PutEventSelectors",
        "PutInsightSelectors",
        "StartLogging",
        "StopLogging",
        "UpdateTrail",
    ),
    # What a deployment may have to do, and an intruder does first; what only the latter does, the boundary denies.
    "detection-changes": "{ "
    + _events(
        "BatchDisableStandards",
        "CreateFilter",
        "DeleteAlarms",
        "DeleteDetector",
        "DeleteLogGroup",
        "DeleteRule",
        "DeleteTopic",
        "DisableSecurityHub",
        "PutAccountPublicAccessBlock",
        "PutKeyPolicy",
        "PutRetentionPolicy",
        "RemoveTargets",
        "SetTopicAttributes",
        "Unsubscribe",
        "UpdateDetector",
    )
    + " }",
    "console-failures": '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
    "key-deletion": _of("kms", "DisableKey", "ScheduleKeyDeletion"),
    "bucket-policy-changes": _of(
        "s3",
        "DeleteBucketCors",
        "DeleteBucketLifecycle",
        "DeleteBucketPolicy",
        "DeleteBucketReplication",
        "PutBucketAcl",
        "PutBucketCors",
        "PutBucketLifecycle",
        "PutBucketPolicy",
        "PutBucketReplication",
    ),
    "config-changes": _of(
        "config", "DeleteDeliveryChannel", "PutConfigurationRecorder", "PutDeliveryChannel", "StopConfigurationRecorder"
    ),
    "security-group-changes": _of(
        "ec2",
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateSecurityGroup",
        "DeleteSecurityGroup",
        "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
    ),
    "network-acl-changes": _of(
        "ec2",
        "CreateNetworkAcl",
        "CreateNetworkAclEntry",
        "DeleteNetworkAcl",
        "DeleteNetworkAclEntry",
        "ReplaceNetworkAclAssociation",
        "ReplaceNetworkAclEntry",
    ),
    "gateway-changes": _of(
        "ec2",
        "AttachInternetGateway",
        "CreateCustomerGateway",
        "CreateInternetGateway",
        "DeleteCustomerGateway",
        "DeleteInternetGateway",
        "DetachInternetGateway",
    ),
    "route-table-changes": _of(
        "ec2",
        "CreateRoute",
        "CreateRouteTable",
        "DeleteRoute",
        "DeleteRouteTable",
        "DisassociateRouteTable",
        "ReplaceRoute",
        "ReplaceRouteTableAssociation",
    ),
    "vpc-changes": _of(
        "ec2",
        "AcceptVpcPeeringConnection",
        "CreateVpc",
        "CreateVpcPeeringConnection",
        "DeleteVpc",
        "DeleteVpcPeeringConnection",
        "ModifyVpcAttribute",
        "RejectVpcPeeringConnection",
    ),
    "organisation-changes": _of(
        "organizations",
        "AttachPolicy",
        "CreateAccount",
        "DeleteOrganization",
        "DetachPolicy",
        "DisablePolicyType",
        "LeaveOrganization",
        "MoveAccount",
        "RemoveAccountFromOrganization",
        "UpdatePolicy",
    ),
}
"""Alarm to the CloudWatch Logs pattern of the events it is about: section 4 of CIS AWS Foundations, version 3.0, and
`detection-changes`."""

FEATURES = (
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
)
"""Features of GuardDuty that are charged apart. GuardDuty turns most of them on unless it is told not to."""

STANDARDS = ("aws-foundational-security-best-practices/v/1.0.0", "cis-aws-foundations-benchmark/v/3.0.0")

CONFIG_RULES = (
    "CLOUD_TRAIL_ENABLED",
    "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
    "CMK_BACKING_KEY_ROTATION_ENABLED",
    "EC2_IMDSV2_CHECK",
    "EKS_CLUSTER_SECRETS_ENCRYPTED",
    "EKS_ENDPOINT_NO_PUBLIC_ACCESS",
    "ENCRYPTED_VOLUMES",
    "INCOMING_SSH_DISABLED",
    "RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
    "RDS_STORAGE_ENCRYPTED",
    "ROOT_ACCOUNT_MFA_ENABLED",
    "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
    "S3_BUCKET_SSL_REQUESTS_ONLY",
    "VPC_FLOW_LOGS_ENABLED",
)
"""Managed rules without parameters, by their identifiers."""


def config_delivery(bucket_arn: str, caller: Mapping[str, str]) -> list[Statement]:
    """Let AWS Config of this account check the bucket and write below the account's prefix.

    With its service-linked role AWS Config delivers as the service, and the key's policy must let it (AWS Config
    Developer Guide, "Permissions for the KMS Key for the AWS Config Delivery Channel").
    """
    service = {"Effect": "Allow", "Principal": {"Service": "config.amazonaws.com"}}
    source = {"aws:SourceAccount": caller["account"]}
    return [
        {
            "Sid": "CheckBucket",
            **service,
            "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
            "Resource": bucket_arn,
            "Condition": {"StringEquals": source},
        },
        {
            "Sid": "WriteConfiguration",
            **service,
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{caller['account']}/Config/*",
            "Condition": {"StringEquals": {**source, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]


def findings(severity: int) -> dict:
    """The pattern of GuardDuty's findings of at least a severity."""
    return {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", severity]}]},
    }
