"""A team's place in the cluster: what it has, what it may do, and whom it can reach."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components import _kueue as kueue
from components import _tenant_documents as documents
from components._component import Component, after
from components._kubernetes import custom, is_name, labels
from components.workload_identity import GrantArgs, WorkloadIdentity, WorkloadIdentityArgs

RESERVED = ("default", "cert-manager", "external-secrets", "keda", "kueue-system", "monitoring", "nvidia")
"""Namespaces of the cluster itself, besides all that begin with `kube-`."""


class QuotaArgs(TypedDict):
    """Most that a team's namespace asks for at a time."""

    cpus: int
    """vCPUs."""
    memory_gib: int
    """Memory, GiB; limits may add up to twice as much. A container without a limit gets 512 MiB: one that requests more
    sets its limit too, or the API server refuses it."""
    gpus: NotRequired[int]
    """GPUs, borrowed ones included. Default 0."""
    pods: NotRequired[int]
    """Pods. Default 100."""
    storage_gib: NotRequired[int]
    """Volumes together, GiB. Default 500."""
    load_balancers: NotRequired[int]
    """Services of type LoadBalancer. The quota has no node ports, so each sets `allocateLoadBalancerNodePorts: false`,
    and `loadBalancerClass: service.k8s.aws/nlb`. Default 0."""


class ServiceAccountArgs(TypedDict):
    """A service account with an identity in AWS."""

    grants: Sequence[GrantArgs]
    """What it may do; at least one."""


