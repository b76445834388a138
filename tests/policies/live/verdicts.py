"""What the rules say of an emulated account."""

import boto3

from policies._rule import Point
from policies._verdict import Outcome
from policies.findings import judge
from policies.live.account import read_account
from policies.live.reader import Collector
from policies.registry import RULES


def found(
    session: boto3.Session, rule_id: str, *collectors: Collector, environment: str = "prod"
) -> dict[str, Outcome]:
    """Name or id, as its ARN ends, of each resource that a rule judges, to the outcome."""
    [rule] = [one for one in RULES if one.id == rule_id]
    account = read_account(session, collectors, environment=environment)
    assert not account.errors
    return {one.resource.urn.rpartition("/")[2]: one.outcome for one in judge(account.stack, Point.LIVE, [rule])}
