"""The Kubernetes cluster: private, encrypted, logged, and open to those it names."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._cluster_access import AccessArgs, AccessPolicy, admit, enter
from components._component import Component, after
from components._eks_versions import judge
from components._kubeconfig import AWS_CLI, kubeconfig
from components._nodes import NODE_POLICIES, launch_template

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
POD_IDENTITY_AGENT = "eks-pod-identity-agent"
VOLUME_DRIVER = "aws-ebs-csi-driver"
ADDON_ROLES = {
    "vpc-cni": ("aws-node", "AmazonEKS_CNI_Policy"),
    VOLUME_DRIVER: ("ebs-csi-controller-sa", "service-role/AmazonEBSCSIDriverPolicy"),
}
"""Add-on that calls AWS to its service account and managed policy."""
BEFORE_NODES = ("vpc-cni", "kube-proxy", POD_IDENTITY_AGENT)
"""Add-ons without which a node does not become ready; they run on nodes, but need none to be installed."""


class SystemNodesArgs(TypedDict):
    """The managed nodes that run the cluster's own controllers."""

    instance_types: Sequence[str]
    """EC2 instance types, in order of preference."""
    min_size: int
    """Least nodes."""
    max_size: int
    """Most nodes, for an operator who changes the desired size: no autoscaler does."""
    volume_gib: NotRequired[int]
    """Size of the encrypted root volume, GiB. Default 50."""
    release: NotRequired[str]
    """Version of the AMI, `<Kubernetes version>-<date>`, for example `1.35.0-20261023`; a change replaces the nodes one
    by one. Default: the newest when the group is created, which then stays."""


class ClusterArgs(TypedDict):
    """Inputs of Cluster."""

    version: str
    """Kubernetes version in standard support, for example `1.35`."""
    subnet_ids: pulumi.Input[Sequence[str]]
    """Private subnets of nodes and control plane, two zones or more."""
    kms_key_arn: pulumi.Input[str]
    """Key of secrets, logs and volumes; needs the services `autoscaling`, `ec2`, `eks`, `logs`."""
    addons: Mapping[str, str]
    """Add-on to its pinned version; must have `vpc-cni`, `kube-proxy`, `coredns` and `eks-pod-identity-agent`."""
    system_nodes: SystemNodesArgs
    """Nodes of the cluster's own controllers."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    access: NotRequired[Mapping[str, AccessArgs]]
    """Name to who may enter. Default: nobody, not even who makes the cluster."""
    public_access_cidrs: NotRequired[Sequence[str]]
    """Networks that may reach the API from the internet. Default: none, and no public endpoint."""
    private_access_cidrs: NotRequired[Sequence[str]]
    """Private networks besides the VPC's nodes, such as those of a VPN or a peered VPC, that reach the API. Default:
    none."""
    log_days: NotRequired[int]
    """Days that CloudWatch Logs keeps the control plane's logs. Default 365."""
    deletion_protection: NotRequired[bool]
    """Refuse to delete the cluster. Default true."""
    token_command: NotRequired[Sequence[str]]
    """Command of the kubeconfig that prints an ExecCredential; `--cluster-name` and `--region` are added. It must be on
    the PATH where the kubeconfig is used. Default: the AWS CLI's `eks get-token`."""


