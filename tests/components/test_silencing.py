"""Each way to blind or silence detection is denied to the pipeline, or raises an alarm.

MITRE ATT&CK T1562.001 and T1562.008 (Impair Defenses: Disable or Modify Tools, and Cloud Logs), and the techniques of
Stratus Red Team for AWS, "Defense Evasion", except that against Bedrock, which the platform does not use:
https://stratus-red-team.cloud/attack-techniques/AWS/.
"""

import re

import pytest

from components._boundary import REGIONAL_SERVICES, boundary
from components._detections import TRAIL_PATTERNS
from tests.components.conftest import ACCOUNT, REGION
from tests.components.iam import decide

CALLER = {"account": ACCOUNT, "region": REGION, "partition": "aws"}
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/ml-platform/boundary"
DENIED = (
    "access-analyzer:CreateArchiveRule",
    "access-analyzer:DeleteAnalyzer",
    "cloudtrail:DeleteTrail",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "cloudwatch:DisableAlarmActions",
    "cloudwatch:SetAlarmState",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "ec2:DeleteFlowLogs",
    "ec2:DisableEbsEncryptionByDefault",
    "events:DisableRule",
    "guardduty:ArchiveFindings",
    "guardduty:CreateFilter",
    "guardduty:CreateIPSet",
    "guardduty:DeleteDetector",
    "guardduty:DisassociateFromAdministratorAccount",
    "guardduty:StopMonitoringMembers",
    "guardduty:UpdateDetector",
    "guardduty:UpdateIPSet",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "logs:DeleteLogStream",
    "logs:DeleteMetricFilter",
    "organizations:LeaveOrganization",
    "route53resolver:DeleteResolverQueryLogConfig",
    "route53resolver:DisassociateResolverQueryLogConfig",
    "securityhub:BatchDisableStandards",
    "securityhub:BatchUpdateFindings",
    "securityhub:DisableSecurityHub",
    "securityhub:UpdateSecurityControl",
)
NEEDED = (
    "cloudtrail:PutEventSelectors",
    "cloudtrail:PutInsightSelectors",
    "cloudwatch:DeleteAlarms",
    "config:PutConfigurationRecorder",
    "config:PutDeliveryChannel",
    "ec2:AuthorizeSecurityGroupIngress",
    "events:DeleteRule",
    "events:RemoveTargets",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "kms:PutKeyPolicy",
    "logs:DeleteLogGroup",
    "logs:PutRetentionPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutAccountPublicAccessBlock",
    "s3:PutBucketLifecycle",
    "s3:PutBucketPolicy",
    "sns:DeleteTopic",
    "sns:SetTopicAttributes",
    "sns:Unsubscribe",
)
"""What deployments need, so that only an alarm can tell; by the names of events in CloudTrail."""


@pytest.mark.parametrize("action", DENIED)
def test_what_no_deployment_needs_is_denied(action: str) -> None:
    statements = boundary(CALLER, POLICY, "/ml-platform/", [REGION], REGIONAL_SERVICES, False, "ml-*")
    # A boundary limits to what it allows, so what it does not name is denied as well.
    assert decide(statements, action, context={"aws:RequestedRegion": REGION}) != "Allow"


@pytest.mark.parametrize("action", NEEDED)
def test_what_a_deployment_needs_raises_an_alarm(action: str) -> None:
    event = re.escape(action.partition(":")[2])
    assert [name for name, pattern in TRAIL_PATTERNS.items() if re.search(rf"eventName = {event}\b", pattern)]
