"""Which subnets are public: those whose routes lead to an internet gateway."""

from policies._joins import members
from policies._view import ABSENT, UNKNOWN, Resource, Stack, type_of

SUBNET = "aws:ec2/subnet:Subnet"
_ASSOCIATION = ("aws:ec2/routeTableAssociation:RouteTableAssociation",)
_ROUTE = ("aws:ec2/route:Route",)
_TABLE = ("aws:ec2/routeTable:RouteTable",)
_GATEWAY = "aws:ec2/internetGateway:InternetGateway"


def subnets(resource: Resource, path: str, stack: Stack) -> list[Resource] | None:
    """The subnets of the stack that a list of ids names, by its origins where the ids are not known.

    None if that cannot be told: an id that does not exist yet can be that of any subnet it derives from.
    """
    ids = resource.get(path)
    here = [*stack.of_types([SUBNET])]
    if any(one.unread for one in here):
        return None
    if isinstance(ids, list) and UNKNOWN not in ids:
        return [one for one in here if one.get("id") is not ABSENT and one.get("id") in ids]
    origins = resource.sources.get(path.partition(".")[0], ())
    found = [one for one in here if one.urn in origins]
    return found if isinstance(ids, list) and len(found) == len(ids) else None


def is_public(subnet: Resource, stack: Stack) -> bool | None:
    """Whether a subnet's own route table leads to an internet gateway; None if that cannot be told."""
    associations = members(subnet, stack, _ASSOCIATION, by="subnetId")
    if associations is None:
        return None
    tables = [table for table in stack.of_types(_TABLE) if _has(table, associations, stack)]
    routes = [members(table, stack, _ROUTE, by="routeTableId") for table in tables]
    ways = [_leads_out(route) for found in routes for route in found or ()]
    return True if True in ways else None if None in (*routes, *ways) else False


def _has(table: Resource, associations: list[Resource], stack: Stack) -> bool:
    named = members(table, stack, _ASSOCIATION, by="routeTableId") or ()
    return any(one in associations for one in named)


def _leads_out(route: Resource) -> bool | None:
    gateway = route.get("gatewayId")
    if any(type_of(urn) == _GATEWAY for urn in route.sources.get("gatewayId", ())):
        return True
    return None if gateway is UNKNOWN else str(gateway).startswith("igw-")
