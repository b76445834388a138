"""EKS, and the launch templates of its nodes."""

from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags
from sandbox.aws.model import client
from sandbox.aws.tables.network import TAG, TAGS


def _none(values: dict[str, Any]) -> None:
    """Leaves a member out."""


def _group(values: dict[str, Any]) -> str:
    """The security group that EKS makes for a cluster; the emulation leaves it out."""
    wanted = [{"Name": "group-name", "Values": [f"eks-cluster-sg-{values['name']}"]}]
    found = client("ec2", values["region"]).describe_security_groups(Filters=wanted)["SecurityGroups"]
    return found[0]["GroupId"] if found else ""


def _make_group(_: Any, values: dict[str, Any]) -> None:
    ec2 = client("ec2", values["region"])
    (subnet,) = ec2.describe_subnets(SubnetIds=values["vpcConfig"]["subnetIds"][:1])["Subnets"]
    name = f"eks-cluster-sg-{values['name']}"
    ec2.create_security_group(GroupName=name, Description="EKS", VpcId=subnet["VpcId"])


def _drop_group(_: Any, values: dict[str, Any]) -> None:
    if group := _group(values):
        client("ec2", values["region"]).delete_security_group(GroupId=group)


_NAMED = {"name": "{name}"}
_CLUSTER = {"resourcesVpcConfig": "vpcConfig"}
_OF_TEMPLATE = {"LaunchTemplateId": "{id}"}
_OF_GROUP = {"clusterName": "{clusterName}", "nodegroupName": "{nodeGroupName}"}
_GROUP = {
    "nodegroupName": "nodeGroupName",
    "nodegroupArn": "arn",
    "subnets": "subnetIds",
    "nodeRole": "nodeRoleArn",
}
_TAGS = Tags("tag_resource", "untag_resource", {"resourceArn": "{arn}"}, "tags", "tagKeys")
_LOGGING = {
    "logging": lambda values: {"clusterLogging": [{"types": values["enabledClusterLogTypes"], "enabled": True}]}
}
_ENCRYPTION = {
    "encryptionConfig": lambda values: [
        {"resources": one["resources"], "provider": {"keyArn": one["provider"]["keyArn"]}}
        for one in [values["encryptionConfig"]]
    ]
}


def _recorded(token: str, id_: str, operation: str, **more: object) -> Kind:
    """A type that the emulation lacks."""
    return Kind(
        token=f"aws:eks/{token}",
        client="eks",
        id=id_,
        create=(Call(operation, rename=more.pop("rename", {})),),  # pyright: ignore
        read=(),
        update=more.pop("update", ()),  # pyright: ignore
        emulated=False,
        **more,  # pyright: ignore
    )


