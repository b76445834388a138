"""What AWS writes down: trails, logs, configuration, captures, and who assumes a role for it."""

import json
from typing import Any

from sandbox.aws.contract.row import Call, Row
from sandbox.aws.contract.rows._parts import DATA_KEYS, GUIDE, RE_ENCRYPT, SOURCES, assume, sourced
from sandbox.values import Properties

_TRAIL = "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}"
_BUCKET = "{s3BucketName|bucket}"
_CLOUDTRAIL, _CONFIG = "service cloudtrail.amazonaws.com", "service config.amazonaws.com"
_OWNED = {"s3:x-amz-acl": "bucket-owner-full-control"}
_GROUP = "arn:{partition}:logs:{region}:{account}:log-group:{name}"
_LOGS = "kms:EncryptionContext:aws:logs:arn"
_TRAIL_GUIDE = f"{GUIDE}/awscloudtrail/latest/userguide"
_CAPTURES = "{extendedS3Configuration.bucketArn}"
_DELIVERY = "service delivery.logs.amazonaws.com"
_DESTINATION = "{deliveryDestinationConfiguration.destinationResourceArn|of:s3}"
_SOURCE = "arn:{partition}:logs:{region}:{account}:delivery-source:one"
_EACH = (("aws:SourceAccount",), ("aws:SourceArn",))
_DELIVERER = "role {extendedS3Configuration.roleArn}"


def _container(values: Properties) -> Any:
    return json.loads(values.get("containerProperties") or "{}")


