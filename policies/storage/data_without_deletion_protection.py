"""S3-10: nothing that holds data, nor the key to it, goes in one step."""

from policies._buckets import BUCKET
from policies._controls import nist, soc_2
from policies._keys import KEY
from policies._rule import Rule
from policies._verdict import PASS, Verdict, fail, not_applicable, require, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_WINDOW = "deletionWindowInDays"


def _check(resource: Resource, stack: Stack) -> Verdict:
    profile = stack.profile
    if resource.type in KEY:
        floor = profile.key_deletion_days
        # Without a value KMS takes 30 days, the most there is.
        unset = resource.get(_WINDOW) is ABSENT
        return PASS if unset else require(resource, _WINDOW, lambda days: days >= floor, f"{floor} days or more")
    if not profile.deletion_protection:
        return not_applicable(f"{profile.environment} may delete its buckets")
    protected = PASS if resource.protect else fail(f"the option `protect` of {resource.name} is off, must be on")
    return worst([protected, _kept_when_full(resource)])


def _kept_when_full(bucket: Resource) -> Verdict:
    forced = bucket.get("forceDestroy")
    if forced is UNKNOWN:
        return unknown(f"`forceDestroy` of {bucket.name}")
    return fail(f"`forceDestroy` of {bucket.name} is true, must be false or not set") if forced is True else PASS


RULE = Rule(
    id="S3-10",
    name="data-without-deletion-protection",
    title="Buckets are protected from deletion where the environment demands it, and keys wait before they go.",
    why="A wrong `destroy`, or a rename that replaces, deletes every object; a key that is gone makes all it ever "
    "encrypted unreadable.",
    instead="Set the resource option `protect` and leave `forceDestroy` off; raise the key's `deletionWindowInDays`.",
    severity=Severity.HIGH,
    types=(*BUCKET, *KEY),
    controls=(*nist("CP-9", "SC-5(2)", "SC-12"), *soc_2("A1.2")),
    check=_check,
    good="""
aws.s3.Bucket("models", force_destroy=False, opts=pulumi.ResourceOptions(protect=True))
""",
    bad="""
aws.s3.Bucket("models", force_destroy=True, opts=pulumi.ResourceOptions(protect=True))
""",
    parameters=("deletion_protection", "key_deletion_days"),
)
