"""AUD-05: audit logs are written once."""

from policies._buckets import BUCKET, MODES, OBJECT_LOCK, POLICY, TRAIL, attached, locked
from policies._controls import ai_act, iso_42001, nist, soc_2
from policies._documents import Statement, judge_document
from policies._rule import Rule
from policies._verdict import PASS, Verdict, fail, not_applicable, unknown, worst
from policies._view import Resource, Stack
from policies.profiles import Severity

_BYPASS = "s3:bypassgovernanceretention"


def _check(bucket: Resource, stack: Stack) -> Verdict:
    trails = attached(bucket, stack, TRAIL, by="s3BucketName")
    if trails is None:
        return unknown("the bucket of every trail")
    if not trails:
        return not_applicable("no trail delivers to it")
    profile = stack.profile
    modes = MODES[:1] if profile.compliance_mode else MODES
    lock = locked(bucket, stack, profile.audit_retention_days, modes)
    yields = profile.deletion_protection and not profile.compliance_mode
    return worst([lock, _nobody_bypasses(bucket, stack)]) if yields else lock


def _nobody_bypasses(bucket: Resource, stack: Stack) -> Verdict:
    """Whether governance mode, which yields to one permission, is out of the question or that permission denied."""
    locks, policies = (attached(bucket, stack, types) for types in (OBJECT_LOCK, POLICY))
    mode = locks[0].get("rule.defaultRetention.mode") if locks else None
    if mode != "GOVERNANCE":
        return PASS
    refusal = fail(f"no policy of {bucket.name} denies everyone `s3:BypassGovernanceRetention`", "policy")

    def judge(policy: Resource) -> Verdict:
        return judge_document(policy, "policy", lambda found: PASS if any(map(_denies, found)) else refusal)

    if policies is None:
        return unknown(f"the policy of {bucket.name}")
    return worst(map(judge, policies)) if policies else refusal


def _denies(statement: Statement) -> bool:
    return (
        not (statement.allows or statement.negated or statement.conditions)
        and "*" in statement.principals
        and not {"*", "s3:*", _BYPASS}.isdisjoint(statement.actions)
    )


RULE = Rule(
    id="AUD-05",
    name="erasable-audit-logs",
    title="The bucket of a trail writes log files once and keeps them for a set time, which nobody can shorten.",
    why="Who breaks in deletes the record of it first. Providers and deployers of high-risk AI systems have to keep "
    "logs for six months at least.",
    instead="Set `objectLockEnabled` on the bucket and add a `BucketObjectLockConfiguration` with a default retention; "
    "in mode `GOVERNANCE` deny everyone `s3:BypassGovernanceRetention`.",
    severity=Severity.HIGH,
    types=BUCKET,
    controls=(
        *nist("AU-9", "AU-11"),
        *ai_act("Article 12", "Article 19", "Article 26(6)"),
        *iso_42001("A.6.2.8"),
        *soc_2("PI1.5"),
    ),
    check=_check,
    good="""
bucket = aws.s3.Bucket("audit", object_lock_enabled=True)
aws.s3.BucketObjectLockConfiguration(
    "audit", bucket=bucket.bucket, rule={"default_retention": {"mode": "COMPLIANCE", "days": 365}}
)
aws.cloudtrail.Trail("audit", s3_bucket_name=bucket.bucket)
""",
    bad="""
bucket = aws.s3.Bucket("audit")
aws.cloudtrail.Trail("audit", s3_bucket_name=bucket.bucket)
""",
    parameters=("audit_retention_days", "compliance_mode", "deletion_protection"),
    joins=True,
)
