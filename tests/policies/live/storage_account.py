"""An account whose storage, keys, images, record and guards are as they should be, and how each is spoilt."""

import json
from typing import Any

import boto3

from policies.profiles import PROFILES
from tests.policies.live.conftest import answer

ACCOUNT, REGION = "123456789012", "eu-central-1"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PLACE = {"LocationConstraint": REGION}
TAGS = {
    "environment": "prod",
    "owner": "ml-platform",
    "cost-centre": "ml-1",
    "data-class": "internal",
    "managed-by": "pulumi",
}
PAIRS = [{"Key": key, "Value": value} for key, value in TAGS.items()]
ENABLED = ("EKS_AUDIT_LOGS", "RDS_LOGIN_EVENTS", "RUNTIME_MONITORING")
"""Features of GuardDuty."""
LOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
EVENTS = PROFILES["prod"].watched_events


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(principal: Any, action: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}


class Made:
    """The account, whose parts the tests then spoil."""

    def __init__(self, session: boto3.Session) -> None:
        self.client = session.client
        self.session = session
        self.key = self.make_key()
        self.audit_key = self.make_key()
        for bucket, content in (("access-logs", "deliveries"), ("models", "artifacts"), ("audit", "logs")):
            self.make_bucket(bucket, content)
        self.make_trail()
        self.make_images()
        self.make_guards()

    def make_key(self) -> str:
        policy = document(allow({"AWS": ROOT}, "kms:*"))
        tags = [{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]
        made = self.client("kms").create_key(Policy=policy, Tags=tags)["KeyMetadata"]
        self.client("kms").enable_key_rotation(KeyId=made["KeyId"])
        return made["Arn"]

    def encrypt(self, bucket: str, key: str | None) -> None:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
        rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bool(key)}
        self.client("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})

    def tag(self, bucket: str, **more: str) -> None:
        tags = [{"Key": key, "Value": value} for key, value in (TAGS | more).items()]
        self.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})

    def make_bucket(self, name: str, content: str) -> None:
        client, arn = self.client("s3"), f"arn:aws:s3:::{name}"
        locked = content == "logs"
        client.create_bucket(Bucket=name, CreateBucketConfiguration=PLACE, ObjectLockEnabledForBucket=locked)
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        self.encrypt(name, {"models": self.key, "audit": self.audit_key}.get(name))
        client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(LOCKS, True))
        condition = {"Bool": {"aws:SecureTransport": "false"}}
        refusal = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
        deliveries = allow({"Service": "logging.s3.amazonaws.com"}, "s3:PutObject", f"{arn}/*")
        client.put_bucket_policy(Bucket=name, Policy=document(deliveries, {**refusal, "Condition": condition}))
        ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=ownership)
        self.expire(name, 400)
        if locked:
            self.lock(name, "COMPLIANCE", 365)
        self.tag(name, **({"content": content} if content in ("artifacts", "logs") else {}))

    def lock(self, bucket: str, mode: str, days: int) -> None:
        self.client("s3").put_object_lock_configuration(
            Bucket=bucket,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": mode, "Days": days}},
            },
        )

    def expire(self, bucket: str, days: int) -> None:
        everything = {"Status": "Enabled", "Filter": {"Prefix": ""}}
        abort = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
        self.client("s3").put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={
                "Rules": [
                    {"ID": "abort", **everything, **abort},
                    {"ID": "expire", **everything, "Expiration": {"Days": days}},
                ]
            },
        )

    def make_trail(self) -> None:
        self.client("s3").put_bucket_logging(
            Bucket="audit",
            BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "access-logs", "TargetPrefix": "audit/"}},
        )
        group = "/aws/cloudtrail/audit"
        self.client("logs").create_log_group(logGroupName=group, kmsKeyId=self.audit_key, tags=TAGS)
        self.client("logs").put_retention_policy(logGroupName=group, retentionInDays=365)
        role = self.client("iam").create_role(RoleName="trail", AssumeRolePolicyDocument=document())["Role"]["Arn"]
        self.client("cloudtrail").create_trail(
            Name="audit",
            S3BucketName="audit",
            IsMultiRegionTrail=True,
            EnableLogFileValidation=True,
            KmsKeyId=self.audit_key,
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*",
            CloudWatchLogsRoleArn=role,
            TagsList=PAIRS,
        )
        self.client("cloudtrail").start_logging(Name="audit")
        self.record("All")
        self.client("logs").put_metric_filter(
            logGroupName=group,
            filterName="changes",
            filterPattern=" || ".join(f"($.eventName = {event})" for event in EVENTS),
            metricTransformations=[{"metricName": "changes", "metricNamespace": "audit", "metricValue": "1"}],
        )
        self.alarm([f"arn:aws:sns:{REGION}:{ACCOUNT}:security"])

    def record(self, kind: str) -> None:
        objects = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::models/"]}
        selector = {"ReadWriteType": kind, "IncludeManagementEvents": True, "DataResources": [objects]}
        self.client("cloudtrail").put_event_selectors(TrailName="audit", EventSelectors=[selector])

    def alarm(self, actions: list[str]) -> None:
        self.client("cloudwatch").put_metric_alarm(
            AlarmName="changes",
            MetricName="changes",
            Namespace="audit",
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=1,
            AlarmActions=actions,
            Tags=PAIRS,
        )

    def make_images(self) -> None:
        client = self.client("ecr")
        client.create_repository(
            repositoryName="serving",
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
            encryptionConfiguration={"encryptionType": "KMS", "kmsKey": self.key},
            tags=PAIRS,
        )
        self.share({"AWS": ROOT})
        releases = {"tagStatus": "tagged", "tagPrefixList": ["release-"], "countType": "imageCountMoreThan"}
        self.expire_images({**releases, "countNumber": 100_000})

    def share(self, principal: Any) -> None:
        grant = {"Effect": "Allow", "Principal": principal, "Action": "ecr:BatchGetImage"}
        self.client("ecr").set_repository_policy(repositoryName="serving", policyText=document(grant))

    def expire_images(self, *first: dict[str, Any]) -> None:
        selections = [*first, {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50}]
        rules = [
            {"rulePriority": number, "selection": selection, "action": {"type": "expire"}}
            for number, selection in enumerate(selections, 1)
        ]
        self.client("ecr").put_lifecycle_policy(
            repositoryName="serving", lifecyclePolicyText=json.dumps({"rules": rules})
        )

    def make_guards(self) -> None:
        config = self.client("config")
        group = {"allSupported": True, "includeGlobalResourceTypes": True}
        recorder = {"name": "all", "roleARN": f"arn:aws:iam::{ACCOUNT}:role/config", "recordingGroup": group}
        config.put_configuration_recorder(ConfigurationRecorder=recorder)
        config.put_delivery_channel(DeliveryChannel={"name": "all", "s3BucketName": "access-logs"})
        config.start_configuration_recorder(ConfigurationRecorderName="all")
        features = [{"Name": name, "Status": "ENABLED"} for name in ENABLED]
        self.detector = self.client("guardduty").create_detector(Enable=True, Features=features, Tags=TAGS)[
            "DetectorId"
        ]
        self.client("securityhub").enable_security_hub()
        self.client("ec2").enable_ebs_encryption_by_default()
        self.client("s3control").put_public_access_block(
            AccountId=ACCOUNT, PublicAccessBlockConfiguration=dict.fromkeys(LOCKS, True)
        )
        analyzer = {"arn": "arn:aws:access-analyzer:1", "name": "external", "type": "ACCOUNT", "status": "ACTIVE"}
        self.analyzers = [{**analyzer, "tags": TAGS}]
        answer(self.session, "accessanalyzer.ListAnalyzers", {"analyzers": self.analyzers})


