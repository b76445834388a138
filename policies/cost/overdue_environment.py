"""CST-06: what is made for a while says until when, and is gone then."""

from datetime import date

from policies._controls import nist
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import ENVIRONMENTS, Severity

_TAG = "ttl"


def _check(resource: Resource, stack: Stack) -> Verdict:
    found = [value for tags in ("tags", "tagsAll") if (value := resource.get(f"{tags}.{_TAG}")) is not ABSENT]
    if UNKNOWN in found:
        return unknown(at(resource, f"tags.{_TAG}"))
    if not found:
        lasting = stack.name.rpartition("/")[2].partition("-")[0] in ENVIRONMENTS
        missing = f"{at(resource, 'tags')} lack {_TAG}, the last day of a stack that is no environment"
        return not_applicable("its environment is there to stay") if lasting else fail(missing, _TAG)
    try:
        last = date.fromisoformat(found[0])
    except (TypeError, ValueError):
        return fail(f"{at(resource, f'tags.{_TAG}')} is no date of the form YYYY-MM-DD", _TAG)
    return PASS if last >= stack.now.date() else fail(f"{at(resource, f'tags.{_TAG}')} is past", _TAG)


RULE = Rule(
    id="CST-06",
    name="overdue-environment",
    title=f"What a passing environment pays for by the hour has the tag `{_TAG}`, and its day is not past.",
    why="An environment that was made to try something out is forgotten as soon as it worked, and is then paid for "
    "and not patched.",
    instead=f"Tag everything in a stack other than {', '.join(ENVIRONMENTS)} with `{_TAG}`, its last day as "
    "YYYY-MM-DD, best by the provider's `defaultTags`; destroy the stack when it has come, or move the day.",
    severity=Severity.LOW,
    types=(
        "aws:ec2/instance:Instance",
        "aws:ec2/natGateway:NatGateway",
        "aws:ec2/vpc:Vpc",
        "aws:eks/cluster:Cluster",
        "aws:eks/nodeGroup:NodeGroup",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
    ),
    controls=(*nist("CM-8"),),
    check=_check,
    good="""
aws.ec2.Vpc("trial", cidr_block="10.0.0.0/16", tags={"ttl": "2099-12-31"})
""",
    bad="""
aws.ec2.Vpc("trial", cidr_block="10.0.0.0/16", tags={"ttl": "2026-01-31"})
""",
)
