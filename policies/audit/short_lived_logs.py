"""AUD-03: log groups keep what they have, encrypted."""

from policies._controls import ai_act, iso_42001, nist, soc_2
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import Verdict, require, worst
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(group: Resource, stack: Stack) -> Verdict:
    floor = stack.profile.log_retention_days
    kept = require(group, "retentionInDays", lambda days: days >= floor, f"{floor} or more")
    return worst([kept, require_customer_key(group, "kmsKeyId")])


RULE = Rule(
    id="AUD-03",
    name="short-lived-logs",
    title="A log group keeps its events for a set time, long enough, and encrypts them with a customer-managed key.",
    why="Logs of high-risk AI systems have to be there for six months. Without a retention they stay for ever, and "
    "with them the personal data in them; without an own key whoever may read logs reads everything in them.",
    instead="Set `retentionInDays`, and `kmsKeyId` to a key that lets CloudWatch Logs use it.",
    severity=Severity.HIGH,
    types=("aws:cloudwatch/logGroup:LogGroup",),
    controls=(
        *nist("AU-11", "SC-28(1)"),
        *ai_act("Article 19", "Article 26(6)"),
        *iso_42001("A.6.2.8"),
        *soc_2("C1.2"),
    ),
    check=_check,
    good="""
key = aws.kms.Key("logs", enable_key_rotation=True)
aws.cloudwatch.LogGroup("serving", retention_in_days=365, kms_key_id=key.arn)
""",
    bad="""
key = aws.kms.Key("logs", enable_key_rotation=True)
aws.cloudwatch.LogGroup("serving", retention_in_days=30, kms_key_id=key.arn)
""",
    parameters=("log_retention_days",),
    # The key of the same stack is known to be one by where its ARN comes from.
    joins=True,
)
