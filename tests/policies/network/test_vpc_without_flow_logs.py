from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.network.vpc_without_flow_logs import RULE
from tests.policies.world import judged, made

ARN = "arn:aws:logs:eu-central-1:111122223333:log-group:flow"
VPC = made("aws:ec2/vpc:Vpc", "ml", {"id": "vpc-1"})


def log(**properties: Any) -> Resource:
    return made("aws:ec2/flowLog:FlowLog", "log", {"vpcId": "vpc-1", "trafficType": "ALL"} | properties)


def group(key: Any) -> Resource:
    return made("aws:cloudwatch/logGroup:LogGroup", "group", {"arn": f"{ARN}:*", "kmsKeyId": key})


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        pytest.param([log(logDestination=ARN), group("key-1")], Outcome.PASS, id="a log group with a key"),
        pytest.param([log(logDestination=ARN), group(None)], Outcome.FAIL, id="one without"),
        pytest.param([log(logDestination=ARN), group(UNKNOWN)], Outcome.UNKNOWN, id="one whose key is not known"),
        pytest.param([log(logDestination="another"), group(None)], Outcome.PASS, id="another log group has none"),
        pytest.param([log(logDestinationType="s3", logDestination="arn:aws:s3:::flow")], Outcome.PASS, id="a bucket"),
        pytest.param([log(trafficType="REJECT"), log(logDestination=ARN)], Outcome.PASS, id="one of two is enough"),
        pytest.param(
            [made("aws:ec2/flowLog:FlowLog", "of a subnet", {"subnetId": "s"})], Outcome.FAIL, id="a subnet's"
        ),
    ],
)
def test_flow_logs(found: list[Resource], outcome: Outcome) -> None:
    assert judged(RULE, VPC, *found)[0] is outcome


def test_a_log_group_that_nobody_may_list_may_be_the_one_without_a_key() -> None:
    hidden = Resource("aws:cloudwatch/logGroup:LogGroup", "arn:aws:logs:*", unread="denied")
    assert judged(RULE, VPC, log(logDestination=ARN), hidden)[0] is Outcome.UNKNOWN
