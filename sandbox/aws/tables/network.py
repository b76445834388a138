"""VPC: subnets, routes, endpoints, security groups."""

from typing import Any

from sandbox.aws.guardduty import drop_endpoints, drop_groups
from sandbox.aws.kind import AWS_OWNED, Call, Get, Kind, Listing, Tags

TAGGED = {"Resources": lambda values: [values["id"]]}
TAG = Call("create_tags", TAGGED, {"Tags": "tags"}, when={"tags": True})
TAGS = Tags("create_tags", "delete_tags", TAGGED, "Tags", "Tags")
_GROUP = {"GroupName": "name", "GroupId": "groupId", "SecurityGroupArn": "arn"}
_RULE_PARTS = (
    "cidrIpv4",
    "description",
    "fromPort",
    "ipProtocol",
    "prefixListId",
    "referencedSecurityGroupId",
    "toPort",
)


def _permission(values: dict[str, Any]) -> list[dict[str, Any]]:
    """A rule as the API takes it: a permission with one source or destination."""
    found: dict[str, Any] = {"IpProtocol": values["ipProtocol"]}
    found |= {key: values[name] for key, name in (("FromPort", "fromPort"), ("ToPort", "toPort")) if name in values}
    told = {"Description": values["description"]} if values.get("description") else {}
    if "cidrIpv4" in values:
        found["IpRanges"] = [{"CidrIp": values["cidrIpv4"], **told}]
    if "prefixListId" in values:
        found["PrefixListIds"] = [{"PrefixListId": values["prefixListId"], **told}]
    if "referencedSecurityGroupId" in values:
        found["UserIdGroupPairs"] = [{"GroupId": values["referencedSecurityGroupId"], **told}]
    return [found]


def _group_rule(direction: str) -> Kind:
    """A rule of a security group, by its own id."""
    name = direction.capitalize()
    rule = {"GroupId": "securityGroupId", "SecurityGroupRuleArn": "arn", "ReferencedGroupInfo": "referenced"}
    return Kind(
        token=f"aws:vpc/securityGroup{name}Rule:SecurityGroup{name}Rule",
        client="ec2",
        id="{securityGroupRuleId}",
        create=(
            Call(
                f"authorize_security_group_{direction}",
                {"GroupId": "{securityGroupId}", "IpPermissions": _permission},
                uses=_RULE_PARTS,
                at="SecurityGroupRules.0",
            ),
            TAG,
        ),
        update=(),
        read=(
            Get(
                "describe_security_group_rules",
                {"SecurityGroupRuleIds": "{id}"},
                rule,
                at="SecurityGroupRules.0",
            ),
        ),
        delete=(
            Call(
                f"revoke_security_group_{direction}",
                {"GroupId": "{securityGroupId}", "SecurityGroupRuleIds": lambda values: [values["id"]]},
            ),
        ),
        tags=TAGS,
        computed=("arn", "securityGroupRuleId"),
        # Lies one level deeper in the API; moto describes only rules with addresses.
        recorded=("description", "referencedSecurityGroupId"),
    )


def made(item: str, what: str, token: str, key: str, **more: Any) -> Kind:
    """A type with an id of its own and `create_`, `describe_` and `delete_` operations."""
    ids, rename = f"{key}s", more.pop("rename", {})
    first = Call(f"create_{item}", rename=rename, **more.pop("create", {}))
    return Kind(
        token=f"aws:ec2/{token}",
        client="ec2",
        id=f"{{{key[:1].lower()}{key[1:]}}}",
        create=(first, *more.pop("after", ()), TAG),
        update=more.pop("update", ()),
        read=(
            Get(f"describe_{item}s", {ids: "{id}"}, rename, at=f"{what}s.0", gone=more.pop("gone", {})),
            *more.pop("also", ()),
        ),
        delete=(*more.pop("before", ()), Call(f"delete_{item}", {key: "{id}"})),
        tags=TAGS,
        computed=(f"{key[:1].lower()}{key[1:]}", *more.pop("computed", ())),
        listing=Listing(f"describe_{item}s", f"{what}s", key, more.pop("kept", lambda client, name: "")),
        **more,
    )


