import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from components._detections import CONFIG_RULES, FEATURES, TRAIL_PATTERNS
from components.threat_detection import SINGLETONS, ThreatDetection
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run

TOPIC, BUCKET = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts", "arn:aws:s3:::threats-config-0000000"
CONFIG = "config.amazonaws.com"
ENCRYPTED = {
    "aws:SecureTransport": "true",
    "s3:TlsVersion": "1.3",
    "s3:x-amz-server-side-encryption": "aws:kms",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:key",
    "s3:x-amz-acl": "bucket-owner-full-control",
}
OFF = {
    "guardduty_features": [],
    "security_hub_standards": [],
    "record_configuration": False,
    "trail_alarms": [],
    "account_settings": False,
}
"""Arguments that turn off what can be turned off."""
QUIET = {"config_rules": [], "security_hub_standards": [], "trail_alarms": []}
"""Only the recorder is left."""


def threats(**more: Any) -> Callable[[], ThreatDetection]:
    args = {"kms_key_arn": "arn:key", "log_bucket": "logs", "log_group_name": "trail", "topic_arn": TOPIC, "tags": TAGS}
    return lambda: ThreatDetection("threats", {**args, **more})  # pyright: ignore[reportArgumentType]


def test_everything_is_watched_unless_it_is_turned_off(recorder: Recorder, run: Run) -> None:
    outputs = run(threats())
    bucket: Counter[str] = Counter(dict.fromkeys(BUCKET_PARTS, 1))
    assert recorder.kinds() - bucket == Counter(
        {
            "ThreatDetection": 1,
            "SecureBucket": 1,
            "Detector": 1,
            "DetectorFeature": len(FEATURES),
            "EventRule": 1,
            "EventTarget": 1,
            "ServiceLinkedRole": 1,
            "Recorder": 1,
            "DeliveryChannel": 1,
            "RecorderStatus": 1,
            "Rule": len(CONFIG_RULES),
            "Account": 1,
            "StandardsSubscription": 2,
            "Analyzer": 1,
            "EncryptionByDefault": 1,
            "AccountPublicAccessBlock": 1,
            "LogMetricFilter": len(TRAIL_PATTERNS),
            "MetricAlarm": len(TRAIL_PATTERNS),
        }
    )
    assert outputs["config_bucket_name"] == "threats-config-0000000"
    assert len(outputs["alarm_names"]) == len(TRAIL_PATTERNS)


BUCKET_PARTS = (
    "Bucket",
    "BucketVersioning",
    "BucketServerSideEncryptionConfiguration",
    "BucketPublicAccessBlock",
    "BucketOwnershipControls",
    "BucketPolicy",
    "BucketLifecycleConfiguration",
    "BucketLogging",
)


def test_the_base_remains_when_all_that_is_charged_apart_is_off(recorder: Recorder, run: Run) -> None:
    outputs = run(threats(**OFF))
    assert recorder.kinds() == Counter(
        [
            "ThreatDetection",
            "Detector",
            *["DetectorFeature"] * len(FEATURES),
            "EventRule",
            "EventTarget",
            "Analyzer",
        ]
    )
    assert {one.inputs["status"] for one in recorder.of("DetectorFeature")} == {"DISABLED"}
    assert outputs["config_bucket_name"] is None
    assert outputs["alarm_names"] == []


def features(recorder: Recorder) -> dict[str, str]:
    return {one.inputs["name"]: one.inputs["status"] for one in recorder.of("DetectorFeature")}


def test_features_that_nobody_asked_for_are_turned_off_not_left_alone(recorder: Recorder, run: Run) -> None:
    run(threats(guardduty_features=["S3_DATA_EVENTS"]))
    assert features(recorder) == {**dict.fromkeys(FEATURES, "DISABLED"), "S3_DATA_EVENTS": "ENABLED"}


def test_the_runtime_agent_is_an_add_on_of_the_cluster(recorder: Recorder, run: Run) -> None:
    run(threats())
    assert features(recorder) == dict.fromkeys(FEATURES, "ENABLED")
    agents = recorder.inputs("DetectorFeature", "threats-runtime-monitoring")["additionalConfigurations"]
    # All that GuardDuty answers with: one that is left out would be a difference at every update.
    assert {one["name"]: one["status"] for one in agents} == {
        "EKS_ADDON_MANAGEMENT": "ENABLED",
        "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
        "EC2_AGENT_MANAGEMENT": "DISABLED",
    }
    assert "additionalConfigurations" not in recorder.inputs("DetectorFeature", "threats-s3-data-events")