def spoil(made: Made) -> None:
    """Break every rule once, in a way of its own."""
    s3, ecr = made.client("s3"), made.client("ecr")
    made.encrypt("audit", None)
    s3.put_bucket_versioning(Bucket="models", VersioningConfiguration={"Status": "Suspended"})
    s3.delete_public_access_block(Bucket="models")
    s3.delete_bucket_policy(Bucket="audit")
    everyone = allow("*", "s3:GetObject", "arn:aws:s3:::models/*")
    s3.put_bucket_policy(Bucket="models", Policy=document(everyone))
    s3.put_bucket_logging(Bucket="audit", BucketLoggingStatus={})
    made.lock("audit", "GOVERNANCE", 30)
    s3.delete_bucket_ownership_controls(Bucket="models")
    made.expire("audit", 30)
    made.tag("models", **{"content": "artifacts", "recovery-tier": "1"})
    made.client("kms").disable_key_rotation(KeyId=made.key)
    world = document(allow({"AWS": "*"}, "kms:Decrypt"))
    made.client("kms").put_key_policy(KeyId=made.key, PolicyName="default", Policy=world)
    made.client("kms").schedule_key_deletion(KeyId=made.make_key().rpartition("/")[2])
    made.encrypt("models", made.audit_key)
    ecr.put_image_tag_mutability(repositoryName="serving", imageTagMutability="MUTABLE")
    unscanned = {"scanOnPush": False}
    ecr.put_image_scanning_configuration(repositoryName="serving", imageScanningConfiguration=unscanned)
    ecr.create_repository(repositoryName="training")
    made.share({"AWS": "arn:aws:iam::999999999999:root"})
    made.expire_images()
    made.client("cloudtrail").update_trail(Name="audit", IsMultiRegionTrail=False)
    made.record("WriteOnly")
    made.client("logs").put_retention_policy(logGroupName="/aws/cloudtrail/audit", retentionInDays=30)
    made.client("config").stop_configuration_recorder(ConfigurationRecorderName="all")
    made.client("guardduty").delete_detector(DetectorId=made.detector)
    made.client("securityhub").disable_security_hub()
    made.client("ec2").disable_ebs_encryption_by_default()
    made.client("s3control").delete_public_access_block(AccountId=ACCOUNT)
    made.analyzers.clear()
    made.alarm([])
    made.tag("access-logs", content="stuff")