ROWS = (
    Row(
        "aws:cloudtrail/trail:Trail",
        "CreateTrail",
        (
            Call(_CLOUDTRAIL, ("s3:GetBucketAcl",), _BUCKET, {"aws:SourceArn": _TRAIL}, (("aws:SourceArn",),)),
            Call(
                _CLOUDTRAIL,
                ("s3:PutObject",),
                f"{_BUCKET}/AWSLogs/{{account}}/CloudTrail/{{region}}/2026/01/01/one.json.gz",
                {"aws:SourceArn": _TRAIL, **_OWNED},
                (("aws:SourceArn",), ("s3:x-amz-acl",)),
            ),
        ),
        (f"{_TRAIL_GUIDE}/create-s3-bucket-policy-for-cloudtrail.html",),
        "InsufficientS3BucketPolicyException",
    ),
    Row(
        "aws:cloudtrail/trail:Trail",
        "CreateTrail",
        (
            Call(
                _CLOUDTRAIL,
                (*DATA_KEYS, "kms:DescribeKey"),
                "{kmsKeyId}",
                {"aws:SourceArn": _TRAIL, "kms:EncryptionContext:aws:cloudtrail:arn": _TRAIL},
                (("aws:SourceArn", "kms:EncryptionContext:aws:cloudtrail:arn"),),
                # With an S3 Bucket Key, S3 encrypts in the context of the bucket.
                when="{s3BucketName|bucket|no-bucket-key}",
            ),
            Call(
                _CLOUDTRAIL,
                ("kms:Decrypt", *DATA_KEYS, "kms:DescribeKey"),
                "{kmsKeyId}",
                {"aws:SourceArn": _TRAIL, "kms:EncryptionContext:aws:s3:arn": _BUCKET},
                (("aws:SourceArn",),),
                when="{s3BucketName|bucket|bucket-key}",
            ),
        ),
        (
            f"{_TRAIL_GUIDE}/create-kms-key-policy-for-cloudtrail.html",
            f"{GUIDE}/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context",
        ),
        "InsufficientEncryptionPolicyException",
    ),
    Row(
        "aws:cloudtrail/trail:Trail",
        "CreateTrail",
        (
            # "The role policy doesn't support the use of aws:SourceArn and aws:SourceAccount."
            Call(_CLOUDTRAIL, ("sts:AssumeRole",), "{cloudWatchLogsRoleArn}", without=SOURCES[0]),
            Call(
                "role {cloudWatchLogsRoleArn}",
                ("logs:CreateLogStream", "logs:PutLogEvents"),
                "{cloudWatchLogsGroupArn|without-end}:log-stream:{account}_CloudTrail_{region}",
            ),
        ),
        (f"{_TRAIL_GUIDE}/cloudtrail-required-policy-for-cloudwatch-logs.html", f"{_TRAIL_GUIDE}/cw_role_policy.html"),
        "InvalidCloudWatchLogsRoleArnException: Access denied. Check the trust relationships for your role",
    ),
    Row(
        "aws:cloudwatch/logGroup:LogGroup",
        "CreateLogGroup",
        (
            Call(
                "service logs.{region}.amazonaws.com",
                ("kms:Encrypt", "kms:Decrypt", *RE_ENCRYPT, *DATA_KEYS, "kms:DescribeKey"),
                "{kmsKeyId}",
                {_LOGS: _GROUP},
                ((_LOGS,),),
            ),
        ),
        (f"{GUIDE}/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",),
        "InvalidParameterException: The specified KMS key does not exist or is not allowed to be used",
    ),
    Row(
        "aws:cfg/deliveryChannel:DeliveryChannel",
        "PutDeliveryChannel",
        (
            Call(_CONFIG, ("s3:GetBucketAcl", "s3:ListBucket"), _BUCKET, {"aws:SourceAccount": "{account}"}, SOURCES),
            Call(
                _CONFIG,
                ("s3:PutObject",),
                f"{_BUCKET}/AWSLogs/{{account}}/Config/ConfigWritabilityCheckFile",
                {"aws:SourceAccount": "{account}", **_OWNED},
                (*SOURCES, ("s3:x-amz-acl",)),
            ),
            Call(
                _CONFIG,
                ("kms:Decrypt", "kms:GenerateDataKey"),
                "{s3KmsKeyArn}",
                {"aws:SourceAccount": "{account}"},
                SOURCES,
            ),
        ),
        (
            f"{GUIDE}/config/latest/developerguide/s3-bucket-policy.html",
            f"{GUIDE}/config/latest/developerguide/s3-kms-key-policy.html",
        ),
        "InsufficientDeliveryPolicyException",
    ),
    Row(
        "aws:s3/bucketLogging:BucketLogging",
        "PutBucketLogging",
        (
            Call(
                "service logging.s3.amazonaws.com",
                ("s3:PutObject",),
                "{targetBucket|bucket}/{targetPrefix}2026-01-01-00-00-00-one",
                {"aws:SourceAccount": "{account}", "aws:SourceArn": "{bucket|bucket}"},
                (("aws:SourceAccount", "aws:SourceArn"),),
            ),
        ),
        (
            f"{GUIDE}/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general",
        ),
    ),
    Row(
        "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
        "PutDeliveryDestination",
        (
            Call(
                _DELIVERY,
                ("s3:GetBucketAcl", "s3:ListBucket"),
                _DESTINATION,
                sourced(_SOURCE),
                _EACH,
            ),
            Call(
                _DELIVERY,
                ("s3:PutObject",),
                f"{_DESTINATION}/AWSLogs/{{account}}/CloudFront/one",
                {**sourced(_SOURCE), **_OWNED},
                (*_EACH, ("s3:x-amz-acl",)),
            ),
        ),
        (
            f"{GUIDE}/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html",
            f"{GUIDE}/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html",
        ),
    ),
    Row(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "CreateDeliveryStream",
        (
            assume(
                "firehose",
                "{extendedS3Configuration.roleArn}",
                {"sts:ExternalId": "{account}"},
                ("sts:ExternalId",),
            ),
            Call(_DELIVERER, ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"), _CAPTURES),
            Call(
                _DELIVERER,
                ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"),
                f"{_CAPTURES}/{{extendedS3Configuration.prefix}}one",
            ),
            Call(
                _DELIVERER,
                ("kms:Decrypt", "kms:GenerateDataKey"),
                "{extendedS3Configuration.kmsKeyArn}",
                {"kms:ViaService": "s3.{region}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": _CAPTURES},
                when="{extendedS3Configuration.bucketArn|bucket-key}",
            ),
        ),
        (f"{GUIDE}/firehose/latest/dev/controlling-access.html#using-iam-s3",),
        "InvalidArgumentException: Firehose is unable to assume role",
    ),
    Row(
        "aws:ec2/flowLog:FlowLog",
        "CreateFlowLogs",
        (
            assume(
                "vpc-flow-logs",
                "{iamRoleArn}",
                sourced("arn:{partition}:ec2:{region}:{account}:vpc-flow-log/fl-0123456789abcdef0"),
                *SOURCES,
            ),
            Call(
                "role {iamRoleArn}",
                ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
                "{logDestination}:log-stream:eni-1",
            ),
            Call(
                "role {iamRoleArn}", ("logs:DescribeLogGroups",), "arn:{partition}:logs:{region}:{account}:log-group:*"
            ),
        ),
        (f"{GUIDE}/vpc/latest/userguide/flow-logs-iam-role.html",),
        late=True,
    ),
    Row(
        "aws:rds/instance:Instance",
        "CreateDBInstance",
        (
            assume(
                "monitoring.rds",
                "{monitoringRoleArn}",
                sourced("arn:{partition}:rds:{region}:{account}:db:{identifier}"),
                *SOURCES,
            ),
        ),
        (f"{GUIDE}/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html#USER_Monitoring.OS.IAMRole",),
        "InvalidParameterValue: IAM role ARN value is invalid or does not include the required permissions",
    ),
    Row(
        "aws:backup/selection:Selection",
        "CreateBackupSelection",
        (assume("backup", "{iamRoleArn}", {"aws:SourceAccount": "{account}"}, ("aws:SourceAccount",)),),
        (f"{GUIDE}/aws-backup/latest/devguide/cross-service-confused-deputy-prevention.html",),
        "InvalidParameterValueException: Insufficient privileges to perform this action: the role cannot be assumed",
    ),
    Row(
        "aws:batch/jobDefinition:JobDefinition",
        "RegisterJobDefinition",
        tuple(
            assume(
                "ecs-tasks",
                f"{{container.{role}}}",
                sourced("arn:{partition}:ecs:{region}:{account}:task/one"),
                *SOURCES,
            )
            for role in ("jobRoleArn", "executionRoleArn")
        ),
        (
            f"{GUIDE}/AmazonECS/latest/developerguide/task-iam-roles.html",
            f"{GUIDE}/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        ),
        derive={"container": _container},
    ),
    Row(
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "CreateRepositoryCreationTemplate",
        (
            assume("ecr", "{customRoleArn}"),
            Call(
                "role {customRoleArn}",
                ("ecr:CreateRepository", "ecr:TagResource"),
                "arn:{partition}:ecr:{region}:{account}:repository/{prefix}/one",
            ),
            Call(
                "role {customRoleArn}",
                ("kms:CreateGrant",),
                "{encryptionConfigurations.*.kmsKey}",
                {"kms:ViaService": "ecr.{region}.amazonaws.com", "kms:GrantIsForAWSResource": "true"},
            ),
            Call(
                "role {customRoleArn}",
                ("kms:DescribeKey",),
                "{encryptionConfigurations.*.kmsKey}",
                {"kms:ViaService": "ecr.{region}.amazonaws.com"},
            ),
        ),
        (f"{GUIDE}/AmazonECR/latest/userguide/repository-creation-templates-iam.html",),
    ),
)