KINDS = (
    Kind(
        token="aws:eks/cluster:Cluster",
        client="eks",
        id="{name}",
        autoname="name",
        create=(
            Call(
                "create_cluster",
                {**_LOGGING, **_ENCRYPTION},
                _CLUSTER,
                uses=("enabledClusterLogTypes", "encryptionConfig"),
            ),
        ),
        update=(
            # Who made the cluster cannot be changed; the rest of that structure here neither.
            Call(
                "update_cluster_config",
                {**_NAMED, **_LOGGING, "accessConfig": _none},
                _CLUSTER,
                uses=("enabledClusterLogTypes", "version"),  # the emulation cannot upgrade
            ),
        ),
        read=(
            Get("describe_cluster", _NAMED, _CLUSTER, at="cluster"),
            Get(
                "describe_cluster",
                _NAMED,
                at="cluster.logging.clusterLogging.0",
                rename={"types": "enabledClusterLogTypes"},
            ),
        ),
        delete=(Call("delete_cluster", _NAMED),),
        tags=_TAGS,
        outputs={
            "identities": lambda seen: [{"oidcs": [{"issuer": seen["identity"]["oidc"]["issuer"]}]}],
            "vpcConfig": lambda seen: {"clusterSecurityGroupId": _group(seen), **seen["vpcConfig"]},
        },
        fill=_make_group,
        empty=_drop_group,
        computed=("arn", "certificateAuthority", "endpoint"),
        # Another structure, or forgotten.
        recorded=(
            "accessConfig",
            "bootstrapSelfManagedAddons",
            "deletionProtection",
            "enabledClusterLogTypes",
            "encryptionConfig",
            "upgradePolicy",
            "version",
            "zonalShiftConfig",
        ),
        listing=Listing("list_clusters", "clusters", ""),
    ),
    Kind(
        token="aws:eks/nodeGroup:NodeGroup",
        client="eks",
        id="{clusterName}:{nodeGroupName}",
        autoname="nodeGroupName",
        create=(Call("create_nodegroup", rename=_GROUP),),
        # Labels and taints change by what is added and removed; here they replace the group.
        update=(Call("update_nodegroup_config", {**_OF_GROUP, "labels": _none, "taints": _none}),),
        read=(Get("describe_nodegroup", _OF_GROUP, _GROUP, at="nodegroup"),),
        delete=(Call("delete_nodegroup", _OF_GROUP),),
        tags=_TAGS,
        computed=("arn",),
        # moto makes up a key for who gives none.
        recorded=("remoteAccess", "updateConfig"),
    ),
    Kind(
        token="aws:ec2/launchTemplate:LaunchTemplate",
        client="ec2",
        id="{launchTemplateId}",
        autoname="name",
        create=(
            Call(
                "create_launch_template",
                rename={"LaunchTemplateName": "name"},
                wrap="LaunchTemplateData",
                at="LaunchTemplate",
            ),
            TAG,
        ),
        update=(Call("create_launch_template_version", _OF_TEMPLATE, wrap="LaunchTemplateData"),),
        read=(
            Get(
                "describe_launch_templates",
                {"LaunchTemplateIds": "{id}"},
                {"LaunchTemplateName": "name", "LatestVersionNumber": "latestVersion"},
                at="LaunchTemplates.0",
            ),
            Get(
                "describe_launch_template_versions",
                {**_OF_TEMPLATE, "Versions": "$Latest"},
                at="LaunchTemplateVersions.0.LaunchTemplateData",
            ),
        ),
        delete=(Call("delete_launch_template", _OF_TEMPLATE),),
        tags=TAGS,
        outputs={"arn": "arn:aws:ec2:{region}:{account}:launch-template/{id}"},
        computed=("launchTemplateId", "latestVersion"),
        local=("updateDefaultVersion",),
        recorded=("tags", "tagSpecifications"),
        listing=Listing("describe_launch_templates", "LaunchTemplates", "LaunchTemplateName"),
    ),
    Kind(
        token="aws:ec2/tag:Tag",
        client="ec2",
        id="{resourceId},{key}",
        create=(
            Call(
                "create_tags",
                {
                    "Resources": lambda values: [values["resourceId"]],
                    "Tags": lambda values: [{"Key": values["key"], "Value": values["value"]}],
                },
                uses=("resourceId", "key", "value"),
            ),
        ),
        update=(),
        read=(Get("describe_tags", at="Tags", match={"ResourceId": "{resourceId}", "Key": "{key}"}),),
        delete=(
            Call(
                "delete_tags",
                {
                    "Resources": lambda values: [values["resourceId"]],
                    "Tags": lambda values: [{"Key": values["key"]}],
                },
            ),
        ),
    ),
    _recorded(
        "addon:Addon",
        "{clusterName}:{addonName}",
        "create_addon",
        rename={"resolveConflicts": "resolveConflictsOnCreate"},
        outputs={"arn": "arn:aws:eks:{region}:{account}:addon/{clusterName}/{addonName}/0"},
        update=(Call("update_addon", rename={"resolveConflicts": "resolveConflictsOnUpdate"}),),
    ),
    _recorded(
        "accessEntry:AccessEntry",
        "{clusterName}:{principalArn}",
        "create_access_entry",
        outputs={"accessEntryArn": "arn:aws:eks:{region}:{account}:access-entry/{clusterName}/{principalArn}"},
    ),
    _recorded(
        "accessPolicyAssociation:AccessPolicyAssociation",
        "{clusterName}#{principalArn}#{policyArn}",
        "associate_access_policy",
    ),
    Kind(
        token="aws:iam/serviceLinkedRole:ServiceLinkedRole",
        client="iam",
        id="arn:aws:iam::{account}:role/aws-service-role/{awsServiceName}/AWSServiceRoleForEC2Spot",
        create=(Call("create_service_linked_role", rename={"AWSServiceName": "awsServiceName"}),),
        read=(),
        update=(),
        tags=Tags("tag_role", "untag_role", {"RoleName": "{name}"}),
        emulated=False,
        outputs={
            "arn": "{id}",
            "name": "AWSServiceRoleForEC2Spot",
        },
    ),
)
