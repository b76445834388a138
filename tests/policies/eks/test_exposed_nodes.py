from typing import Any

import pytest

from policies._nodes import NODE_GROUP
from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.eks.exposed_nodes import RULE
from tests.policies.world import judged, made

SUBNET, TABLE = "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable"
GATEWAY = made("aws:ec2/internetGateway:InternetGateway", "gateway")


def nodes(ids: Any, *sources: Resource, **properties: Any) -> Resource:
    origins = {"subnetIds": [source.urn for source in sources]}
    return made(NODE_GROUP, "nodes", {"subnetIds": ids, **properties}, sources=origins)


def network(name: str, gateway: Any, *, known: bool = True) -> list[Resource]:
    """A subnet and the way out of it; without `known` as at a first preview, by origins alone."""
    subnet = made(SUBNET, name, {"id": f"subnet-{name}" if known else UNKNOWN})
    table = made(TABLE, name, {"id": f"table-{name}" if known else UNKNOWN})
    ids = {"subnetId": subnet.get("id"), "routeTableId": table.get("id")}
    both = {"subnetId": [subnet.urn], "routeTableId": [table.urn]}
    association = made("aws:ec2/routeTableAssociation:RouteTableAssociation", name, ids, sources=both)
    out = {"routeTableId": [table.urn], "gatewayId": [gateway.urn] if isinstance(gateway, Resource) else []}
    value = UNKNOWN if isinstance(gateway, Resource) else gateway
    route = made("aws:ec2/route:Route", name, {"routeTableId": table.get("id"), "gatewayId": value}, sources=out)
    return [subnet, table, association, route]


PRIVATE, PUBLIC = network("private", None), network("public", "igw-1")
COMING_PRIVATE, COMING_PUBLIC = network("private", None, known=False), network("public", GATEWAY, known=False)


@pytest.mark.parametrize(
    ("found", "others", "outcome"),
    [
        pytest.param(nodes(["subnet-private"]), [*PRIVATE, *PUBLIC], Outcome.PASS, id="private"),
        pytest.param(nodes(["subnet-private", "subnet-public"]), [*PRIVATE, *PUBLIC], Outcome.FAIL, id="one is public"),
        pytest.param(nodes(["subnet-elsewhere"]), PUBLIC, Outcome.NOT_APPLICABLE, id="of another stack"),
        pytest.param(nodes([UNKNOWN], COMING_PRIVATE[0]), COMING_PRIVATE, Outcome.PASS, id="private, not there yet"),
        pytest.param(nodes([UNKNOWN], COMING_PUBLIC[0]), COMING_PUBLIC, Outcome.FAIL, id="public, not there yet"),
        pytest.param(
            nodes(UNKNOWN, COMING_PRIVATE[0], COMING_PUBLIC[0]),
            [*COMING_PRIVATE, *COMING_PUBLIC],
            Outcome.UNKNOWN,
            id="any of those that it derives from",
        ),
        pytest.param(nodes(["subnet-open"]), network("open", UNKNOWN), Outcome.UNKNOWN, id="an unknown route"),
        pytest.param(
            nodes(["subnet-private"], remoteAccess={"ec2SshKey": "key"}), PRIVATE, Outcome.FAIL, id="an SSH key"
        ),
    ],
)
def test_node_groups(found: Resource, others: list[Resource], outcome: Outcome) -> None:
    assert judged(RULE, found, GATEWAY, *others)[0] is outcome


def test_subnets_that_nobody_may_list_may_be_public() -> None:
    hidden = Resource(SUBNET, "arn:aws:ec2:*", unread="denied")
    assert judged(RULE, nodes(["subnet-private"]), hidden)[0] is Outcome.UNKNOWN