class Cluster(Component):
    """An EKS cluster with a private endpoint, encrypted secrets, all logs, pinned add-ons and a few system nodes."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    cluster_arn: pulumi.Output[str]
    """ARN of the cluster."""
    endpoint: pulumi.Output[str]
    """URL of the API server."""
    certificate_authority: pulumi.Output[str]
    """Certificate of the API server's authority, base64."""
    security_group_id: pulumi.Output[str]
    """Security group that EKS puts on control plane and nodes."""
    oidc_provider_arn: pulumi.Output[str]
    """IAM OIDC provider, for roles where Pod Identity does not work."""
    oidc_issuer: pulumi.Output[str]
    """URL of the cluster's OIDC issuer."""
    node_role_arn: pulumi.Output[str]
    """Role of the system nodes."""
    node_group_name: pulumi.Output[str]
    """Name of the system node group."""
    node_group_arn: pulumi.Output[str]
    """ARN of the system node group."""
    kubeconfig: pulumi.Output[str]
    """kubeconfig (JSON) that signs in by `token_command`; it holds no secret.

    It waits for nodes, add-ons and access: what is in the cluster is made after them and goes while they still run.
    """

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        self._validate(args)
        cluster_name, public = self._physical_name(), list(args.get("public_access_cidrs", []))
        logs = aws.cloudwatch.LogGroup(
            name,
            # The name that EKS writes to; it would make the group itself, without key and without end.
            name=f"/aws/eks/{cluster_name}/cluster",
            kms_key_id=args["kms_key_arn"],
            retention_in_days=int(args.get("log_days", 365)),
            tags=self._tags,
            opts=self._child(),
        )
        role = self._role(name, documents.service_trust("eks.amazonaws.com"))
        attached = self._managed(name, role, ["AmazonEKSClusterPolicy"])
        cluster = aws.eks.Cluster(
            name,
            name=cluster_name,
            version=args["version"],
            role_arn=role.arn,
            vpc_config={
                "subnet_ids": args["subnet_ids"],
                "endpoint_private_access": True,
                "endpoint_public_access": bool(public),
                "public_access_cidrs": public or None,
            },
            encryption_config={"resources": ["secrets"], "provider": {"key_arn": args["kms_key_arn"]}},
            enabled_cluster_log_types=list(LOG_TYPES),
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
            bootstrap_self_managed_addons=False,
            upgrade_policy={"support_type": "STANDARD"},
            zonal_shift_config={"enabled": True},
            deletion_protection=args.get("deletion_protection", True),
            tags=self._tags,
            opts=self._child([logs, *attached]),
        )
        self._cluster = cluster
        issuer = cluster.identities.apply(lambda found: found[0]["oidcs"][0]["issuer"])
        group = cluster.vpc_config.apply(lambda found: found["cluster_security_group_id"])
        provider = aws.iam.OpenIdConnectProvider(
            name, url=issuer, client_id_lists=["sts.amazonaws.com"], tags=self._tags, opts=self._child()
        )
        aws.ec2.Tag(name, resource_id=group, key="karpenter.sh/discovery", value=cluster.name, opts=self._child())
        # EKS makes the group, and gives it none of the cluster's tags.
        for key, value in self._tags.items():
            aws.ec2.Tag(f"{name}-{key}", resource_id=group, key=key, value=value, opts=self._child())
        admit(name, group, args.get("private_access_cidrs", []), self._tags, self._child())
        entered = [
            enter(f"{name}-{who}", access, cluster, self._caller()["partition"], self._tags, self._child())
            for who, access in args.get("access", {}).items()
        ]
        roles = {
            addon: self._addon_role(addon, args["kms_key_arn"]) for addon in ADDON_ROLES if addon in args["addons"]
        }
        needed = [self._addon(addon, args["addons"][addon], roles) for addon in BEFORE_NODES]
        node_role, nodes = self._system_nodes(args["system_nodes"], args["subnet_ids"], args["kms_key_arn"], needed)
        on_nodes = [
            self._addon(addon, version, roles, [nodes])
            for addon, version in args["addons"].items()
            if addon not in BEFORE_NODES
        ]
        token = args.get("token_command", AWS_CLI)
        config = pulumi.Output.all(
            cluster.name, cluster.endpoint, cluster.certificate_authority, self._caller()["region"]
        ).apply(lambda v: kubeconfig(v[0], v[1], v[2]["data"], v[3], token))
        self._finish(
            cluster_name=cluster.name,
            cluster_arn=cluster.arn,
            endpoint=cluster.endpoint,
            certificate_authority=cluster.certificate_authority.apply(lambda found: found["data"]),
            security_group_id=group,
            oidc_provider_arn=provider.arn,
            oidc_issuer=issuer,
            node_role_arn=node_role.arn,
            node_group_name=nodes.node_group_name,
            node_group_arn=nodes.arn,
            kubeconfig=after(config, nodes, *needed, *on_nodes, *entered),
        )

    def _validate(self, args: ClusterArgs) -> None:
        label = f"Cluster {self._name!r}"
        try:
            warning = judge(args["version"], datetime.now(UTC).date())
        except ValueError as error:
            raise ValueError(f"{label}: {error}") from None
        if warning:
            pulumi.log.warn(f"{label}: {warning}", self)
        if missing := sorted({*BEFORE_NODES, "coredns"} - set(args["addons"])):
            raise ValueError(f"{label}: addons lacks {', '.join(missing)}, without which nothing runs")
        for key in ("public_access_cidrs", "private_access_cidrs"):
            for cidr in args.get(key, []):
                if cidr.endswith("/0"):
                    raise ValueError(f"{label}: {key} has {cidr!r}; allowed: networks of yours, not every address")
        for who, access in args.get("access", {}).items():
            path, arn = f"{label}: access.{who}", access["principal_arn"]
            if str(access["policy"]) == AccessPolicy.CLUSTER_ADMIN and access.get("namespaces"):
                raise ValueError(f"{path}.namespaces; allowed for cluster-admin: none, it has all")
            if isinstance(arn, str) and not re.fullmatch(r"arn:[^*?]+:(role|user)/[^*?]+", arn):
                raise ValueError(f"{path}.principal_arn = {arn!r}; allowed: the ARN of one role or user")

    def _managed(
        self, name: str, role: "aws.iam.Role", policies: Sequence[str]
    ) -> "list[aws.iam.RolePolicyAttachment]":
        return [self._attach(f"{name}-{policy.rpartition('/')[2]}", role, policy) for policy in policies]

    def _addon_role(
        self, addon: str, key_arn: pulumi.Input[str]
    ) -> "tuple[aws.iam.Role, list[aws.iam.RolePolicyAttachment | aws.iam.RolePolicy]]":
        name = f"{self._name}-{addon}"
        service_account, policy = ADDON_ROLES[addon]
        trust = pulumi.Output.all(self._caller(), self._cluster.name).apply(
            lambda v: documents.pod_identity_trust(v[0], v[1], "kube-system", service_account)
        )
        role = self._role(name, trust)
        return role, [*self._managed(name, role, [policy]), *self._volume_key(addon, name, role, key_arn)]

    def _volume_key(
        self, addon: str, name: str, role: "aws.iam.Role", key_arn: pulumi.Input[str]
    ) -> "list[aws.iam.RolePolicy]":
        """Let the driver for EBS make volumes with the cluster's key: AWS's own policy for it knows no keys."""
        if addon != VOLUME_DRIVER:
            return []
        policy = pulumi.Output.from_input(key_arn).apply(lambda arn: documents.render(volume_key(arn)))
        return [aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=self._child())]

    def _addon(
        self, addon: str, version: str, roles: Mapping[str, Any], depends_on: Sequence[pulumi.Resource] = ()
    ) -> "aws.eks.Addon":
        more: dict[str, Any] = {}
        if addon in roles:
            role, attached = roles[addon]
            depends_on = [*depends_on, *attached]
            more["pod_identity_associations"] = [{"role_arn": role.arn, "service_account": ADDON_ROLES[addon][0]}]
        if addon == "vpc-cni":
            # More pods a node, and network policies that are enforced.
            settings = {"enableNetworkPolicy": "true", "env": {"ENABLE_PREFIX_DELEGATION": "true"}}
            more["configuration_values"] = json.dumps(settings)
        return aws.eks.Addon(
            f"{self._name}-{addon}",
            cluster_name=self._cluster.name,
            addon_name=addon,
            addon_version=version,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            tags=self._tags,
            opts=self._child(depends_on),
            **more,
        )

    def _system_nodes(
        self,
        nodes: SystemNodesArgs,
        subnet_ids: pulumi.Input[Sequence[str]],
        key_arn: pulumi.Input[str],
        depends_on: Sequence[pulumi.Resource],
    ) -> "tuple[aws.iam.Role, aws.eks.NodeGroup]":
        name, least = f"{self._name}-system", int(nodes["min_size"])
        role = self._role(name, documents.service_trust("ec2.amazonaws.com"))
        attached = self._managed(name, role, NODE_POLICIES)
        template = aws.ec2.LaunchTemplate(
            name, **launch_template(key_arn, self._tags, int(nodes.get("volume_gib", 50))), opts=self._child()
        )
        group = aws.eks.NodeGroup(
            name,
            cluster_name=self._cluster.name,
            # Without it the group stays at the version that it was made with.
            version=self._cluster.version,
            release_version=nodes.get("release"),
            node_role_arn=role.arn,
            subnet_ids=subnet_ids,
            ami_type="AL2023_x86_64_STANDARD",
            capacity_type="ON_DEMAND",
            instance_types=list(nodes["instance_types"]),
            scaling_config={"min_size": least, "desired_size": least, "max_size": int(nodes["max_size"])},
            update_config={"max_unavailable": 1},
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            labels={"ml-platform/pool": "system"},
            taints=[{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}],
            tags=self._tags,
            opts=self._child([*attached, *depends_on]),
        )
        return role, group


def volume_key(key_arn: str) -> list[documents.Statement]:
    """Encrypt volumes with one key: EC2 uses it by a grant that the driver gives it."""
    return [
        documents.allow(["kms:DescribeKey", *documents.USE_KEY], key_arn),
        documents.allow(["kms:CreateGrant"], key_arn, Bool={"kms:GrantIsForAWSResource": "true"}),
    ]