@pytest.mark.parametrize(
    ("more", "frequency", "severity"),
    [({}, "FIFTEEN_MINUTES", 7), ({"finding_frequency": "ONE_HOUR", "minimum_severity": 4.0}, "ONE_HOUR", 4)],
)
def test_findings_reach_the_topic(
    recorder: Recorder, run: Run, more: dict[str, Any], frequency: str, severity: int
) -> None:
    run(threats(**more))
    assert recorder.inputs("Detector", "threats") == {
        "enable": True,
        "findingPublishingFrequency": frequency,
        "tags": {**ALL_TAGS, "component": "threats"},
    }
    assert json.loads(recorder.inputs("EventRule", "threats-findings")["eventPattern"]) == {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", severity]}]},
    }
    assert recorder.inputs("EventTarget", "threats-findings") == {"rule": "threats-findings-0000000", "arn": TOPIC}


def test_security_hub_checks_the_standards_that_are_named_and_no_others(recorder: Recorder, run: Run) -> None:
    run(threats())
    assert recorder.inputs("Account", "threats") == {
        "enableDefaultStandards": False,
        "controlFindingGenerator": "SECURITY_CONTROL",
    }
    assert {one.inputs["standardsArn"] for one in recorder.of("StandardsSubscription")} == {
        f"arn:aws:securityhub:{REGION}::standards/aws-foundational-security-best-practices/v/1.0.0",
        f"arn:aws:securityhub:{REGION}::standards/cis-aws-foundations-benchmark/v/3.0.0",
    }
    needed = {"Account threats", "RecorderStatus threats-config"}
    assert all(one.depends >= needed for one in recorder.of("StandardsSubscription"))


@pytest.mark.parametrize(("more", "everything"), [({}, True), ({"record_global_types": False}, False)])
def test_the_recorder_starts_once_it_can_deliver(
    recorder: Recorder, run: Run, more: dict[str, Any], everything: bool
) -> None:
    run(threats(**QUIET, **more))
    assert recorder.inputs("Recorder", "threats-config") == {
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
        "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": everything},
    }
    assert recorder.inputs("DeliveryChannel", "threats-config") == {
        "s3BucketName": "threats-config-0000000",
        "s3KmsKeyArn": "arn:key",
        "snapshotDeliveryProperties": {"deliveryFrequency": "TwentyFour_Hours"},
    }
    before = {"Recorder threats-config", "BucketPolicy threats-config-policy"}
    assert recorder.one("DeliveryChannel", "threats-config").depends >= before
    assert recorder.one("RecorderStatus", "threats-config").depends >= {"DeliveryChannel threats-config"}
    assert recorder.inputs("RecorderStatus", "threats-config", "name") == {"isEnabled": True}
    assert recorder.one("Recorder", "threats-config").depends >= {"ServiceLinkedRole threats-config"}
    role = recorder.one("ServiceLinkedRole", "threats-config")
    assert role.inputs["awsServiceName"] == CONFIG
    assert role.retained


SINGLETON_KINDS = {
    "config": {"Recorder", "RecorderStatus", "DeliveryChannel", "ServiceLinkedRole", "SecureBucket"},
    "config-role": {"ServiceLinkedRole"},
    "guardduty": {"Detector", "DetectorFeature"},
    "security-hub": {"Account"},
}


@pytest.mark.parametrize("names", [*([one] for one in SINGLETONS), list(SINGLETONS)])
def test_what_the_account_has_one_of_and_has_already_is_not_created(
    recorder: Recorder, run: Run, names: list[str]
) -> None:
    outputs = run(threats(existing=names))
    absent = set().union(*(SINGLETON_KINDS[one] for one in names))
    singletons = set().union(*SINGLETON_KINDS.values())
    assert set(recorder.kinds()) & singletons == singletons - absent
    # What the account may have several of watches it all the same.
    assert recorder.kinds()["Rule"] == len(CONFIG_RULES)
    assert recorder.kinds()["StandardsSubscription"] == 2
    assert recorder.kinds()["EventTarget"] == 1
    assert (outputs["detector_id"] is None) == ("guardduty" in names)
