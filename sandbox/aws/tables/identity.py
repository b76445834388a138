"""IAM and KMS."""

from typing import Any

from sandbox.aws.kind import AWS_OWNED, Call, Get, Kind, Listing, Tags


def _pending_deletion(client: Any, key_id: str) -> str:
    """Why a key is still there: KMS keeps it until its deletion window ends, unless AWS made it."""
    key = client.describe_key(KeyId=key_id)["KeyMetadata"]
    if key["KeyManager"] == "AWS":
        return AWS_OWNED
    if key["KeyState"] != "PendingDeletion":
        return ""
    return f"deleted by KMS on {key['DeletionDate']:%Y-%m-%d}; free of charge until then"


_KEY = {"KeyId": "{id}"}
_ROLE_NAME = {"RoleName": "{id}"}
_ROLE = {"RoleName": "name", "AssumeRolePolicyDocument": "assumeRolePolicy"}
_BOUNDARY = {"PermissionsBoundaryArn": "permissionsBoundary"}
_ROLE_POLICY = {"RoleName": "role", "PolicyName": "name", "PolicyDocument": "policy"}
_ROLE_POLICY_NAMES = {"RoleName": "{role}", "PolicyName": "{name}"}

_POLICY = {"PolicyName": "name", "PolicyDocument": "policy", "Document": "policy"}
_POLICY_ARN = {"PolicyArn": "{id}"}
_ATTACHMENT = {"RoleName": "role"}
_PROFILE = {"InstanceProfileName": "name"}
_PROFILE_ROLE = {"RoleName": "role", "Arn": "roleArn", "Path": "rolePath"}
_PROFILE_NAME = {"InstanceProfileName": "{name}"}
_OIDC = {"OpenIDConnectProviderArn": "arn", "ClientIDList": "clientIdLists", "ThumbprintList": "thumbprintLists"}
_OIDC_ARN = {"OpenIDConnectProviderArn": "{id}"}


def _delete_old_versions(client: Any, state: dict[str, Any]) -> None:
    """A policy goes only with its last version."""
    for version in client.list_policy_versions(PolicyArn=state["id"])["Versions"]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=state["id"], VersionId=version["VersionId"])