def in_default_vpc(operation: str, key: str, what: str) -> Any:
    """Tells what belongs to the VPC that every account has from the beginning."""

    def kept(client: Any, name: str) -> str:
        (item,) = getattr(client, operation)(**{key: [name]})[what]
        (vpc,) = client.describe_vpcs(VpcIds=[item["VpcId"]])["Vpcs"]
        if vpc["IsDefault"] or item.get("IsDefault") or item.get("GroupName") == "default":
            return AWS_OWNED
        return AWS_OWNED if any(one.get("Main") for one in item.get("Associations", [])) else ""

    return kept


_OF_VPC = {"VpcId": "{id}"}
_ENDPOINT = {"PolicyDocument": "policy"}
_FLOW_LOG = {"DeliverLogsPermissionArn": "iamRoleArn", "FlowLogIds": "flowLogId"}


def of_vpc(key: str, name: str, value: str) -> Any:
    """Filters that find the default one of a VPC."""

    def filters(values: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"Name": "vpc-id", "Values": [values[key]]}, {"Name": name, "Values": [value]}]

    return {"Filters": filters}


def _empty_group(client: Any, values: dict[str, Any]) -> None:
    (group,) = client.describe_security_groups(GroupIds=[values["id"]])["SecurityGroups"]
    for direction, rules in (("ingress", group["IpPermissions"]), ("egress", group["IpPermissionsEgress"])):
        if rules:
            getattr(client, f"revoke_security_group_{direction}")(GroupId=values["id"], IpPermissions=rules)


def gone(found: list[dict[str, Any]]) -> str:
    """AWS shows for an hour what is deleted."""
    return AWS_OWNED if not found or found[0]["State"] == "deleted" else ""


def _vpc_flag(member: str, key: str) -> Call:
    """A request takes one of the flags, each in a structure of its own."""
    none = dict.fromkeys(("EnableDnsHostnames", "EnableDnsSupport"), lambda values: None)
    flag = {member: lambda values: {"Value": bool(values.get(key))}}
    return Call("modify_vpc_attribute", {**_OF_VPC, **none, **flag}, uses=(key,))


_FLAGS = (_vpc_flag("EnableDnsHostnames", "enableDnsHostnames"), _vpc_flag("EnableDnsSupport", "enableDnsSupport"))


