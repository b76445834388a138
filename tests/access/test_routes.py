"""Network ACLs: the lowest number decides, and what no rule allows is refused, in both directions."""

from typing import Any

import pytest

from access.reach.routes import CLIENT, GATEWAY, _lets
from components._network_acls import acl_ingress

HERE, OUT = "10.0.0.0/16", "203.0.113.0/24"


def rule(number: int, action: str, cidr: str = "0.0.0.0/0", first: int = 0, last: int = 65535, **more: Any) -> Any:
    return {
        "ruleNo": number,
        "action": action,
        "cidrBlock": cidr,
        "protocol": "6",
        "fromPort": first,
        "toPort": last,
        **more,
    }


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        ([], False),
        ([rule(100, "allow", first=443, last=443)], True),
        ([rule(100, "allow", first=1024)], False),
        ([rule(100, "allow"), rule(200, "deny")], True),
        ([rule(200, "allow"), rule(100, "deny")], False),
        ([rule(100, "deny", first=80, last=80), rule(200, "allow")], True),
        ([rule(100, "deny", "203.0.113.128/25"), rule(200, "allow")], False),
        ([rule(100, "allow", "203.0.113.128/25"), rule(200, "deny")], False),
        ([rule(100, "allow", protocol="17")], False),
        ([rule(100, "allow", protocol="-1", first=0, last=0)], True),
    ],
)
def test_rules_in_their_order(rules: list[Any], passes: bool) -> None:
    assert _lets(rules, OUT, (443, 443)) is passes


def test_ports_may_be_allowed_by_several_rules() -> None:
    rules = [rule(100, "allow", first=1024, last=40000), rule(110, "allow", first=40001)]
    assert _lets(rules, OUT, (32768, 60999))
    assert not _lets(rules[:1], OUT, (32768, 60999))


@pytest.mark.parametrize(("kind", "served"), [("private", False), ("public", True), ("isolated", False)])
def test_the_rules_of_the_network_let_answers_in(kind: str, served: bool) -> None:
    names = {"rule_no": "ruleNo", "cidr_block": "cidrBlock", "from_port": "fromPort", "to_port": "toPort"}
    rules: list[Any] = [{names.get(key, key): one[key] for key in one} for one in acl_ingress(kind, HERE)]
    answers = all(_lets(rules, OUT, ports) for ports in (*CLIENT, *GATEWAY))
    assert answers is (kind != "isolated")
    assert _lets(rules, OUT, (443, 443)) is served
    assert not any(_lets(rules, OUT, (port, port)) for port in (22, 3389))
    assert _lets(rules, "10.0.5.0/24", (22, 22))
