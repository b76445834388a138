"""Network ACLs as EC2 evaluates them: in the order of their numbers, the first rule that matches decides.

Amazon VPC User Guide, "Network ACL rules", https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from policies._networks import is_everyone
from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import ABSENT, UNKNOWN, Resource

ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
FAMILIES = ("cidrBlock", "ipv6CidrBlock")
"""Properties of a rule that name its network, one of each family of addresses."""
EVERY_PROTOCOL = "-1"
_NUMBERS = {"all": EVERY_PROTOCOL, "tcp": "6", "udp": "17"}
"""Names of protocols that the provider takes, to the numbers that EC2 knows them by."""


class AclRule(NamedTuple):
    """A rule for what comes in.

    Attributes:
        holder: The resource that has it.
        path: Where it lies in that resource, with a full stop behind it unless it is the resource itself.
        number: Its place in the order.
        action: `allow` or `deny`.
    """

    holder: Resource
    path: str
    number: Any
    action: Any

    def get(self, name: str) -> Any:
        """A property that rules have wherever they lie."""
        return self.holder.get(f"{self.path}{name}")

    def matches(self, protocol: str, port: int) -> Any:
        """Whether it is about a port of a protocol, by its number."""
        own, ends = self.get("protocol"), [self.get("fromPort"), self.get("toPort")]
        own = own if own is UNKNOWN else _NUMBERS.get(str(own), str(own))
        if own is not UNKNOWN and own not in (protocol, EVERY_PROTOCOL):
            return False
        if own == EVERY_PROTOCOL:
            return True
        if UNKNOWN in (own, *ends):
            return UNKNOWN
        # What names no range of ports is of all.
        first, last = (one if isinstance(one, (int, float)) else None for one in ends)
        return (first is None or first <= port) and (last is None or port <= last)


def acl_rules(acl: Resource, apart: Iterable[Resource]) -> list[AclRule]:
    """The rules of an ACL for what comes in, in the order in which EC2 evaluates them.

    Args:
        acl: The ACL.
        apart: Rules of it that are resources of their own.
    """
    return sorted([*_inline(acl), *_apart(apart)], key=lambda rule: _order(rule.number))


def judge_port(rules: Iterable[AclRule], protocol: str, port: int, family: str) -> Verdict:
    """Whether a port is closed to the internet, by the first rule that decides on it."""
    for rule in rules:
        network, matches = rule.get(family), rule.matches(protocol, port)
        if network is ABSENT or matches is False or (network is not UNKNOWN and not is_everyone(network)):
            continue
        if UNKNOWN in (network, matches, rule.action, rule.number):
            return unknown(at(rule.holder, f"{rule.path}{family}"))
        if rule.action == "allow":
            return fail(f"{at(rule.holder, f'{rule.path}{family}')} opens port {port} to the internet", rule.path)
        if _is_whole(network):
            break
    return PASS


def _inline(acl: Resource) -> Iterator[AclRule]:
    found = acl.get("ingress")
    for index in range(len(found) if isinstance(found, list) else 0):
        path = f"ingress[{index}]."
        yield AclRule(acl, path, acl.get(f"{path}ruleNo"), acl.get(f"{path}action"))


def _apart(rules: Iterable[Resource]) -> Iterator[AclRule]:
    for rule in rules:
        egress = rule.get("egress")
        if egress is not True:
            yield AclRule(rule, "", rule.get("ruleNumber"), UNKNOWN if egress is UNKNOWN else rule.get("ruleAction"))


def _order(number: Any) -> float:
    return number if isinstance(number, (int, float)) else 0


def _is_whole(network: Any) -> bool:
    """Whether a network is the whole internet; a rule that denies a part of it leaves the rest to the next."""
    try:
        return ipaddress.ip_network(str(network), strict=False).prefixlen == 0
    except ValueError:
        return False
