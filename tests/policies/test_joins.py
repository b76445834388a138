import pytest

from policies._joins import members
from policies._view import UNKNOWN, Resource, Stack
from tests.policies.world import made

VPC, FLOW_LOG = "aws:ec2/vpc:Vpc", "aws:ec2/flowLog:FlowLog"
FIRST, SECOND = made(VPC, "first", {"id": "vpc-1"}), made(VPC, "second", {"id": "vpc-2"})
COMING = made(VPC, "coming", {"id": UNKNOWN})
SUBNET = made("aws:ec2/subnet:Subnet", "subnet")


def flow_log(vpc: object, *sources: Resource) -> Resource:
    return made(FLOW_LOG, "log", {"vpcId": vpc}, sources={"vpcId": [source.urn for source in sources]})


@pytest.mark.parametrize(
    ("log", "belongs"),
    [
        pytest.param(flow_log("vpc-1"), [True, False, None], id="equal ids decide, where both are known"),
        pytest.param(flow_log(UNKNOWN, SECOND), [False, True, False], id="one origin decides"),
        pytest.param(flow_log("vpc-1", SECOND), [False, True, False], id="also against a value that says otherwise"),
        pytest.param(flow_log(UNKNOWN, FIRST, SECOND), [None, None, False], id="several origins leave it open"),
        pytest.param(flow_log("vpc-2", FIRST, SECOND), [False, True, False], id="unless ids decide between them"),
        pytest.param(flow_log(UNKNOWN, SUBNET), [None, None, None], id="an origin of another type says nothing"),
        pytest.param(flow_log(UNKNOWN), [None, None, None], id="nothing is known"),
        pytest.param(made(FLOW_LOG, "of a subnet"), [False, False, None], id="nothing is named"),
    ],
)
def test_what_belongs_to_which(log: Resource, belongs: list[bool | None]) -> None:
    stack = Stack("prod", (FIRST, SECOND, COMING, SUBNET, log))
    found = [members(vpc, stack, [FLOW_LOG], by="vpcId") for vpc in (FIRST, SECOND, COMING)]
    assert [None if one is None else one == [log] for one in found] == belongs


def test_one_that_is_found_is_enough_whatever_others_may_be() -> None:
    stray = made(FLOW_LOG, "stray", {"vpcId": UNKNOWN})
    assert members(FIRST, Stack("prod", (FIRST, stray, flow_log("vpc-1"))), [FLOW_LOG], by="vpcId") == [
        flow_log("vpc-1")
    ]
