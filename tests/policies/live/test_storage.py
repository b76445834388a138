"""An account that is set up as it should be, and what the rules say once something of it is not."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from policies._rule import Point
from policies._verdict import Outcome
from policies.findings import judge
from policies.live import cloudtrail, ecr, guards, kms, logs, s3
from policies.live.account import read_account
from policies.registry import RULES
from tests.policies.live.conftest import answer

COLLECTORS = (
    *(s3.buckets, kms.keys, ecr.repositories, ecr.scanning, cloudtrail.trails, logs.groups, logs.filters),
    *(logs.alarms, guards.settings, guards.recorders, guards.detectors, guards.hubs, guards.analyzers),
)
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
LOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
EVENTS = ("AttachRolePolicy", "PutBucketPolicy", "ScheduleKeyDeletion", "StopLogging")
MINE = {
    *(f"S3-{number:02}" for number in (*range(1, 10), 11)),
    *(f"KMS-{number:02}" for number in range(1, 5)),
    *(f"ECR-{number:02}" for number in range(1, 6)),
    *(f"AUD-{number:02}" for number in range(1, 7)),
    *("TAG-01", "TAG-02"),
}


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
        features = [{"Name": name, "Status": "ENABLED"} for name in ("EKS_AUDIT_LOGS", "RUNTIME_MONITORING")]
        self.detector = self.client("guardduty").create_detector(Enable=True, Features=features, Tags=TAGS)[
            "DetectorId"
        ]
        self.client("securityhub").enable_security_hub()
        self.client("ec2").enable_ebs_encryption_by_default()
        self.client("s3control").put_public_access_block(
            AccountId=ACCOUNT, PublicAccessBlockConfiguration=dict.fromkeys(LOCKS, True)
        )
        analyzer = {"arn": "arn:aws:access-analyzer:1", "name": "external", "type": "ACCOUNT", "status": "ACTIVE"}
        answer(self.session, "accessanalyzer.ListAnalyzers", {"analyzers": [{**analyzer, "tags": TAGS}]})


def outcomes(session: boto3.Session) -> dict[str, set[Outcome]]:
    stack = read_account(session, COLLECTORS).stack
    found: dict[str, set[Outcome]] = {}
    for one in judge(stack, Point.LIVE, [rule for rule in RULES if rule.id in MINE]):
        found.setdefault(one.rule.id, set()).add(one.outcome)
    return found


def test_a_good_account_passes(session: boto3.Session) -> None:
    Made(session)
    found = outcomes(session)
    assert found.keys() == MINE
    assert {rule for rule, seen in found.items() if seen - {Outcome.PASS, Outcome.NOT_APPLICABLE}} == set()
    assert {rule for rule, seen in found.items() if Outcome.PASS not in seen} == {"S3-11"}


SPOILT: dict[str, tuple[str, Callable[[Made], Any]]] = {
    "an object is encrypted with a key of AWS": ("S3-01", lambda made: made.encrypt("models", None)),
    "versions are no longer kept": (
        "S3-02",
        lambda made: made.client("s3").put_bucket_versioning(
            Bucket="models", VersioningConfiguration={"Status": "Suspended"}
        ),
    ),
    "public access is possible": ("S3-03", lambda made: made.client("s3").delete_public_access_block(Bucket="models")),
    "plain HTTP is answered": ("S3-04", lambda made: made.client("s3").delete_bucket_policy(Bucket="models")),
    "everyone may read": (
        "S3-05",
        lambda made: made.client("s3").put_bucket_policy(
            Bucket="models", Policy=document(allow("*", "s3:GetObject", "arn:aws:s3:::models/*"))
        ),
    ),
    "nothing records access": (
        "S3-06",
        lambda made: made.client("s3").put_bucket_logging(Bucket="audit", BucketLoggingStatus={}),
    ),
    "records may go early": ("S3-07", lambda made: made.lock("audit", "GOVERNANCE", 30)),
    "access lists are back": (
        "S3-08",
        lambda made: made.client("s3").delete_bucket_ownership_controls(Bucket="models"),
    ),
    "records expire early": ("S3-09", lambda made: made.expire("audit", 30)),
    "what must outlive the region has no copy": (
        "S3-11",
        lambda made: made.tag("models", **{"content": "artifacts", "recovery-tier": "1"}),
    ),
    "a key keeps its material": ("KMS-01", lambda made: made.client("kms").disable_key_rotation(KeyId=made.key)),
    "everyone may use a key": (
        "KMS-02",
        lambda made: made.client("kms").put_key_policy(
            KeyId=made.key, PolicyName="default", Policy=document(allow({"AWS": "*"}, "kms:Decrypt"))
        ),
    ),
    "a key is about to go": ("KMS-03", lambda made: made.client("kms").schedule_key_deletion(KeyId=made.key)),
    "models and their record share a key": ("KMS-04", lambda made: made.encrypt("models", made.audit_key)),
    "tags of images can be moved": (
        "ECR-01",
        lambda made: made.client("ecr").put_image_tag_mutability(
            repositoryName="serving", imageTagMutability="MUTABLE"
        ),
    ),
    "images are not scanned": (
        "ECR-02",
        lambda made: made.client("ecr").put_image_scanning_configuration(
            repositoryName="serving", imageScanningConfiguration={"scanOnPush": False}
        ),
    ),
    "images are encrypted with a key of AWS": (
        "ECR-03",
        lambda made: made.client("ecr").create_repository(repositoryName="training"),
    ),
    "another account may pull": ("ECR-04", lambda made: made.share({"AWS": "arn:aws:iam::999999999999:root"})),
    "released images expire": ("ECR-05", lambda made: made.expire_images()),
    "a trail sees one region": (
        "AUD-01",
        lambda made: made.client("cloudtrail").update_trail(Name="audit", IsMultiRegionTrail=False),
    ),
    "a trail is turned off": ("AUD-01", lambda made: made.client("cloudtrail").stop_logging(Name="audit")),
    "reads of models are not recorded": ("AUD-02", lambda made: made.record("WriteOnly")),
    "logs are short-lived": (
        "AUD-03",
        lambda made: made.client("logs").put_retention_policy(logGroupName="/aws/cloudtrail/audit", retentionInDays=30),
    ),
    "the recorder stands still": (
        "AUD-04",
        lambda made: made.client("config").stop_configuration_recorder(ConfigurationRecorderName="all"),
    ),
    "nothing looks for intruders": (
        "AUD-04",
        lambda made: made.client("guardduty").delete_detector(DetectorId=made.detector),
    ),
    "Security Hub is off": ("AUD-04", lambda made: made.client("securityhub").disable_security_hub()),
    "volumes are plain by default": (
        "AUD-04",
        lambda made: made.client("ec2").disable_ebs_encryption_by_default(),
    ),
    "the account may publish buckets": (
        "AUD-04",
        lambda made: made.client("s3control").delete_public_access_block(AccountId=ACCOUNT),
    ),
    "nothing looks for open doors": (
        "AUD-04",
        lambda made: answer(made.session, "accessanalyzer.ListAnalyzers", {"analyzers": []}),
    ),
    "the trail's lock yields": ("AUD-05", lambda made: made.lock("audit", "GOVERNANCE", 365)),
    "an alarm tells nobody": ("AUD-06", lambda made: made.alarm([])),
    "a tag is gone": (
        "TAG-01",
        lambda made: made.client("ecr").untag_resource(
            resourceArn=f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/serving", tagKeys=["owner"]
        ),
    ),
    "a tag says what nobody knows": ("TAG-02", lambda made: made.tag("models", content="stuff")),
}
"""What happens to the account, and the rule that says so."""


@pytest.mark.parametrize("event", SPOILT)
def test_what_is_no_longer_good_fails(session: boto3.Session, event: str) -> None:
    rule, spoil = SPOILT[event]
    made = Made(session)
    spoil(made)
    assert Outcome.FAIL in outcomes(session)[rule]


def test_every_rule_is_broken_by_something() -> None:
    assert {rule for rule, _ in SPOILT.values()} == MINE
