"""SEC-01: secrets lie under an own key, and those that change by themselves do so often enough."""

from policies._controls import nist, soc_2
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, require, require_if_set, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_SECRET = "aws:secretsmanager/secret:Secret"
_ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
_WINDOW = "recoveryWindowInDays"
_DAYS = "rotationRules.automaticallyAfterDays"
_SCHEDULE = "rotationRules.scheduleExpression"


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.type == _SECRET:
        return worst([require_customer_key(resource, "kmsKeyId"), _waits(resource, stack.profile.key_deletion_days)])
    if resource.get("rotationEnabled") is False:
        return fail(f"{at(resource, 'rotationEnabled')} is false, must be true or not set", "rotationEnabled")
    most = stack.profile.secret_rotation_days
    if resource.get(_DAYS) is ABSENT and resource.get(_SCHEDULE) not in (ABSENT, UNKNOWN):
        return PASS if _days(resource.get(_SCHEDULE)) <= most else _too_rare(resource, most)
    return require(resource, _DAYS, lambda days: 1 <= days <= most, f"1 to {most}")


def _waits(secret: Resource, floor: int) -> Verdict:
    """A secret goes no faster than its key; without a window Secrets Manager waits 30 days."""
    return require_if_set(secret, _WINDOW, lambda days: days >= floor, f"{floor} days or more")


def _days(schedule: object) -> float:
    """Days between two dates of a schedule: `rate(4 hours)`, `rate(10 days)`; one with `cron(...)` has no rate."""
    amount, _, unit = str(schedule).removeprefix("rate(").removesuffix(")").partition(" ")
    return int(amount) / {"h": 24, "d": 1}.get(unit[:1], 1) if amount.isdigit() else 0


def _too_rare(resource: Resource, most: int) -> Verdict:
    return fail(f"{at(resource, _SCHEDULE)} is rarer than every {most} days", _SCHEDULE)


RULE = Rule(
    id="SEC-01",
    name="secret-without-customer-key",
    title="A secret is encrypted with a customer-managed key, and where it rotates, it rotates often enough.",
    why="With the key of AWS, everyone in the account who may read the secret may also decrypt it. A rotation that "
    "never comes looks like one that does.",
    instead="Set `kmsKeyId`; let a `SecretRotation` change the value, or use none: IAM and OIDC need no secret.",
    severity=Severity.MEDIUM,
    types=(_SECRET, _ROTATION),
    controls=(*nist("AC-3(3)", "IA-5"), *soc_2("CC6.1")),
    check=_check,
    good="""
key = aws.kms.Key("secrets", enable_key_rotation=True)
secret = aws.secretsmanager.Secret("tracker", kms_key_id=key.arn)
aws.secretsmanager.SecretRotation(
    "tracker",
    secret_id=secret.id,
    rotation_lambda_arn="arn:aws:lambda:eu-central-1:111122223333:function:rotate",
    rotation_rules={"automatically_after_days": 30},
)
""",
    bad="""
aws.secretsmanager.Secret("tracker")
""",
    joins=True,
    parameters=("secret_rotation_days",),
)
