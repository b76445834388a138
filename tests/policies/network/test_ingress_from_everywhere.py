from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.network.ingress_from_everywhere import RULE
from tests.policies.world import judged, made

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
MEANT = {"exposure": "public"}


def rule(cidr: Any, port: Any = 443, tags: Any = (), until: Any = None) -> Resource:
    return made(INGRESS, "rule", {"cidrIpv4": cidr, "fromPort": port, "toPort": until or port, "tags": tags})


def group(*ingress: Any) -> Resource:
    return made("aws:ec2/securityGroup:SecurityGroup", "group", {"ingress": list(ingress), "tags": MEANT})


def old(kind: str) -> Resource:
    properties = {"type": kind, "cidrBlocks": ["0.0.0.0/0"], "fromPort": 0, "toPort": 65535}
    return made("aws:ec2/securityGroupRule:SecurityGroupRule", "rule", properties)


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        pytest.param(rule("0.0.0.0/0"), Outcome.FAIL, id="port 443, not marked"),
        pytest.param(rule("0.0.0.0/0", tags=MEANT), Outcome.PASS, id="port 443, marked"),
        pytest.param(rule("0.0.0.0/0", 22, MEANT), Outcome.FAIL, id="another port, marked"),
        pytest.param(rule("0.0.0.0/0", 443, MEANT, until=9000), Outcome.FAIL, id="ports beyond 443, marked"),
        pytest.param(rule("0.0.0.0/0", UNKNOWN, MEANT), Outcome.UNKNOWN, id="a port that is not known, marked"),
        pytest.param(rule("0.0.0.0/0", tags=UNKNOWN), Outcome.UNKNOWN, id="tags that are not known"),
        pytest.param(rule("0.0.0.0/0", 22, UNKNOWN), Outcome.FAIL, id="tags that could not save it"),
        pytest.param(rule("128.0.0.0/1"), Outcome.FAIL, id="half of the internet"),
        pytest.param(rule("10.0.0.0/8", 22), Outcome.PASS, id="the largest private network"),
        pytest.param(rule(UNKNOWN), Outcome.UNKNOWN, id="a network that is not known"),
        pytest.param(made(INGRESS, "rule", {"cidrIpv6": "::/0", "fromPort": 22}), Outcome.FAIL, id="IPv6"),
        pytest.param(made(INGRESS, "rule", {"referencedSecurityGroupId": UNKNOWN}), Outcome.PASS, id="another group"),
        pytest.param(group(), Outcome.PASS, id="a group without rules of its own"),
        pytest.param(
            group({"cidrBlocks": [UNKNOWN, "0.0.0.0/0"], "fromPort": 22, "toPort": 22}), Outcome.FAIL, id="in a list"
        ),
        pytest.param(
            group({"cidrBlocks": ["10.0.0.0/16"]}, {"ipv6CidrBlocks": ["::/0"], "fromPort": 443, "toPort": 443}),
            Outcome.PASS,
            id="a marked group",
        ),
        pytest.param(old("ingress"), Outcome.FAIL, id="a rule of the old kind"),
        pytest.param(old("egress"), Outcome.NOT_APPLICABLE, id="a way out"),
    ],
)
def test_ways_in(found: Resource, outcome: Outcome) -> None:
    assert judged(RULE, found)[0] is outcome
