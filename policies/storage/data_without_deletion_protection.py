"""S3-10: nothing that holds data goes in one step, nor with what is in it."""

from policies._buckets import BUCKET
from policies._controls import nist, soc_2
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_FORCES = ("forceDestroy", "forceDelete")
_STORES = (
    *BUCKET,
    "aws:athena/workgroup:Workgroup",
    "aws:backup/vault:Vault",
    "aws:cloudtrail/trail:Trail",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:dynamodb/table:Table",
    "aws:ecr/repository:Repository",
    "aws:eks/cluster:Cluster",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:kms/key:Key",
    "aws:rds/instance:Instance",
    "aws:secretsmanager/secret:Secret",
)


def _check(store: Resource, stack: Stack) -> Verdict:
    profile = stack.profile
    if not profile.deletion_protection:
        return not_applicable(f"{profile.environment} may delete its data")
    unprotected = fail(f"the option `protect` of {store.name} is off, must be on", "protect")
    return worst([PASS if store.protect else unprotected, *(_kept_when_full(store, one) for one in _FORCES)])


def _kept_when_full(store: Resource, force: str) -> Verdict:
    forced = store.get(force)
    if forced is UNKNOWN:
        return unknown(at(store, force))
    return fail(f"{at(store, force)} is true, must be false or not set", force) if forced is True else PASS


RULE = Rule(
    id="S3-10",
    name="data-without-deletion-protection",
    title="What holds data is protected from deletion where the environment demands it, and is never emptied with it.",
    why="A wrong `destroy`, or a rename that replaces, deletes every object, image, log or key.",
    instead="Set the resource option `protect` and leave `forceDestroy` and `forceDelete` off.",
    severity=Severity.HIGH,
    types=_STORES,
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
