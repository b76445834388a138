"""Rules on who can reach what over the network."""

from policies._rule import Rule
from policies.network import (
    administration_from_everywhere,
    ingress_from_everywhere,
    node_with_public_address,
    open_default_security_group,
    unguarded_entrance,
    vpc_without_flow_logs,
    vpc_without_private_endpoints,
)

RULES: tuple[Rule, ...] = (
    ingress_from_everywhere.RULE,
    open_default_security_group.RULE,
    vpc_without_flow_logs.RULE,
    vpc_without_private_endpoints.RULE,
    node_with_public_address.RULE,
    unguarded_entrance.RULE,
    administration_from_everywhere.RULE,
)
