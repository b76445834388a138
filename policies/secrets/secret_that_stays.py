"""SEC-04: a secret rotates, or a tag names the day on which operators last replaced its value."""

from datetime import UTC, datetime, timedelta

from policies._controls import nist, soc_2
from policies._joins import members
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, best, fail, require, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_ROTATION = ("aws:secretsmanager/secretRotation:SecretRotation",)
_TAG = "rotated"


def _check(secret: Resource, stack: Stack) -> Verdict:
    found = members(secret, stack, _ROTATION, by="secretId", keys=("arn", "id"))
    if found:
        # SEC-01 judges how often.
        return best(require(one, "rotationRules", lambda rules: isinstance(rules, dict), "set") for one in found)
    tag, most = secret.get(f"tags.{_TAG}"), stack.profile.manual_rotation_days
    if found is None or tag is UNKNOWN:
        return unknown(f"how {secret.name} gets a new value")
    if tag is ABSENT:
        return fail(f"{secret.name} has neither a SecretRotation nor a tag `{_TAG}`", f"tags.{_TAG}")
    try:
        day = datetime.fromisoformat(tag).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return fail(f"{at(secret, f'tags.{_TAG}')} is no date of the form YYYY-MM-DD", f"tags.{_TAG}")
    if day <= stack.now < day + timedelta(days=most):
        return PASS
    return fail(f"{at(secret, f'tags.{_TAG}')} must be a day within the last {most}", f"tags.{_TAG}")


RULE = Rule(
    id="SEC-04",
    name="secret-that-stays",
    title=f"A secret rotates, or its tag `{_TAG}` names a day of the last year on which operators replaced its value.",
    why="A value that never changes stays valid for every person and program that has read it, also after they lose "
    "access to the secret.",
    instead="Add a `SecretRotation`. Where no function can make the value, replace it by hand and set the tag "
    f"`{_TAG}` to that day, YYYY-MM-DD: in the settings, `secrets.{_TAG}`.",
    severity=Severity.LOW,
    types=("aws:secretsmanager/secret:Secret",),
    controls=(*nist("IA-5"), *soc_2("CC6.1")),
    check=_check,
    good="""
secret = aws.secretsmanager.Secret("tracker")
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
    parameters=("manual_rotation_days",),
)
