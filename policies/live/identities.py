"""Users, groups, roles and policies of the account, and what they are allowed."""

from collections.abc import Iterable, Iterator
from typing import Any

from policies._view import ABSENT, UNKNOWN, Resource
from policies.live._answers import pick, tags
from policies.live.reader import Reader, collects

_OF_AWS = ("/aws-service-role/", "/aws-reserved/")
"""Paths of roles that AWS makes and nobody else can change."""


@collects(
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
)
def roles(read: Reader) -> Iterator[Resource]:
    """Roles."""
    for item in _details(read, "Role", "RoleDetailList"):
        if item["Path"].startswith(_OF_AWS):
            continue
        properties = {
            "assumeRolePolicy": item.get("AssumeRolePolicyDocument"),
            "name": item["RoleName"],
            "permissionsBoundary": pick(item, "PermissionsBoundary", "PermissionsBoundaryArn"),
            "tags": tags(item.get("Tags")),
        }
        yield Resource("aws:iam/role:Role", item["Arn"], properties, protect=None)
        yield from _grants(item, "role", item["RoleName"], item.get("RolePolicyList"))


@collects(
    "aws:iam/accessKey:AccessKey",
    "aws:iam/user:User",
    "aws:iam/userLoginProfile:UserLoginProfile",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
)
def users(read: Reader) -> Iterator[Resource]:
    """Users, their access keys and their passwords."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        name, arn = item["UserName"], item["Arn"]
        yield Resource("aws:iam/user:User", arn, {"name": name, "tags": tags(item.get("Tags"))}, protect=None)
        yield from _grants(item, "user", name, item.get("UserPolicyList"))
        for key in read.list("iam", "list_access_keys", "AccessKeyMetadata", UserName=name):
            urn = f"{arn}/{key['AccessKeyId']}"
            yield Resource("aws:iam/accessKey:AccessKey", urn, {"user": name, "status": key["Status"]}, protect=None)
        login = read.get("iam", "get_login_profile", absent=["NoSuchEntity"], UserName=name)
        if login is not ABSENT and login is not UNKNOWN:
            yield Resource("aws:iam/userLoginProfile:UserLoginProfile", f"{arn}/login", {"user": name}, protect=None)

    yield from read.each(one, _details(read, "User", "UserDetailList"))


@collects("aws:iam/groupPolicy:GroupPolicy", "aws:iam/groupPolicyAttachment:GroupPolicyAttachment")
def groups(read: Reader) -> Iterator[Resource]:
    """What groups are allowed."""
    for item in _details(read, "Group", "GroupDetailList"):
        yield from _grants(item, "group", item["GroupName"], item.get("GroupPolicyList"))


@collects("aws:iam/policy:Policy")
def policies(read: Reader) -> Iterator[Resource]:
    """Policies of the account's own, in their default version."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        arn = item["Arn"]
        documents = [version["Document"] for version in item["PolicyVersionList"] if version["IsDefaultVersion"]]
        labels = read.parts("iam", "list_policy_tags", "Tags", PolicyArn=arn)
        properties = {"arn": arn, "name": arn.rpartition("/")[2], "policy": documents[0], "tags": tags(labels)}
        yield Resource("aws:iam/policy:Policy", arn, properties, protect=None)

    yield from read.each(one, _details(read, "LocalManagedPolicy", "Policies"))


def _details(read: Reader, kind: str, key: str) -> list[dict[str, Any]]:
    return read.list("iam", "get_account_authorization_details", key, Filter=[kind])


def _grants(item: dict[str, Any], kind: str, name: str, inline: Iterable[dict[str, Any]] | None) -> Iterator[Resource]:
    """The policies within a principal and those that are attached to it."""
    title = kind.title()
    for policy in inline or ():
        urn = f"{item['Arn']}/{policy['PolicyName']}"
        properties = {kind: name, "name": policy["PolicyName"], "policy": policy["PolicyDocument"]}
        yield Resource(f"aws:iam/{kind}Policy:{title}Policy", urn, properties, protect=None)
    for policy in item.get("AttachedManagedPolicies") or ():
        urn = f"{item['Arn']}/{policy['PolicyArn']}"
        properties = {kind: name, "policyArn": policy["PolicyArn"]}
        yield Resource(f"aws:iam/{kind}PolicyAttachment:{title}PolicyAttachment", urn, properties, protect=None)
