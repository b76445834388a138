"""S3-11: what must outlive a region has a copy elsewhere."""

from policies._buckets import BUCKET, REPLICATION, judge_attached
from policies._controls import nist
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

TIER = "recovery-tier"
"""Tag of a bucket; `1` asks for a copy of all it holds."""


def _check(bucket: Resource, stack: Stack) -> Verdict:
    if not stack.profile.replication:
        return not_applicable(f"{stack.profile.environment} does without copies")
    tier = bucket.get(f"tags.{TIER}")
    if tier is UNKNOWN:
        return unknown(at(bucket, f"tags.{TIER}"))
    # A tag that was written as a number arrives as one.
    if str(tier) not in ("1", "1.0"):
        return not_applicable(f"its tag `{TIER}` asks for no copy")
    return judge_attached(bucket, stack, REPLICATION, _copies)


def _copies(replication: Resource) -> Verdict:
    rules = replication.get("rules")
    statuses = [replication.get(f"rules[{i}].status") for i in range(len(rules) if isinstance(rules, list) else 0)]
    if "Enabled" in statuses:
        return PASS
    if rules is UNKNOWN or UNKNOWN in statuses:
        return unknown(at(replication, "rules"))
    return fail(f"no rule of {replication.name} is enabled", "rules")


RULE = Rule(
    id="S3-11",
    name="store-without-copy",
    title=f"A bucket whose tag `{TIER}` is 1 is replicated.",
    why="Versions protect from mistakes, not from the loss of a region or an account; models that the business cannot "
    "do without have to be somewhere else too.",
    instead="Add a `BucketReplicationConfig` with an enabled rule, or the component's `replica`.",
    severity=Severity.LOW,
    types=BUCKET,
    controls=nist("CP-6", "CP-9"),
    check=_check,
    good="""
bucket = aws.s3.Bucket("models", tags={"recovery-tier": "1"})
aws.s3.BucketReplicationConfig(
    "models",
    bucket=bucket.bucket,
    role="arn:aws:iam::111122223333:role/replication",
    rules=[{"status": "Enabled", "destination": {"bucket": "arn:aws:s3:::models-copy"}}],
)
""",
    bad="""
aws.s3.Bucket("models", tags={"recovery-tier": "1"})
""",
    parameters=("replication",),
    joins=True,
)
