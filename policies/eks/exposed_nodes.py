"""EKS-06: nodes lie where the internet does not reach, and nobody logs in to them."""

from policies._controls import cis_eks, nist
from policies._kubernetes import forbid
from policies._nodes import NODE_GROUP
from policies._rule import Rule
from policies._subnets import is_public, subnets
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown, worst
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(nodes: Resource, stack: Stack) -> Verdict:
    return worst([forbid(nodes, "remoteAccess.ec2SshKey", None), _private(nodes, stack)])


def _private(nodes: Resource, stack: Stack) -> Verdict:
    found = subnets(nodes, "subnetIds", stack)
    if found is None:
        return unknown(at(nodes, "subnetIds"))
    if not found:
        return not_applicable("its subnets belong to another stack; the audit of the account sees both")
    public = [is_public(subnet, stack) for subnet in found]
    if True in public:
        return fail(f"{at(nodes, 'subnetIds')} has a subnet with a route to an internet gateway", "subnetIds")
    return unknown(f"the route of every subnet of {nodes.name}") if None in public else PASS


RULE = Rule(
    id="EKS-06",
    name="exposed-nodes",
    title="Node groups lie in private subnets and take no SSH key.",
    why="A node that the internet can reach is found and tried within minutes, and a shared SSH key outlives whoever "
    "had it; Systems Manager lets in by name and writes down what was typed.",
    instead="Give the node group subnets whose routes lead to a NAT gateway, leave out `remoteAccess`, and attach "
    "`AmazonSSMManagedInstanceCore` to the role of the nodes.",
    severity=Severity.HIGH,
    types=(NODE_GROUP,),
    controls=(*cis_eks("5.4.3"), *nist("SC-7")),
    check=_check,
    good="""
subnet = aws.ec2.Subnet("private", vpc_id="vpc-1", cidr_block="10.0.0.0/24")
table = aws.ec2.RouteTable("private", vpc_id="vpc-1")
aws.ec2.RouteTableAssociation("private", subnet_id=subnet.id, route_table_id=table.id)
aws.ec2.Route("out", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", nat_gateway_id="nat-1")
aws.eks.NodeGroup(
    "system",
    cluster_name="ml",
    node_role_arn="arn:aws:iam::111122223333:role/node",
    scaling_config={"min_size": 1, "desired_size": 1, "max_size": 3},
    subnet_ids=[subnet.id],
)
""",
    bad="""
gateway = aws.ec2.InternetGateway("ml", vpc_id="vpc-1")
subnet = aws.ec2.Subnet("public", vpc_id="vpc-1", cidr_block="10.0.0.0/24")
table = aws.ec2.RouteTable("public", vpc_id="vpc-1")
aws.ec2.RouteTableAssociation("public", subnet_id=subnet.id, route_table_id=table.id)
aws.ec2.Route("out", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id)
aws.eks.NodeGroup(
    "system",
    cluster_name="ml",
    node_role_arn="arn:aws:iam::111122223333:role/node",
    scaling_config={"min_size": 1, "desired_size": 1, "max_size": 3},
    subnet_ids=[subnet.id],
    remote_access={"ec2_ssh_key": "everybody"},
)
""",
    joins=True,
)
