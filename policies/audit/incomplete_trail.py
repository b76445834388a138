"""AUD-01: a trail that sees all regions, proves its files and cannot be read by everyone."""

from policies._controls import ai_act, cis_4, cis_7, nist, soc_2
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, require, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_GROUP = "cloudWatchLogsGroupArn"


def _check(trail: Resource, stack: Stack) -> Verdict:
    off = fail(f"{at(trail, 'enableLogging')} is false, must be true or not set")
    return worst(
        [
            off if trail.get("enableLogging") is False else PASS,
            require(trail, "isMultiRegionTrail", lambda on: on is True, "true"),
            require(trail, "enableLogFileValidation", lambda on: on is True, "true"),
            require_customer_key(trail, "kmsKeyId"),
            _log_group(trail),
        ]
    )


def _log_group(trail: Resource) -> Verdict:
    if trail.get(_GROUP) is UNKNOWN:
        made_here = trail.comes_from(_GROUP, ["aws:cloudwatch/logGroup:LogGroup"])
        return PASS if made_here else unknown(at(trail, _GROUP))
    return require(trail, _GROUP, lambda arn: isinstance(arn, str), "a log group")


RULE = Rule(
    id="AUD-01",
    name="incomplete-trail",
    title="A trail records all regions, validates its log files, encrypts them and sends them to CloudWatch Logs.",
    why="What happens in a region without a trail leaves no trace; without validation a changed file looks like a "
    "true one; without CloudWatch Logs nothing can raise an alarm.",
    instead="Set `isMultiRegionTrail`, `enableLogFileValidation`, `kmsKeyId`, `cloudWatchLogsGroupArn` and "
    "`cloudWatchLogsRoleArn`.",
    severity=Severity.CRITICAL,
    types=("aws:cloudtrail/trail:Trail",),
    controls=(
        *cis_4("3.1", "3.2", "3.5"),
        *cis_7("4.1", "4.2", "4.5"),
        *nist("AU-2", "AU-9", "AU-12", "SI-7"),
        *soc_2("CC7.2", "PI1.3"),
        *ai_act("Article 12"),
    ),
    check=_check,
    good="""
key = aws.kms.Key("audit", enable_key_rotation=True)
logs = aws.cloudwatch.LogGroup("audit", kms_key_id=key.arn)
aws.cloudtrail.Trail(
    "audit",
    s3_bucket_name="audit",
    is_multi_region_trail=True,
    enable_log_file_validation=True,
    kms_key_id=key.arn,
    cloud_watch_logs_group_arn=logs.arn.apply(lambda arn: f"{arn}:*"),
    cloud_watch_logs_role_arn="arn:aws:iam::111122223333:role/audit",
)
""",
    bad="""
aws.cloudtrail.Trail("audit", s3_bucket_name="audit")
""",
    joins=True,
)