KINDS = (
    Kind(
        token="aws:ec2/securityGroup:SecurityGroup",
        client="ec2",
        id="{groupId}",
        autoname="name",
        create=(Call("create_security_group", rename=_GROUP), TAG),
        update=(),
        read=(Get("describe_security_groups", {"GroupIds": "{id}"}, _GROUP, at="SecurityGroups.0"),),
        delete=(Call("delete_security_group", {"GroupId": "{id}"}),),
        tags=TAGS,
        outputs={"arn": "arn:aws:ec2:{region}:{account}:security-group/{id}"},
        computed=("groupId",),
        defaults={"revokeRulesOnDelete": False},
        local=("revokeRulesOnDelete",),
        listing=Listing(
            "describe_security_groups",
            "SecurityGroups",
            "GroupId",
            in_default_vpc("describe_security_groups", "GroupIds", "SecurityGroups"),
        ),
    ),
    _group_rule("ingress"),
    _group_rule("egress"),
    made(
        "vpc",
        "Vpc",
        "vpc:Vpc",
        "VpcId",
        create={"at": "Vpc"},
        after=_FLAGS,
        update=_FLAGS,
        also=(
            Get(
                "describe_network_acls",
                of_vpc("id", "default", "true"),
                {"NetworkAclId": "defaultNetworkAclId"},
                at="NetworkAcls.0",
            ),
            Get(
                "describe_route_tables",
                of_vpc("id", "association.main", "true"),
                {"RouteTableId": "defaultRouteTableId"},
                at="RouteTables.0",
            ),
        ),
        outputs={"arn": "arn:aws:ec2:{region}:{account}:vpc/{id}"},
        computed=("defaultNetworkAclId", "defaultRouteTableId"),
        empty=drop_groups,
        local=("enableDnsHostnames", "enableDnsSupport"),  # each is an operation of its own to read
        kept=lambda client, name: AWS_OWNED if client.describe_vpcs(VpcIds=[name])["Vpcs"][0]["IsDefault"] else "",
    ),
    made(
        "subnet",
        "Subnet",
        "subnet:Subnet",
        "SubnetId",
        create={"at": "Subnet"},
        outputs={"arn": "arn:aws:ec2:{region}:{account}:subnet/{id}"},
        empty=drop_endpoints,
        update=(
            Call(
                "modify_subnet_attribute",
                {"SubnetId": "{id}", "MapPublicIpOnLaunch": lambda v: {"Value": bool(v.get("mapPublicIpOnLaunch"))}},
                uses=("mapPublicIpOnLaunch",),
            ),
        ),
        kept=in_default_vpc("describe_subnets", "SubnetIds", "Subnets"),
    ),
    Kind(
        token="aws:ec2/vpcEndpoint:VpcEndpoint",
        client="ec2",
        id="{vpcEndpointId}",
        create=(Call("create_vpc_endpoint", rename=_ENDPOINT, at="VpcEndpoint"), TAG),
        update=(Call("modify_vpc_endpoint", {"VpcEndpointId": "{id}"}, _ENDPOINT),),
        read=(
            Get(
                "describe_vpc_endpoints",
                {"VpcEndpointIds": "{id}"},
                _ENDPOINT,
                at="VpcEndpoints.0",
                gone={"State": "deleted"},
            ),
        ),
        delete=(Call("delete_vpc_endpoints", {"VpcEndpointIds": lambda values: [values["id"]]}),),
        tags=TAGS,
        outputs={"arn": "arn:aws:ec2:{region}:{account}:vpc-endpoint/{id}"},
        computed=("vpcEndpointId",),
        recorded=("dnsOptions", "securityGroupIds"),  # moto keeps no DNS options; groups lie in another structure
        listing=Listing(
            "describe_vpc_endpoints",
            "VpcEndpoints",
            "VpcEndpointId",
            lambda client, name: gone(client.describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"]),
        ),
    ),
    Kind(
        token="aws:ec2/flowLog:FlowLog",
        client="ec2",
        id="{flowLogId}",
        create=(
            Call(
                "create_flow_logs",
                {"ResourceIds": lambda values: [values["vpcId"]]},
                _FLOW_LOG,
                uses=("vpcId",),
                fixed={"ResourceType": "VPC"},
            ),
            TAG,
        ),
        update=(),
        read=(Get("describe_flow_logs", {"FlowLogIds": "{id}"}, _FLOW_LOG, at="FlowLogs.0"),),
        delete=(Call("delete_flow_logs", {"FlowLogIds": lambda values: [values["id"]]}),),
        tags=TAGS,
        outputs={"arn": "arn:aws:ec2:{region}:{account}:vpc-flow-log/{id}"},
        computed=("flowLogId",),
        recorded=("vpcId",),
        listing=Listing("describe_flow_logs", "FlowLogs", "FlowLogId"),
    ),
    Kind(
        token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        client="ec2",
        id="{groupId}",
        create=(
            Call(
                "describe_security_groups",
                of_vpc("vpcId", "group-name", "default"),
                {"GroupId": "groupId"},
                uses=("vpcId", "ingress", "egress"),
                at="SecurityGroups.0",
            ),
            TAG,
        ),
        fill=_empty_group,
        update=(),
        read=(Get("describe_security_groups", {"GroupIds": "{id}"}, _GROUP, at="SecurityGroups.0"),),
        tags=TAGS,
        computed=("groupId",),
        recorded=("ingress", "egress"),
    ),
)
