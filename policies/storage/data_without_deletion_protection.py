"""S3-10: no bucket goes in one step, nor with what is in it."""

from policies._buckets import BUCKET
from policies._controls import nist, soc_2
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, fail, not_applicable, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity


def _check(bucket: Resource, stack: Stack) -> Verdict:
    profile = stack.profile
    if not profile.deletion_protection:
        return not_applicable(f"{profile.environment} may delete its buckets")
    unprotected = fail(f"the option `protect` of {bucket.name} is off, must be on", "protect")
    return worst([PASS if bucket.protect else unprotected, _kept_when_full(bucket)])


def _kept_when_full(bucket: Resource) -> Verdict:
    forced = bucket.get("forceDestroy")
    if forced is UNKNOWN:
        return unknown(f"`forceDestroy` of {bucket.name}")
    return fail(f"`forceDestroy` of {bucket.name} is true, must be false or not set") if forced is True else PASS


RULE = Rule(
    id="S3-10",
    name="data-without-deletion-protection",
    title="A bucket is protected from deletion where the environment demands it, and never deleted with its contents.",
    why="A wrong `destroy`, or a rename that replaces, deletes every object.",
    instead="Set the resource option `protect` and leave `forceDestroy` off.",
    severity=Severity.HIGH,
    types=BUCKET,
    controls=(*nist("CP-9", "SC-5(2)"), *soc_2("A1.2")),
    check=_check,
    good="""
aws.s3.Bucket("models", force_destroy=False, opts=pulumi.ResourceOptions(protect=True))
""",
    bad="""
aws.s3.Bucket("models", force_destroy=True, opts=pulumi.ResourceOptions(protect=True))
""",
    parameters=("deletion_protection",),
    absent={Point.LIVE: "both settings are Pulumi's own and leave no trace in the account"},
)
