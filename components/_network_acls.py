"""Rules of network ACLs, as plain data.

Sources: Amazon VPC User Guide, "Control subnet traffic with network access control lists" (ephemeral ports, path MTU
discovery), https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html; AWS Config Developer Guide,
`nacl-no-unrestricted-ssh-rdp`, and CIS AWS Foundations Benchmark 3.0, 5.1: ports 22 and 3389 stay closed.
"""

from collections.abc import Sequence
from typing import Any

ANYWHERE = "0.0.0.0/0"
ANSWERS = ((1024, 3388), (3390, 65535))
"""Ports that answers come back to; those of a NAT gateway are 1024 to 65535, of which 3389 stays closed."""
HTTPS = 443
EVERYTHING, ICMP, TCP, UDP = "-1", "1", "6", "17"
"""Protocols by number, which is all that EC2 answers with."""


def acl_ingress(kind: str, vpc_cidr: str, callers: Sequence[str] = ()) -> list[Any]:
    """Rules for what comes in.

    Args:
        kind: `isolated`: only the VPC sends. `private`: besides, answers from the internet. `public`: besides, HTTPS.
        vpc_cidr: IPv4 network of the VPC.
        callers: IPv4 networks that send HTTPS to private subnets. Default: none.
    """
    rules = [acl_rule(100, vpc_cidr)]
    if kind == "isolated":
        return rules
    if kind == "public":
        rules.append(acl_rule(110, ANYWHERE, TCP, (HTTPS, HTTPS)))
    if kind == "private":
        rules += [acl_rule(200 + number, cidr, TCP, (HTTPS, HTTPS)) for number, cidr in enumerate(callers)]
    answers = [(protocol, ports) for protocol in (TCP, UDP) for ports in ANSWERS]
    rules += [acl_rule(120 + 10 * number, ANYWHERE, *one) for number, one in enumerate(answers)]
    # Routers tell a sender by it that its packets are too large for the path.
    return [*rules, {**acl_rule(160, ANYWHERE, ICMP), "icmp_type": 3, "icmp_code": 4}]


def acl_rule(number: int, cidr: str, protocol: str = EVERYTHING, ports: tuple[int, int] = (0, 0)) -> Any:
    """A rule that allows one protocol; `EVERYTHING` and `ICMP` have no ports."""
    first, last = ports
    return {
        "rule_no": number,
        "action": "allow",
        "cidr_block": cidr,
        "protocol": protocol,
        "from_port": first,
        "to_port": last,
    }