class TenantArgs(TypedDict):
    """Inputs of Tenant."""

    namespace: str
    """Name of the namespace, of the tenant and of its LocalQueue; a DNS label."""
    group: str
    """Kubernetes group of the team's members."""
    quota: QuotaArgs
    """Most it uses."""
    cluster_name: pulumi.Input[str]
    """EKS cluster, for the identities of its service accounts and for its members."""
    tags: Mapping[str, str]
    """Mandatory tags; as labels, what the team costs is found by them."""
    member_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of IAM roles or users that are the group's members. Default: none; a cluster lets each in once."""
    service_accounts: NotRequired[Mapping[str, ServiceAccountArgs]]
    """Service account to what it may do in AWS. Default: none."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Policy that no role of a service account can exceed. Default: none."""
    cluster_queue: NotRequired[pulumi.Input[str]]
    """ClusterQueue of the team, of `cluster_queues` of TrainingQueue. Default: none, and so no GPUs."""
    https_cidrs: NotRequired[Sequence[pulumi.Input[str]]]
    """Networks its pods reach by TLS: the VPC's, for AWS by interface endpoints, S3 included. Default: none."""
    from_namespaces: NotRequired[Sequence[str]]
    """Namespaces whose pods may call its pods, such as that of monitoring. Default: none."""
    to_namespaces: NotRequired[Sequence[str]]
    """Namespaces whose pods its pods may call, such as that of the model registry. Default: none."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """`ready` of what must be there first and go last: ClusterAddons, TrainingQueue. Default: nothing."""


class Tenant(Component):
    """A namespace with quota, default-deny network policies, pod security `restricted`, rights and identities.

    Load balancers and volumes of the team go with its namespace, while the controllers that own them still run: give
    `ready` of ClusterAddons in `after`.
    """

    namespace: pulumi.Output[str]
    """Name of the namespace, once all that limits it is there."""
    role_arns: pulumi.Output[dict[str, str]]
    """Service account to its AWS role."""
    queue_name: pulumi.Output[str | None]
    """Name of the LocalQueue, for the label `kueue.x-k8s.io/queue-name`; none without `cluster_queue`."""

    def __init__(self, name: str, args: TenantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        self._validate(args)
        tenant = args["namespace"]
        meta: Any = {"name": tenant, "labels": {**labels(self._tags), **documents.namespace_labels(tenant)}}
        space = k8s.core.v1.Namespace(
            name,
            metadata=meta,
            # Its load balancers and volumes are taken away first.
            opts=pulumi.ResourceOptions.merge(
                self._child(args.get("after", [])),
                pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(delete="30m")),
            ),
        )
        self._space = space.metadata.apply(lambda found: found["name"])
        limits = [self._limit(args["quota"]), *self._network(args), *self._rights(args["group"])]
        queue = self._queue(tenant, args["cluster_queue"]) if "cluster_queue" in args else None
        roles = {account: self._account(account, args) for account in args.get("service_accounts", {})}
        for number, arn in enumerate(args.get("member_arns", [])):
            aws.eks.AccessEntry(
                f"{name}-member-{number}",
                cluster_name=args["cluster_name"],
                principal_arn=arn,
                kubernetes_groups=[args["group"]],
                type="STANDARD",
                tags=self._tags,
                opts=self._child(),
            )
        self._finish(
            namespace=after(self._space, *limits),
            role_arns=pulumi.Output.all(**roles) if roles else pulumi.Output.from_input({}),
            queue_name=after(tenant, queue) if queue else pulumi.Output.from_input(None),
        )

    def _meta(self, called: str) -> Any:
        return {"name": called, "namespace": self._space, "labels": labels(self._tags)}

    def _limit(self, quota: QuotaArgs) -> pulumi.Resource:
        defaults: Any = documents.defaults()
        k8s.core.v1.LimitRange(self._name, metadata=self._meta("defaults"), spec=defaults, opts=self._child())
        hard = documents.quota(
            int(quota["cpus"]),
            int(quota["memory_gib"]),
            int(quota.get("gpus", 0)),
            int(quota.get("pods", 100)),
            int(quota.get("storage_gib", 500)),
            int(quota.get("load_balancers", 0)),
        )
        return k8s.core.v1.ResourceQuota(
            self._name, metadata=self._meta("quota"), spec={"hard": hard}, opts=self._child()
        )

    def _network(self, args: TenantArgs) -> list[pulumi.Resource]:
        cidrs, callers = list(args.get("https_cidrs", [])), list(args.get("from_namespaces", []))
        called = list(args.get("to_namespaces", []))
        found = documents.network_policies(args["namespace"], cidrs, callers, called)
        return [
            k8s.networking.v1.NetworkPolicy(
                f"{self._name}-{key}", metadata=self._meta(key), spec=spec, opts=self._child()
            )
            for key, spec in found.items()
        ]

    def _rights(self, group: str) -> list[pulumi.Resource]:
        rules: Any = documents.rules()
        role = k8s.rbac.v1.Role(self._name, metadata=self._meta("team"), rules=rules, opts=self._child())
        bound = k8s.rbac.v1.RoleBinding(
            self._name,
            metadata=self._meta("team"),
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": "team"},
            subjects=[{"api_group": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
            opts=self._child([role]),
        )
        return [role, bound]

    def _queue(self, tenant: str, cluster_queue: pulumi.Input[str]) -> pulumi.Resource:
        document = {
            "apiVersion": kueue.API,
            "kind": "LocalQueue",
            "metadata": self._meta(tenant),
            "spec": {"clusterQueue": cluster_queue},
        }
        return custom(f"{self._name}-queue", document, self._child())

    def _account(self, account: str, args: TenantArgs) -> pulumi.Output[str]:
        identity: WorkloadIdentityArgs = {
            "namespace": args["namespace"],
            "service_account": account,
            "cluster_name": args["cluster_name"],
            "grants": args.get("service_accounts", {})[account]["grants"],
            "tags": args["tags"],
        }
        if "permissions_boundary_arn" in args:
            identity["permissions_boundary_arn"] = args["permissions_boundary_arn"]
        found = WorkloadIdentity(f"{self._name}-{account}", identity, self._child())
        k8s.core.v1.ServiceAccount(
            f"{self._name}-{account}",
            metadata=self._meta(account),
            # It is for AWS; who calls Kubernetes asks for a token of its own.
            automount_service_account_token=False,
            opts=self._child([found]),
        )
        return found.role_arn

    def _validate(self, args: TenantArgs) -> None:
        label, tenant = f"Tenant {self._name!r}", args["namespace"]
        if not is_name(tenant) or tenant.startswith("kube-") or tenant in RESERVED:
            raise ValueError(f"{label}: namespace = {tenant!r}; allowed: a DNS label that the cluster does not use")
        if args["group"].startswith("system:"):
            raise ValueError(f"{label}: group = {args['group']!r}; allowed: a group of your own, not of Kubernetes")
        gpus = int(args["quota"].get("gpus", 0))
        if gpus and "cluster_queue" not in args:
            raise ValueError(f"{label}: quota.gpus = {gpus}; allowed without cluster_queue: 0, GPUs come by a queue")
