"""Who attacks the account, and what in it is set up wrongly."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _detections as detections
from components import _lifecycle as lifecycle
from components._component import Component
from components._secure_bucket import _SecureBucket

FREQUENCIES = ("FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS")
SINGLETONS = ("config", "config-role", "guardduty", "security-hub")
"""What an account has one of: the recorder of AWS Config, its service-linked role, a detector, a Security Hub."""
_RECORDER = "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
"""AWS Config Developer Guide, "Using Service-Linked Roles for AWS Config"."""


class ThreatDetectionArgs(TypedDict):
    """Inputs of ThreatDetection. A region of an account has room for one."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the history of AWS Config; AWS Config must be allowed to use it (`config`)."""
    log_bucket: pulumi.Input[str]
    """Bucket that records who accessed the history's bucket."""
    log_group_name: pulumi.Input[str]
    """Log group of the trail, which the alarms watch."""
    topic_arn: pulumi.Input[str]
    """SNS topic of alarms and findings; its policy and key must let CloudWatch and EventBridge publish."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    guardduty_features: NotRequired[Sequence[str]]
    """Features beside GuardDuty's base, each charged by what it reads: `EBS_MALWARE_PROTECTION`, `EKS_AUDIT_LOGS`,
    `LAMBDA_NETWORK_LOGS`, `RDS_LOGIN_EVENTS`, `RUNTIME_MONITORING` (by vCPU, the dearest), `S3_DATA_EVENTS`. Those that
    are not listed are turned off. Default: all."""
    finding_frequency: NotRequired[str]
    """How often GuardDuty tells of a finding again: `FIFTEEN_MINUTES`, `ONE_HOUR`, `SIX_HOURS`; free. Default
    `FIFTEEN_MINUTES`."""
    minimum_severity: NotRequired[int]
    """Severity, 1 to 10, from which GuardDuty's findings go to the topic. Default 7, which it calls high."""
    security_hub_standards: NotRequired[Sequence[str]]
    """Standards that Security Hub checks, about 0.001 USD a check and month; it needs a recorder. Empty: no Security
    Hub. Default: AWS Foundational Security Best Practices 1.0.0 and CIS AWS Foundations 3.0.0."""
    record_configuration: NotRequired[bool]
    """Record the account's configuration with AWS Config, 0.003 USD a change. Default true."""
    record_global_types: NotRequired[bool]
    """Also record IAM; true in one region of an account only, or each change is charged again. Default true."""
    history_days: NotRequired[int]
    """Days that the recorded configuration is kept. Default 365."""
    config_rules: NotRequired[Sequence[str]]
    """Identifiers of AWS Config's managed rules, 0.001 USD an evaluation. Default: 14 about encryption, public access,
    the trail and the root user."""
    unused_access_days: NotRequired[int]
    """Days, 1 to 365, after which access counts as unused; 0.20 USD a role and month. Default: not looked for."""
    trail_alarms: NotRequired[Sequence[str]]
    """Alarms on the trail, about 0.40 USD each and month. Default: all 15 of CIS AWS Foundations 3.0, section 4, and
    `detection-changes`."""
    account_settings: NotRequired[bool]
    """Encrypt new volumes and refuse public buckets account-wide; free. Default true."""
    existing: NotRequired[Sequence[str]]
    """Names of SINGLETONS that the account has already, as an account of Control Tower has; they are used as they are.
    Default: none, all are created."""
    force_destroy: NotRequired[bool]
    """Delete the history with the component. Default false."""


