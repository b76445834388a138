"""Threat detection: what is watched, and what is told."""

from typing import Any

import pytest

from components._detections import TRAIL_PATTERNS
from tests.components.conftest import ACCOUNT, Recorder, Run
from tests.components.iam import decide
from tests.components.test_threat_detection import BUCKET, CONFIG, ENCRYPTED, QUIET, TOPIC, threats


def test_config_judges_the_rules_that_are_named(recorder: Recorder, run: Run) -> None:
    run(threats(config_rules=["RDS_STORAGE_ENCRYPTED"]))
    (rule,) = recorder.of("Rule")
    assert rule.inputs["source"] == {"owner": "AWS", "sourceIdentifier": "RDS_STORAGE_ENCRYPTED"}
    assert rule.depends >= {"RecorderStatus threats-config"}


@pytest.mark.parametrize(("more", "days"), [({}, 365), ({"history_days": 30.0}, 30)])
def test_the_history_expires(recorder: Recorder, run: Run, more: dict[str, Any], days: int) -> None:
    run(threats(**QUIET, **more))
    rule = recorder.inputs("BucketLifecycleConfiguration", "threats-config-lifecycle")["rules"][1]
    assert rule["expiration"] == {"days": days}
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": days}


FILE = f"{BUCKET}/AWSLogs/{ACCOUNT}/Config/a"


@pytest.mark.parametrize(
    ("action", "resource", "changed", "answer"),
    [
        ("s3:GetBucketAcl", BUCKET, {}, "Allow"),
        ("s3:PutObject", FILE, {}, "Allow"),
        ("s3:PutObject", FILE, {"aws:SourceAccount": "210987654321"}, "no"),
        ("s3:PutObject", FILE, {"s3:x-amz-acl": "private"}, "no"),
        ("s3:PutObject", FILE, {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:other"}, "Deny"),
        ("s3:PutObject", f"{BUCKET}/AWSLogs/210987654321/Config/a", {}, "no"),
        ("s3:GetObject", FILE, {}, "no"),
        ("s3:DeleteObject", FILE, {}, "no"),
    ],
)
def test_only_config_of_this_account_writes_the_history(
    recorder: Recorder, run: Run, action: str, resource: str, changed: dict[str, str], answer: str
) -> None:
    run(threats(**QUIET))
    statements = recorder.statements("BucketPolicy", "threats-config-policy")
    context = {**ENCRYPTED, "aws:SourceAccount": ACCOUNT, **changed}
    assert decide(statements, action, resource, CONFIG, context) == answer
    if not changed:
        assert decide(statements, action, resource, "cloudtrail.amazonaws.com", context) == "no"


def test_unused_access_is_charged_and_so_looked_for_on_demand(recorder: Recorder, run: Run) -> None:
    run(threats(unused_access_days=90.0))
    assert {one.inputs["type"]: one.inputs.get("configuration") for one in recorder.of("Analyzer")} == {
        "ACCOUNT": None,
        "ACCOUNT_UNUSED_ACCESS": {"unusedAccess": {"unusedAccessAge": 90}},
    }
    names = {one.inputs["analyzerName"] for one in recorder.of("Analyzer")}
    assert names == {"ml-platform-dev-threats-external-access", "ml-platform-dev-threats-unused-access"}


def test_the_account_encrypts_volumes_and_refuses_public_buckets(recorder: Recorder, run: Run) -> None:
    run(threats())
    assert recorder.inputs("EncryptionByDefault", "threats") == {"enabled": True}
    assert recorder.inputs("AccountPublicAccessBlock", "threats") == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }


def test_every_pattern_has_a_metric_and_every_metric_an_alarm_on_the_topic(recorder: Recorder, run: Run) -> None:
    run(threats())
    filters = {
        (one.inputs["metricTransformation"]["namespace"], one.inputs["metricTransformation"]["name"])
        for one in recorder.of("LogMetricFilter")
    }
    alarms = {(one.inputs["namespace"], one.inputs["metricName"]) for one in recorder.of("MetricAlarm")}
    assert filters == alarms == {("ml-platform-dev-threats", name) for name in TRAIL_PATTERNS}
    assert {one.inputs["logGroupName"] for one in recorder.of("LogMetricFilter")} == {"trail"}
    assert recorder.inputs("MetricAlarm", "threats-root-use", "tags") == {
        "alarmDescription": "The trail recorded root use",
        "namespace": "ml-platform-dev-threats",
        "metricName": "root-use",
        "statistic": "Sum",
        "period": 300,
        "evaluationPeriods": 1,
        "threshold": 1,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [TOPIC],
    }


def test_alarms_can_be_chosen(recorder: Recorder, run: Run) -> None:
    run(threats(trail_alarms=["root-use", "trail-changes"]))
    assert {one.inputs["metricName"] for one in recorder.of("MetricAlarm")} == {"root-use", "trail-changes"}


@pytest.mark.parametrize("name", TRAIL_PATTERNS)
def test_a_pattern_is_one_that_cloudwatch_takes(name: str) -> None:
    pattern = TRAIL_PATTERNS[name]
    assert len(pattern) <= 1024
    assert pattern.startswith("{ ")
    assert pattern.endswith(" }")
    assert pattern.count("(") == pattern.count(")")
    assert pattern.count('"') % 2 == 0


@pytest.mark.parametrize(
    ("alarm", "event"),
    [
        ("trail-changes", "StopLogging"),
        ("key-deletion", "ScheduleKeyDeletion"),
        ("bucket-policy-changes", "PutBucketPolicy"),
        ("config-changes", "StopConfigurationRecorder"),
        ("security-group-changes", "AuthorizeSecurityGroupIngress"),
        ("network-acl-changes", "CreateNetworkAclEntry"),
        ("gateway-changes", "AttachInternetGateway"),
        ("route-table-changes", "CreateRoute"),
        ("vpc-changes", "CreateVpcPeeringConnection"),
        ("iam-policy-changes", "AttachRolePolicy"),
        ("organisation-changes", "LeaveOrganization"),
    ],
)
def test_an_alarm_knows_the_event_that_matters_most(alarm: str, event: str) -> None:
    assert f"($.eventName = {event})" in TRAIL_PATTERNS[alarm]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"guardduty_features": ["S3", "EKS_AUDIT_LOGS"]}, "guardduty_features has S3; allowed: EBS_MALWARE"),
        ({"trail_alarms": ["root"]}, "trail_alarms has root; allowed: unauthorised-calls"),
        ({"existing": ["recorder"]}, "existing has recorder; allowed: config, config-role, guardduty, security-hub"),
        ({"finding_frequency": "DAILY"}, "finding_frequency has DAILY; allowed: FIFTEEN_MINUTES, ONE_HOUR, SIX_HOURS"),
        ({"minimum_severity": 0}, "minimum_severity = 0; allowed: 1 to 10"),
        ({"minimum_severity": 11}, "minimum_severity = 11"),
        ({"unused_access_days": 366}, "unused_access_days = 366; allowed: 1 to 365"),
        ({"history_days": 0}, "history_days = 0; allowed: 1 to 3650"),
    ],
)
def test_wrong_arguments_are_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"ThreatDetection 'threats': {told}"):
        run(threats(**more))
