"""Which way a request leaves a workload's subnets: a database in the VPC, an endpoint, or the internet.

Sources: AWS PrivateLink Guide, "Access an AWS service using an interface VPC endpoint" and "Gateway endpoints",
https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html and
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html;
Amazon EC2 API, DnsOptionsSpecification (S3: private DNS for the VPC, or for inbound resolvers only),
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DnsOptionsSpecification.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from access.reach.edges import DATABASES, Edge
from access.reach.plan import Plan, Resource
from access.reach.services import GATEWAYS, KUBERNETES, endpoint_of
from access.reach.workloads import SUBNET, Workload

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ANYWHERE = "0.0.0.0/0"
TLS = 443
_PLACES = {
    "rds-db": ("aws:rds/subnetGroup:SubnetGroup", "dbSubnetGroupName", "vpcSecurityGroupIds", 5432),
    "elasticache": ("aws:elasticache/subnetGroup:SubnetGroup", "subnetGroupName", "securityGroupIds", 6379),
}
"""Service of a database to the type of its subnet group, its properties with that and its groups, and its port."""


@dataclass(frozen=True)
class Way:
    """Where a request goes.

    Attributes:
        networks: CIDRs of the addresses that it may go to; `ANYWHERE` stands for any public address.
        port: TCP port.
        endpoint: The VPC endpoint that it passes, if any.
        groups: Security groups of what it goes to in the VPC.
        subnets: Ids of the subnets of what it goes to in the VPC.
    """

    networks: tuple[str, ...]
    port: int = TLS
    endpoint: Resource | None = None
    groups: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()

    @property
    def inside(self) -> bool:
        """Whether it stays in the VPC."""
        return bool(self.subnets)

    @property
    def there(self) -> str:
        """The port and the addresses, as messages name them."""
        return f"TCP {self.port} to {'any public address' if ANYWHERE in self.networks else ', '.join(self.networks)}"


def way_of(plan: Plan, edge: Edge) -> Way:
    """The way of an edge's requests.

    Raises:
        NotKnownError: It depends on a value that is known only after the update.
    """
    if edge.service in DATABASES:
        return _to_database(plan, edge)
    if edge.service == KUBERNETES:
        return _to_api_server(plan, edge)
    name = endpoint_of(edge.calls[0].action)
    dualstack = edge.download is not None and edge.download.dualstack
    if name and not dualstack and (endpoint := _interface(plan, edge.workload, name)):
        subnets = tuple(endpoint.all("subnetIds"))
        return Way(_cidrs(plan, subnets), TLS, endpoint, tuple(endpoint.all("securityGroupIds")), subnets)
    endpoint = next(_endpoints(plan, edge.workload, name, "Gateway"), None) if name in GATEWAYS else None
    return Way((ANYWHERE,), TLS, endpoint)


def vpc_of(plan: Plan, workload: Workload) -> Resource | None:
    """The VPC of a workload's subnets, if it is in the plan."""
    subnet = plan.first(SUBNET, "id", workload.subnets[0]) if workload.subnets else None
    return plan.first("aws:ec2/vpc:Vpc", "id", subnet.get("vpcId")) if subnet else None


def why_not_private(plan: Plan, edge: Edge) -> str:
    """Why a service's name has public addresses for a workload, in a clause."""
    name = endpoint_of(edge.calls[0].action)
    if not name:
        return f"{edge.service} has no VPC endpoint"
    if edge.download and edge.download.dualstack:
        return "no endpoint has the name s3.dualstack"
    if found := next(_endpoints(plan, edge.workload, name, "Interface"), None):
        return f"{found.title} has no private DNS for the VPC"
    return f"the VPC has no interface endpoint for {name}"


def _interface(plan: Plan, workload: Workload, name: str) -> Resource | None:
    """The interface endpoint whose private DNS answers for a service in the workload's VPC."""
    vpc = vpc_of(plan, workload)
    resolves = vpc is None or (vpc.get("enableDnsSupport") is not False and vpc.get("enableDnsHostnames") is True)
    for one in _endpoints(plan, workload, name, "Interface"):
        options = next(iter(one.all("dnsOptions")), {}) if isinstance(one.get("dnsOptions"), list) else {}
        options = one.get("dnsOptions") if isinstance(one.get("dnsOptions"), dict) else options
        only_inbound = (options or {}).get("privateDnsOnlyForInboundResolverEndpoint") is True
        if resolves and one.get("privateDnsEnabled") is True and not only_inbound:
            return one
    return None


def _endpoints(plan: Plan, workload: Workload, name: str, kind: str) -> Iterator[Resource]:
    vpc = vpc_of(plan, workload)
    for one in plan.where(ENDPOINT, "serviceName", f"com.amazonaws.{plan.region}.{name}"):
        if (one.get("vpcEndpointType") or "Gateway") == kind and (vpc is None or one.get("vpcId") == vpc.get("id")):
            yield one


def _to_database(plan: Plan, edge: Edge) -> Way:
    target = edge.target
    if target is None:
        return Way((ANYWHERE,))
    kind, name, groups, port = _PLACES[edge.service]
    group = plan.first(kind, "name", target.get(name))
    subnets = tuple(group.all("subnetIds")) if group else ()
    return Way(_cidrs(plan, subnets), int(target.get("port") or port), None, tuple(target.all(groups)), subnets)


def _to_api_server(plan: Plan, edge: Edge) -> Way:
    """EKS has the private endpoint in subnets of the cluster, with its security group."""
    target = edge.target
    if target is None or target.get("vpcConfig.endpointPrivateAccess") is not True:
        return Way((ANYWHERE,))
    subnets = tuple(target.all("vpcConfig.subnetIds"))
    return Way(_cidrs(plan, subnets), TLS, None, (target.get("vpcConfig.clusterSecurityGroupId"),), subnets)


def _cidrs(plan: Plan, subnets: tuple[str, ...]) -> tuple[str, ...]:
    found = (plan.first(SUBNET, "id", subnet) for subnet in subnets)
    return tuple(one.get("cidrBlock") for one in found if one)
