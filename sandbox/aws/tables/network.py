"""VPC: subnets, routes, endpoints, security groups."""

from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Tags

_TAGGED = {"Resources": lambda values: [values["id"]]}
_TAG = Call("create_tags", _TAGGED, {"Tags": "tags"}, when={"tags": True})
_TAGS = Tags("create_tags", "delete_tags", _TAGGED, "Tags", "Tags")
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
            _TAG,
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
        tags=_TAGS,
        computed=("arn", "securityGroupRuleId"),
        recorded=("referencedSecurityGroupId",),  # lies one level deeper in the API
    )


KINDS = (
    Kind(
        token="aws:ec2/securityGroup:SecurityGroup",
        client="ec2",
        id="{groupId}",
        autoname="name",
        create=(Call("create_security_group", rename=_GROUP), _TAG),
        update=(),
        read=(Get("describe_security_groups", {"GroupIds": "{id}"}, _GROUP, at="SecurityGroups.0"),),
        delete=(Call("delete_security_group", {"GroupId": "{id}"}),),
        tags=_TAGS,
        outputs={"arn": "arn:aws:ec2:{region}:{account}:security-group/{id}"},
        computed=("groupId",),
        defaults={"revokeRulesOnDelete": False},
        local=("revokeRulesOnDelete",),
    ),
    _group_rule("ingress"),
    _group_rule("egress"),
)
