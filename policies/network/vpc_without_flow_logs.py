"""NET-03: who talked to whom is on record."""

from policies._controls import ai_act, cis_4, cis_7, nist, soc_2
from policies._joins import members
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import Verdict, at, best, fail, require, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_FLOW_LOG, _LOG_GROUP = ("aws:ec2/flowLog:FlowLog",), "aws:cloudwatch/logGroup:LogGroup"


def _check(vpc: Resource, stack: Stack) -> Verdict:
    found = members(vpc, stack, _FLOW_LOG, by="vpcId")
    if found is None:
        return unknown("the VPC of every FlowLog")
    if not found:
        return fail(f"no FlowLog records {vpc.name}")
    # What comes besides one that records everything may be of any kind.
    return best(_complete(log, stack) for log in found)


def _complete(log: Resource, stack: Stack) -> Verdict:
    return worst([require(log, "trafficType", lambda kind: kind == "ALL", "ALL"), _encrypted(log, stack)])


def _encrypted(log: Resource, stack: Stack) -> Verdict:
    """A log group has a key of its own; buckets are judged where they are made, whoever writes to them."""
    if log.get("logDestinationType") is UNKNOWN:
        return unknown(at(log, "logDestinationType"))
    if log.get("logDestinationType") not in (ABSENT, "cloud-watch-logs"):
        return require(log, "logDestination", lambda arn: isinstance(arn, str), "a bucket or a stream")
    here = stack.of_types([_LOG_GROUP])
    return worst(require_customer_key(group, "kmsKeyId") for group in here if group.unread or _is_of(log, group))


def _is_of(log: Resource, group: Resource) -> bool:
    arn = group.get("arn")
    return group.urn in log.sources.get("logDestination", ()) or (
        isinstance(arn, str) and arn.removesuffix(":*") == str(log.get("logDestination")).removesuffix(":*")
    )


RULE = Rule(
    id="NET-03",
    name="vpc-without-flow-logs",
    title="A VPC records all its traffic, where only those can read it who may use a key.",
    why="After a theft the flow logs are what says which node talked to whom, and how much it sent; nothing else "
    "remembers.",
    instead="Add a `FlowLog` with `trafficType` `ALL` to a log group with `kmsKeyId`, or to an encrypted bucket.",
    severity=Severity.MEDIUM,
    types=("aws:ec2/vpc:Vpc",),
    controls=(*cis_4("3.7"), *cis_7("4.7"), *nist("AU-2", "AU-12"), *soc_2("CC7.2"), *ai_act("Article 15")),
    check=_check,
    good="""
key = aws.kms.Key("logs", enable_key_rotation=True)
logs = aws.cloudwatch.LogGroup("flow-logs", kms_key_id=key.arn)
vpc = aws.ec2.Vpc("ml", cidr_block="10.0.0.0/16")
aws.ec2.FlowLog(
    "ml",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination=logs.arn,
    iam_role_arn="arn:aws:iam::111122223333:role/flow-logs",
)
""",
    bad="""
vpc = aws.ec2.Vpc("ml", cidr_block="10.0.0.0/16")
aws.ec2.FlowLog("ml", vpc_id=vpc.id, traffic_type="REJECT", log_destination="arn:aws:s3:::flow-logs")
""",
    joins=True,
)