class ThreatDetection(Component):
    """GuardDuty, Security Hub, AWS Config, Access Analyzer, and alarms on the trail, told to one topic."""

    detector_id: pulumi.Output[str | None]
    """Id of the GuardDuty detector; none if the account had one before."""
    analyzer_arn: pulumi.Output[str]
    """ARN of the analyzer of access from outside the account, which is free."""
    config_bucket_name: pulumi.Output[str | None]
    """Bucket of the recorded configuration; none without a recorder."""
    alarm_names: pulumi.Output[list[str]]
    """Names of the alarms on the trail."""
    finding_rule_arn: pulumi.Output[str]
    """ARN of the EventBridge rule that sends GuardDuty's findings to the topic."""

    def __init__(self, name: str, args: ThreatDetectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        self._validate(args)
        existing = args.get("existing", ())
        detector = None if "guardduty" in existing else self._guardduty(args)
        rule = aws.cloudwatch.EventRule(
            f"{name}-findings",
            description="GuardDuty findings that somebody should see",
            event_pattern=json.dumps(detections.findings(int(args.get("minimum_severity", 7)))),
            tags=self._tags,
            opts=self._child(),
        )
        aws.cloudwatch.EventTarget(f"{name}-findings", rule=rule.name, arn=args["topic_arn"], opts=self._child())
        recorder, bucket_name = [], pulumi.Output.from_input(None)
        if args.get("record_configuration", True):
            if "config" not in existing:
                recorder, bucket_name = self._config(args, "config-role" in existing)
            self._config_rules(args.get("config_rules", detections.CONFIG_RULES), recorder)
        standards = args.get("security_hub_standards", detections.STANDARDS)
        self._security_hub(standards, recorder, "security-hub" in existing)
        analyzer = self._analyzer("external-access", type="ACCOUNT")
        if "unused_access_days" in args:
            days = int(args["unused_access_days"])
            unused = {"unused_access": {"unused_access_age": days}}
            self._analyzer("unused-access", type="ACCOUNT_UNUSED_ACCESS", configuration=unused)
        if args.get("account_settings", True):
            aws.ebs.EncryptionByDefault(name, enabled=True, opts=self._child())
            aws.s3.AccountPublicAccessBlock(
                name,
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
                opts=self._child(),
            )
        alarms = [self._alarm(one, args) for one in args.get("trail_alarms", detections.TRAIL_PATTERNS)]
        self._finish(
            detector_id=detector.id if detector else pulumi.Output.from_input(None),
            analyzer_arn=analyzer.arn,
            config_bucket_name=bucket_name,
            alarm_names=pulumi.Output.all(*(alarm.name for alarm in alarms)),
            finding_rule_arn=rule.arn,
        )

    def _guardduty(self, args: ThreatDetectionArgs) -> "aws.guardduty.Detector":
        detector = aws.guardduty.Detector(
            self._name,
            enable=True,
            finding_publishing_frequency=args.get("finding_frequency", FREQUENCIES[0]),
            tags=self._tags,
            opts=self._child(),
        )
        wanted = args.get("guardduty_features", detections.FEATURES)
        for feature in detections.FEATURES:
            status = "ENABLED" if feature in wanted else "DISABLED"
            aws.guardduty.DetectorFeature(
                f"{self._name}-{feature.lower().replace('_', '-')}",
                detector_id=detector.id,
                name=feature,
                status=status,
                additional_configurations=_agents(status) if feature == "RUNTIME_MONITORING" else None,
                opts=self._child(),
            )
        return detector

    def _config(self, args: ThreatDetectionArgs, has_role: bool) -> tuple[list[pulumi.Resource], pulumi.Output[Any]]:
        name, caller, days = f"{self._name}-config", self._caller(), int(args.get("history_days", 365))
        store = _SecureBucket(
            name,
            {
                "tags": self._tags,
                "kms_key_arn": args["kms_key_arn"],
                "log_bucket": args["log_bucket"],
                "force_destroy": args.get("force_destroy", False),
                "statements": detections.config_delivery,
                "lifecycle": [lifecycle.expire_all(days)],
            },
            self._child(),
        )
        role: list[pulumi.Resource] = []
        if not has_role:
            # Security Hub's control Config.1 demands this role. An account has one, so it outlives the stack.
            made = aws.iam.ServiceLinkedRole(
                name, aws_service_name="config.amazonaws.com", tags=self._tags, opts=self._child(retain=True)
            )
            role.append(made)
        recorder = aws.cfg.Recorder(
            name,
            role_arn=pulumi.Output.concat("arn:", caller["partition"], ":iam::", caller["account"], f":{_RECORDER}"),
            recording_group={
                "all_supported": True,
                "include_global_resource_types": args.get("record_global_types", True),
            },
            opts=self._child(role),
        )
        channel = aws.cfg.DeliveryChannel(
            name,
            s3_bucket_name=store.bucket.bucket,
            s3_kms_key_arn=args["kms_key_arn"],
            snapshot_delivery_properties={"delivery_frequency": "TwentyFour_Hours"},
            # Config tries the delivery when the channel is made, and wants a recorder before it.
            opts=self._child([recorder, store.policy]),
        )
        started = aws.cfg.RecorderStatus(name, name=recorder.name, is_enabled=True, opts=self._child([channel]))
        return [started], store.bucket.bucket

    def _config_rules(self, rules: Sequence[str], recorder: Sequence[pulumi.Resource]) -> None:
        for rule in rules:
            aws.cfg.Rule(
                f"{self._name}-{rule.lower().replace('_', '-')}",
                source={"owner": "AWS", "source_identifier": rule},
                tags=self._tags,
                opts=self._child(recorder),
            )

    def _security_hub(self, standards: Sequence[str], recorder: Sequence[pulumi.Resource], existing: bool) -> None:
        hub: list[pulumi.Resource] = []
        if standards and not existing:
            made = aws.securityhub.Account(
                self._name,
                enable_default_standards=False,
                control_finding_generator="SECURITY_CONTROL",
                opts=self._child(),
            )
            hub.append(made)
        caller = self._caller()
        for standard in standards:
            arn = ("arn:", caller["partition"], ":securityhub:", caller["region"], "::standards/", standard)
            aws.securityhub.StandardsSubscription(
                f"{self._name}-{standard.partition('/')[0]}",
                standards_arn=pulumi.Output.concat(*arn),
                # Its controls are judged from what the recorder sees.
                opts=self._child([*hub, *recorder]),
            )

    def _analyzer(self, purpose: str, **settings: Any) -> "aws.accessanalyzer.Analyzer":
        return aws.accessanalyzer.Analyzer(
            f"{self._name}-{purpose}",
            analyzer_name=self._physical_name(purpose),
            tags=self._tags,
            opts=self._child(),
            **settings,
        )

    def _alarm(self, event: str, args: ThreatDetectionArgs) -> "aws.cloudwatch.MetricAlarm":
        name, namespace = f"{self._name}-{event}", self._physical_name()
        aws.cloudwatch.LogMetricFilter(
            name,
            log_group_name=args["log_group_name"],
            pattern=detections.TRAIL_PATTERNS[event],
            metric_transformation={"name": event, "namespace": namespace, "value": "1"},
            opts=self._child(),
        )
        return aws.cloudwatch.MetricAlarm(
            name,
            alarm_description=f"The trail recorded {event.replace('-', ' ')}",
            namespace=namespace,
            metric_name=event,
            statistic="Sum",
            period=300,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[args["topic_arn"]],
            tags=self._tags,
            opts=self._child(),
        )

    def _validate(self, args: ThreatDetectionArgs) -> None:
        lists: list[tuple[str, Sequence[str], Sequence[str]]] = [
            ("guardduty_features", args.get("guardduty_features", []), detections.FEATURES),
            ("trail_alarms", args.get("trail_alarms", []), list(detections.TRAIL_PATTERNS)),
            ("existing", args.get("existing", []), SINGLETONS),
            ("finding_frequency", [args.get("finding_frequency", FREQUENCIES[0])], FREQUENCIES),
        ]
        for key, given, allowed in lists:
            if wrong := [one for one in given if one not in allowed]:
                raise ValueError(
                    f"ThreatDetection {self._name!r}: {key} has {', '.join(wrong)}; allowed: {', '.join(allowed)}"
                )
        numbers = (
            ("minimum_severity", args.get("minimum_severity", 7), 10),
            ("unused_access_days", args.get("unused_access_days", 90), 365),
            ("history_days", args.get("history_days", 365), 3650),
        )
        for key, value, most in numbers:
            if not 1 <= int(value) <= most:
                raise ValueError(f"ThreatDetection {self._name!r}: {key} = {int(value)}; allowed: 1 to {most}")


def _agents(status: str) -> "list[aws.guardduty.DetectorFeatureAdditionalConfigurationArgs]":
    """Additional configurations of runtime monitoring.

    The EKS add-on keeps GuardDuty's agent up to date. The agent of ECS is for Fargate, which the platform does not use.
    That of EC2 needs instances that Systems Manager manages, and it does not manage those of Batch (GuardDuty User
    Guide, "Prerequisites for Amazon EC2 instance support"). GuardDuty returns all three (GetDetector), and the provider
    replaces a feature that names fewer.
    """
    statuses = {
        "EKS_ADDON_MANAGEMENT": status,
        "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
        "EC2_AGENT_MANAGEMENT": "DISABLED",
    }
    return [
        aws.guardduty.DetectorFeatureAdditionalConfigurationArgs(name=name, status=one)
        for name, one in statuses.items()
    ]
