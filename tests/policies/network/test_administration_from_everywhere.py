"""What a rule of a network ACL does to the ports of administration, in the order in which EC2 evaluates them."""

from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.network.administration_from_everywhere import RULE
from tests.policies.world import judged, made

ACL = "aws:ec2/networkAcl:NetworkAcl"
ALL, TCP, UDP = "-1", "6", "17"


def rule(number: Any, protocol: Any = TCP, ports: Any = (0, 65535), **more: Any) -> dict[str, Any]:
    first, last = ports
    given = {"ruleNo": number, "action": "allow", "protocol": protocol, "fromPort": first, "toPort": last}
    return {**given, "cidrBlock": "0.0.0.0/0", **more}


def deny(number: Any, protocol: Any = TCP, ports: Any = (0, 65535), **more: Any) -> dict[str, Any]:
    return rule(number, protocol, ports, action="deny", **more)


SSH, RDP = (22, 22), (3389, 3389)


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        pytest.param([], Outcome.PASS, id="no rules, which denies all"),
        pytest.param([rule(100, ALL, (0, 0))], Outcome.FAIL, id="AWS's own"),
        pytest.param([rule(100, ALL, (0, 0), cidrBlock="10.0.0.0/16")], Outcome.PASS, id="all from the VPC"),
        pytest.param([rule(100, ports=(443, 443))], Outcome.PASS, id="HTTPS"),
        pytest.param([rule(100, ports=(1024, 65535))], Outcome.FAIL, id="answers, with 3389"),
        pytest.param([rule(100, ports=(1024, 3388)), rule(110, ports=(3390, 65535))], Outcome.PASS, id="without it"),
        pytest.param([rule(100, "tcp", SSH)], Outcome.FAIL, id="by the name of the protocol"),
        pytest.param([rule(100, UDP, RDP)], Outcome.FAIL, id="UDP"),
        pytest.param([rule(100, "1")], Outcome.PASS, id="ICMP"),
        pytest.param([rule(100, ports=SSH, cidrBlock="128.0.0.0/1")], Outcome.FAIL, id="half of the internet"),
        pytest.param([rule(100, ports=SSH, cidrBlock=None, ipv6CidrBlock="::/0")], Outcome.FAIL, id="IPv6"),
        pytest.param([deny(90, ports=SSH), deny(91, ALL, (0, 0)), rule(100, ALL)], Outcome.PASS, id="denied before"),
        pytest.param([rule(100, ports=SSH), deny(200, ports=SSH)], Outcome.FAIL, id="denied too late"),
        pytest.param([rule(200, ports=SSH), deny(100, ports=SSH)], Outcome.PASS, id="in another order than written"),
        pytest.param([deny(90, ports=SSH), rule(100, ports=SSH, cidrBlock=None, ipv6CidrBlock="::/0")], Outcome.FAIL,
                     id="denied for IPv4 alone"),
        pytest.param([deny(90, ports=SSH, cidrBlock="128.0.0.0/1"), rule(100, ports=SSH)], Outcome.FAIL,
                     id="denied for a half"),
        pytest.param([deny(90, UDP, SSH), rule(100, ALL, (0, 0))], Outcome.FAIL, id="denied for another protocol"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, id="rules that are not known"),
        pytest.param([UNKNOWN], Outcome.UNKNOWN, id="a rule that is not known"),
        pytest.param([rule(100, ports=SSH, cidrBlock=UNKNOWN)], Outcome.UNKNOWN, id="a network that is not known"),
        pytest.param([rule(100, UNKNOWN, SSH)], Outcome.UNKNOWN, id="a protocol that is not known"),
        pytest.param([rule(100, UNKNOWN, (443, 443))], Outcome.UNKNOWN, id="which may be all"),
        pytest.param([rule(100, TCP, (UNKNOWN, 100))], Outcome.UNKNOWN, id="ports that are not known"),
        pytest.param([rule(UNKNOWN, ports=SSH)], Outcome.UNKNOWN, id="an order that is not known"),
        pytest.param([rule(100, ports=(443, 443), cidrBlock=UNKNOWN)], Outcome.PASS, id="which does not matter"),
        pytest.param([deny(90, ports=SSH), rule(100, ports=SSH, cidrBlock=UNKNOWN)], Outcome.PASS, id="nor here"),
    ],
)  # fmt: skip
def test_rules_of_an_acl(rules: Any, outcome: Outcome) -> None:
    assert judged(RULE, made(ACL, "acl", {"id": "acl-1", "ingress": rules}))[0] is outcome


def apart(**more: Any) -> Resource:
    given = {"networkAclId": "acl-1", "ruleNumber": 100, "ruleAction": "allow", "protocol": TCP, "egress": False}
    ports = {"fromPort": 22, "toPort": 22, "cidrBlock": "0.0.0.0/0"}
    return made("aws:ec2/networkAclRule:NetworkAclRule", "rule", {**given, **ports, **more})


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        pytest.param(apart(), Outcome.FAIL, id="a rule of its own"),
        pytest.param(apart(egress=True), Outcome.PASS, id="for what goes out"),
        pytest.param(apart(networkAclId="acl-2"), Outcome.PASS, id="of another ACL"),
        pytest.param(apart(networkAclId=UNKNOWN), Outcome.UNKNOWN, id="of an ACL that is not known"),
        pytest.param(apart(egress=UNKNOWN), Outcome.UNKNOWN, id="of a direction that is not known"),
        pytest.param(apart(ruleNumber=300), Outcome.PASS, id="behind one that denies"),
    ],
)
def test_rules_that_are_resources(found: Resource, outcome: Outcome) -> None:
    acl = made(ACL, "acl", {"id": "acl-1", "ingress": [deny(200, ALL, (0, 0))]})
    assert judged(RULE, acl, found)[0] is outcome


def test_the_default_acl_denies_all_once_it_is_adopted() -> None:
    default = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
    assert judged(RULE, made(default, "acl", {"id": "acl-1"}))[0] is Outcome.PASS
    assert judged(RULE, made(default, "acl", {"id": "acl-1", "ingress": [rule(100, ALL)]}))[0] is Outcome.FAIL
