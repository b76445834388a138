"""Ways to break an edge, each made from what lets it pass: one thing of the plan taken away or closed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from access import Request, read
from access.principals import Reach
from access.reach import Edge, Plan, Resource
from access.reach.edges import POLICY_TYPES
from access.reach.groups import GROUP
from access.reach.jobs import ASSOCIATION as POLICY_OF_EKS
from access.reach.jobs import ENTRY
from access.reach.pods import NETWORK_POLICY
from access.reach.policies import ENCRYPTION, principal_of
from access.reach.routes import ACL, ASSOCIATION, NAT, ROUTE
from access.reach.services import KEY_USES, KUBERNETES
from access.reach.ways import Way, way_of
from access.reach.workloads import POLICY
from access.statements import applies

IGW = "aws:ec2/internetGateway:InternetGateway"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
DENY = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}


@dataclass(frozen=True)
class Break:
    """A plan that is broken in one place, and the hop that must block then."""

    hop: str
    what: str
    plan: Plan


def breaks(plan: Plan, edge: Edge) -> Iterator[Break]:
    """Every way to break an edge."""
    if edge.service == KUBERNETES:
        assert edge.workload.role
        arn = edge.workload.role.get("arn")
        for kind in (ENTRY, POLICY_OF_EKS):
            gone = [one for one in plan.of(kind) if one.get("principalArn") == arn]
            yield Break("access entry", f"no {kind}", plan.without(gone))
    elif edge.by_role:
        yield from _identity(plan, edge)
        yield from _boundary(plan, edge)
        yield from _resource(plan, edge)
        yield from _key(plan, edge)
    way = way_of(plan, edge)
    yield from _pods(plan, edge, way)
    yield from _routes(plan, edge, way)
    yield from _acls(plan, edge)
    yield from _groups(plan, edge, way)
    yield from _endpoint_policies(plan, edge, way)


def without_allowing(document: str, request: Request) -> str:
    """A document without the statements that allow a request."""
    found = json.loads(document)
    kept = [one for one in found["Statement"] if not _allows(one, request)]
    return json.dumps({**found, "Statement": kept or [{**_NOTHING}]})


_NOTHING = {"Effect": "Allow", "Action": "none:None", "Resource": "arn:aws:none:::none", "Principal": {"AWS": "*"}}


def _allows(statement: Mapping[str, Any], request: Request) -> bool:
    (parsed,) = read("", {"Version": "2012-10-17", "Statement": [statement]}).known
    return parsed.allows and applies(parsed, request, Reach.ACCOUNT) is True


def _request(plan: Plan, edge: Edge, action: str = "", arn: str = "", **more: str) -> Request:
    call = edge.calls[0]
    sent = {"aws:RequestedRegion": plan.region, "aws:SecureTransport": True, "s3:TlsVersion": "1.3", **more}
    return Request(principal_of(edge), action or call.action, arn or call.resource, {**sent, **dict(call.context)})


def _identity(plan: Plan, edge: Edge) -> Iterator[Break]:
    if edge.calls[0].action == "sts:GetCallerIdentity":
        return  # AWS allows it to every principal
    yield Break("identity policy", "statements of the role", _without_grants(plan, edge, _request(plan, edge)))


def _without_grants(plan: Plan, edge: Edge, request: Request) -> Plan:
    assert edge.workload.role
    name, broken = edge.workload.role.get("name"), plan
    for one in plan.of("aws:iam/rolePolicy:RolePolicy"):
        if one.get("role") == name:
            broken = broken.replacing(one, {"policy": without_allowing(one.get("policy"), request)})
    managed = dict(plan.managed)
    for one in plan.where("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", name):
        arn = one.get("policyArn")
        if own := broken.first(POLICY, "arn", arn):
            broken = broken.replacing(own, {"policy": without_allowing(own.get("policy"), request)})
        else:
            key = arn.rpartition("/")[2]
            managed[key] = json.loads(without_allowing(json.dumps(managed[key]), request))
    return Plan(broken.resources, managed)


def _boundary(plan: Plan, edge: Edge) -> Iterator[Break]:
    limit = edge.workload.role.get("permissionsBoundary") if edge.workload.role else None
    if limit and edge.calls[0].action != "sts:GetCallerIdentity" and not edge.workload.is_runner:
        own = plan.first(POLICY, "arn", limit)
        assert own
        text = without_allowing(own.get("policy"), _request(plan, edge))
        yield Break("permissions boundary", own.title, plan.replacing(own, {"policy": text}))


def _resource(plan: Plan, edge: Edge) -> Iterator[Break]:
    if edge.target and edge.target.type in POLICY_TYPES:
        kind, by, named = POLICY_TYPES[edge.target.type]
        if found := plan.first(kind, by, edge.target.get(named)):
            document = json.loads(found.get("policy"))
            text = json.dumps({**document, "Statement": [*document["Statement"], DENY]})
            yield Break("resource policy", f"Deny in {found.title}", plan.replacing(found, {"policy": text}))


def _key(plan: Plan, edge: Edge) -> Iterator[Break]:
    uses = [action for call in edge.calls for action in KEY_USES.get(call.action, ())]
    key = key_of(plan, edge.target) if uses and edge.target else None
    if key is None:
        return
    via = {"kms:ViaService": f"{edge.service}.{plan.region}.amazonaws.com"}
    for action in dict.fromkeys(uses):
        request = _request(plan, edge, action, key.get("arn"), **via)
        text = without_allowing(key.get("policy"), request)
        yield Break("key policy", f"{action} in {key.title}", plan.replacing(key, {"policy": text}))
        # The role's own right to the key is as necessary.
        yield Break("key policy", f"{action} of the role", _without_grants(plan, edge, request))


def key_of(plan: Plan, target: Resource) -> Resource | None:
    """The key that a resource of the platform names, in whatever property."""
    beside = plan.where(ENCRYPTION, "bucket", target.get("id")) if target.type.endswith(":Bucket") else [target]
    text = json.dumps([one.properties for one in beside], default=str)
    return next((one for one in plan.of("aws:kms/key:Key") if f'"{one.get("arn")}"' in text), None)


def _pods(plan: Plan, edge: Edge, way: Way) -> Iterator[Break]:
    namespace = edge.workload.namespace
    if not namespace:
        return
    policies = [one for one in plan.of(NETWORK_POLICY) if one.get("metadata.namespace") == namespace]
    if not any("Egress" in (one.get("spec.policyTypes") or []) for one in policies):
        spec = {"podSelector": {}, "policyTypes": ["Egress"]}
        named = {"metadata": {"namespace": namespace, "name": "closed"}}
        policies.append(Resource(NETWORK_POLICY, "closed", {**named, "spec": {**spec, "egress": _WAYS_OUT}}))
        plan = Plan((*plan.resources, policies[-1]), plan.managed)
    for hop, port in (("credentials", 80), ("DNS", 53), ("service", way.port)):
        broken = plan
        for one in policies:
            rules = [rule for rule in one.all("spec.egress") if not _of_port(rule, port)]
            broken = broken.replacing(one, {"spec": {**one.get("spec"), "egress": rules}})
        yield Break(f"network policy: {hop}", f"egress rules of port {port}", broken)
    if way.endpoint is not None and way.inside and policies[-1].name != "closed":
        gone = plan.without([way.endpoint])
        yield Break("network policy: service", f"no {way.endpoint.title}", gone)
        public = plan.replacing(way.endpoint, {"privateDnsEnabled": False})
        yield Break("network policy: service", f"no private DNS of {way.endpoint.title}", public)
        options = {"dnsOptions": {"privateDnsOnlyForInboundResolverEndpoint": True}}
        inbound = plan.replacing(way.endpoint, options)
        yield Break("network policy: service", f"private DNS of {way.endpoint.title} for resolvers only", inbound)


_WAYS_OUT = [{"ports": [{"port": port, "protocol": one} for one in ("TCP", "UDP")]} for port in (53, 80, 443, 5432)]
"""Egress to everywhere, for a namespace that limits none."""


def _of_port(rule: Mapping[str, Any], port: int) -> bool:
    return any(int(one["port"]) == port for one in rule.get("ports") or ())


def _routes(plan: Plan, edge: Edge, way: Way) -> Iterator[Break]:
    if way.inside:
        return  # the local route of a VPC cannot be taken away
    closed = plan
    if way.endpoint is not None:
        closed = plan.replacing(way.endpoint, {"routeTableIds": []})
    for subnet in edge.workload.subnets:
        without = [one for one in closed.of(ASSOCIATION) if one.get("subnetId") == subnet]
        yield Break("route", f"no route table of {subnet}", closed.without(without))
        if way.endpoint is None:
            table = without[0].get("routeTableId")
            gone = [one for one in plan.of(ROUTE) if one.get("routeTableId") == table]
            yield Break("route", f"no route of {table}", plan.without(gone))
    for kind in (ROUTE, NAT, IGW):
        yield Break("route", f"no {kind}, no gateway endpoint", closed.without(list(closed.of(kind))))


def _acls(plan: Plan, edge: Edge) -> Iterator[Break]:
    acl = plan.first(ACL, "subnetIds", edge.workload.subnets[0])
    assert acl
    for direction in ("ingress", "egress"):
        yield Break("network ACL", f"no {direction} of {acl.title}", plan.replacing(acl, {direction: []}))
    denying = {"ruleNo": 1, "action": "deny", "protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlock": "0.0.0.0/0"}
    rules = [denying, *acl.all("egress")]
    yield Break("network ACL", f"deny in {acl.title}", plan.replacing(acl, {"egress": rules}))


def _groups(plan: Plan, edge: Edge, way: Way) -> Iterator[Break]:
    for group in edge.workload.groups:
        if plan.first(GROUP, "id", group):
            gone = [one for one in plan.of(EGRESS) if one.get("securityGroupId") == group]
            yield Break("security group", f"no egress of {group}", plan.without(gone))
    for group in way.groups:
        gone = [one for one in plan.of(INGRESS) if one.get("securityGroupId") == group]
        yield Break("security group", f"no ingress of {group}", plan.without(gone))
        other = {"cidrIpv4": "192.0.2.0/24", "referencedSecurityGroupId": None}
        moved = tuple(
            replace(one, properties={**one.properties, **other}) if one in gone else one for one in plan.resources
        )
        yield Break("security group", f"ingress of {group} from elsewhere", Plan(moved, plan.managed))


def _endpoint_policies(plan: Plan, edge: Edge, way: Way) -> Iterator[Break]:
    if way.endpoint is None or edge.calls[0].action == "sts:GetCallerIdentity":
        return
    text = without_allowing(way.endpoint.get("policy"), _request(plan, edge))
    yield Break("endpoint policy", way.endpoint.title, plan.replacing(way.endpoint, {"policy": text}))
    foreign = json.loads(way.endpoint.get("policy").replace(plan.account, "999999999999"))
    if edge.is_signed:
        what = f"{way.endpoint.title} for another account"
        yield Break("endpoint policy", what, plan.replacing(way.endpoint, {"policy": json.dumps(foreign)}))