KINDS = (
    Kind(
        token="aws:kms/key:Key",
        client="kms",
        id="{keyId}",
        create=(
            Call("create_key", at="KeyMetadata"),
            Call("enable_key_rotation", _KEY, when={"enableKeyRotation": True}),
        ),
        update=(
            Call("put_key_policy", _KEY, fixed={"PolicyName": "default"}, when={"policy": True}),
            Call("update_key_description", _KEY, when={"description": True}),
            Call("enable_key_rotation", _KEY, when={"enableKeyRotation": True}),
            Call("disable_key_rotation", _KEY, when={"enableKeyRotation": False}),
        ),
        read=(
            Get("describe_key", _KEY, at="KeyMetadata", gone={"KeyState": "PendingDeletion"}),
            Get("get_key_rotation_status", _KEY, {"KeyRotationEnabled": "enableKeyRotation"}),
            Get("get_key_policy", {**_KEY, "PolicyName": "default"}),
            Get("list_resource_tags", _KEY),
        ),
        delete=(Call("schedule_key_deletion", _KEY, {"PendingWindowInDays": "deletionWindowInDays"}),),
        tags=Tags("tag_resource", "untag_resource", _KEY),
        computed=("arn", "keyId"),
        defaults={"enableKeyRotation": False},
        local=("deletionWindowInDays", "bypassPolicyLockoutSafetyCheck"),
        recorded=("rotationPeriodInDays",),
        listing=Listing("list_keys", "Keys", "KeyId", _pending_deletion),
    ),
    Kind(
        token="aws:kms/alias:Alias",
        client="kms",
        id="{name}",
        create=(Call("create_alias", rename={"AliasName": "name"}),),
        update=(Call("update_alias", {"AliasName": "{id}"}),),
        read=(
            Get(
                "list_aliases",
                at="Aliases",
                match={"AliasName": "{id}"},
                rename={"AliasName": "name", "AliasArn": "arn"},
            ),
        ),
        delete=(Call("delete_alias", {"AliasName": "{id}"}),),
        computed=("arn",),
        listing=Listing(
            "list_aliases", "Aliases", "AliasName", lambda _, name: AWS_OWNED if name.startswith("alias/aws/") else ""
        ),
    ),
    Kind(
        token="aws:iam/role:Role",
        client="iam",
        id="{name}",
        autoname="name",
        create=(Call("create_role", rename=_ROLE),),
        update=(
            Call("update_assume_role_policy", _ROLE_NAME, {"PolicyDocument": "assumeRolePolicy"}),
            Call("update_role", _ROLE_NAME),
            Call("put_role_permissions_boundary", _ROLE_NAME, when={"permissionsBoundary": True}),
            Call("delete_role_permissions_boundary", _ROLE_NAME, when={"permissionsBoundary": False}),
        ),
        read=(
            Get("get_role", _ROLE_NAME, {**_ROLE, "RoleId": "uniqueId", "PermissionsBoundary": "boundary"}, at="Role"),
            Get("get_role", _ROLE_NAME, _BOUNDARY, at="Role.PermissionsBoundary", optional=True),
        ),
        delete=(Call("delete_role", _ROLE_NAME),),
        tags=Tags("tag_role", "untag_role", _ROLE_NAME),
        computed=("arn", "createDate", "uniqueId"),
        defaults={"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
        local=("forceDetachPolicies",),
        listing=Listing(
            "list_roles", "Roles", "RoleName", lambda _, name: AWS_OWNED if name.startswith("AWSServiceRole") else ""
        ),
    ),
    Kind(
        token="aws:iam/rolePolicy:RolePolicy",
        client="iam",
        id="{role}:{name}",
        autoname="name",
        create=(Call("put_role_policy", rename=_ROLE_POLICY),),
        update=(Call("put_role_policy", _ROLE_POLICY_NAMES, {"PolicyDocument": "policy"}),),
        read=(Get("get_role_policy", _ROLE_POLICY_NAMES, _ROLE_POLICY),),
        delete=(Call("delete_role_policy", _ROLE_POLICY_NAMES),),
    ),
    Kind(
        token="aws:iam/policy:Policy",
        client="iam",
        id="{arn}",
        autoname="name",
        create=(Call("create_policy", rename=_POLICY, at="Policy"),),
        update=(Call("create_policy_version", _POLICY_ARN, _POLICY, fixed={"SetAsDefault": True}),),
        read=(
            Get("get_policy", _POLICY_ARN, _POLICY, at="Policy"),
            Get("get_policy_version", {**_POLICY_ARN, "VersionId": "{defaultVersionId}"}, _POLICY, at="PolicyVersion"),
        ),
        delete=(Call("delete_policy", _POLICY_ARN),),
        tags=Tags("tag_policy", "untag_policy", _POLICY_ARN),
        computed=("arn",),
        defaults={"path": "/"},
        empty=_delete_old_versions,
        listing=Listing("list_policies", "Policies", "Arn", given={"Scope": "Local"}),
    ),
    Kind(
        token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        client="iam",
        id="{role}/{policyArn}",
        create=(Call("attach_role_policy", rename=_ATTACHMENT),),
        update=(),
        read=(
            Get(
                "list_attached_role_policies",
                {"RoleName": "{role}"},
                _ATTACHMENT,
                at="AttachedPolicies",
                match={"PolicyArn": "{policyArn}"},
            ),
        ),
        delete=(Call("detach_role_policy", {"RoleName": "{role}", "PolicyArn": "{policyArn}"}),),
        local=("role",),
    ),
    Kind(
        token="aws:iam/instanceProfile:InstanceProfile",
        client="iam",
        id="{name}",
        autoname="name",
        create=(
            Call("create_instance_profile", rename=_PROFILE, at="InstanceProfile"),
            Call("add_role_to_instance_profile", _PROFILE_NAME, {"RoleName": "role"}),
        ),
        update=(),
        read=(
            Get("get_instance_profile", _PROFILE_NAME, _PROFILE, at="InstanceProfile"),
            Get("get_instance_profile", _PROFILE_NAME, _PROFILE_ROLE, at="InstanceProfile.Roles.0"),
        ),
        delete=(
            Call("remove_role_from_instance_profile", _PROFILE_NAME, {"RoleName": "role"}),
            Call("delete_instance_profile", _PROFILE_NAME),
        ),
        tags=Tags("tag_instance_profile", "untag_instance_profile", _PROFILE_NAME),
        recorded=("tags",),
        computed=("arn",),
        defaults={"path": "/"},
        listing=Listing("list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    ),
    Kind(
        token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        client="iam",
        id="{arn}",
        create=(Call("create_open_id_connect_provider", rename=_OIDC),),
        update=(Call("update_open_id_connect_provider_thumbprint", _OIDC_ARN, _OIDC, when={"thumbprintLists": True}),),
        read=(Get("get_open_id_connect_provider", _OIDC_ARN, _OIDC),),
        delete=(Call("delete_open_id_connect_provider", _OIDC_ARN),),
        tags=Tags("tag_open_id_connect_provider", "untag_open_id_connect_provider", _OIDC_ARN),
        computed=("arn",),
        local=("url",),  # AWS returns it without its scheme
        listing=Listing("list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
    ),
)
