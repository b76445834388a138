"""The controllers that everything else in the cluster needs, installed in waves."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components import _addon_rights as rights
from components import _addon_values as values
from components import _documents as documents
from components import versions
from components._chart_namespaces import SPACES, namespace
from components._component import Component, after
from components._kubernetes import STORAGE_CLASS, custom, labels, manifests, release
from components.versions import Chart

Wave = Sequence[tuple[Chart, Mapping[str, Any]]]
SERVICE_ACCOUNTS = {
    versions.ARGO_ROLLOUTS: "argo-rollouts",
    versions.AWS_LOAD_BALANCER_CONTROLLER: "aws-load-balancer-controller",
    versions.EXTERNAL_SECRETS: "external-secrets",
    versions.KEDA: "keda-operator",
}
"""Chart that calls AWS to its service account; Karpenter's identity is made by GpuNodeAccess."""


class ClusterAddonsArgs(TypedDict):
    """Inputs of ClusterAddons."""

    cluster_name: pulumi.Input[str]
    """EKS cluster; the Kubernetes provider of the component must be of the same."""
    vpc_id: pulumi.Input[str]
    """VPC of the cluster."""
    kms_key_arn: pulumi.Input[str]
    """Key of the secrets that are read."""
    volume_kms_key_arn: pulumi.Input[str]
    """Key of volumes: the cluster's, as its driver for EBS may use no other."""
    secret_prefix: str
    """How the names of the secrets begin that external-secrets may read; it can read no others."""
    tags: Mapping[str, str]
    """Mandatory tags; load balancers get them too."""
    replicas: NotRequired[int]
    """Pods of each controller; from two on with a disruption budget. Default 2."""
    karpenter_queue: NotRequired[pulumi.Input[str]]
    """`queue_name` of GpuNodeAccess: install Karpenter, the GPU device plugin and exporter. Default: none of them."""
    scaling_queue_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """SQS queues whose length KEDA may scale by. Default: none, and no identity for KEDA."""
    gateway_api_file: NotRequired[str]
    """Path of `standard-install.yaml` of the Gateway API, which has no chart. Default: no Gateway API."""


class ClusterAddons(Component):
    """Charts in six waves, each once the one before it serves; taken away in the opposite order.

    Their namespaces enforce a Pod Security Standard, and a network policy lets only Prometheus and the API server in.

    1. CRDs of Karpenter and the Gateway API; 2. cert-manager; 3. the AWS load balancer controller, for it has a
    certificate; 4. external-secrets, KEDA and metrics-server; 5. Argo Rollouts; 6. Karpenter, and what GPU nodes run.

    The default StorageClass encrypts volumes with a key: EKS has no default since Kubernetes 1.30, and its class `gp2`
    encrypts nothing by itself.

    Device plugin and exporter are here, and not with the pools of GPU nodes, because a cluster has one of each.

    What owns instances, load balancers or volumes must go before its controller: whatever is made in the cluster takes
    `ready` as its `after`, or `depends_on` this component.
    """

    ready: pulumi.Output[str]
    """The component's name, once every release serves."""
    release_versions: pulumi.Output[dict[str, str]]
    """Release to the version of its chart."""
    load_balancer_role_arn: pulumi.Output[str]
    """Role of the load balancer controller."""
    external_secrets_role_arn: pulumi.Output[str]
    """Role of external-secrets; who guards a secret by policy must let it in."""

    def __init__(self, name: str, args: ClusterAddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        if (replicas := int(args.get("replicas", 2))) < 1:
            raise ValueError(f"ClusterAddons {name!r}: replicas = {replicas}; allowed: 1 or more, in production 2")
        if not args["secret_prefix"] or "*" in args["secret_prefix"]:
            raise ValueError(
                f"ClusterAddons {name!r}: secret_prefix = {args['secret_prefix']!r}; "
                "allowed: how the secrets' names begin, without wildcards; empty would be every secret"
            )
        done = self._gateway_api(args["gateway_api_file"]) if "gateway_api_file" in args else []
        setup = values.Setup(
            args["cluster_name"], self._caller()["region"], args["vpc_id"], replicas, bool(done), self._tags
        )
        self._cluster, self._identities, self._roles = args["cluster_name"], {}, {}
        self._rights(args)
        self._storage(args["volume_kms_key_arn"])
        waves = self._waves(setup, args.get("karpenter_queue"))
        done = [*done, *self._spaces(waves)]
        for wave in waves:
            done = [*done, *[self._release(chart, found, done) for chart, found in wave]]
        self._finish(
            ready=after(name, *done),
            release_versions=pulumi.Output.from_input(
                {chart.name: chart.version for wave in waves for chart, _ in wave}
            ),
            load_balancer_role_arn=self._roles[versions.AWS_LOAD_BALANCER_CONTROLLER].arn,
            external_secrets_role_arn=self._roles[versions.EXTERNAL_SECRETS].arn,
        )

    def _storage(self, key_arn: pulumi.Input[str]) -> None:
        meta: Any = {
            "name": STORAGE_CLASS,
            "labels": labels(self._tags),
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        }
        k8s.storage.v1.StorageClass(
            f"{self._name}-volumes",
            metadata=meta,
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": key_arn},
            allow_volume_expansion=True,
            # A volume is made where its pod is.
            volume_binding_mode="WaitForFirstConsumer",
            opts=self._child(),
        )

    def _spaces(self, waves: Sequence[Wave]) -> list[pulumi.Resource]:
        """The namespaces of the charts; `kube-system` is EKS's."""
        wanted = {chart.namespace: None for wave in waves for chart, _ in wave if chart.namespace in SPACES}
        own = labels(self._tags)
        return [one for space in wanted for one in namespace(f"{self._name}-{space}", space, own, self._child())]

    def _waves(self, setup: values.Setup, queue: pulumi.Input[str] | None) -> list[Wave]:
        found: list[Wave] = [
            [(versions.CERT_MANAGER, values.cert_manager(setup))],
            [(versions.AWS_LOAD_BALANCER_CONTROLLER, values.load_balancer_controller(setup))],
            [
                (versions.EXTERNAL_SECRETS, values.external_secrets(setup)),
                (versions.KEDA, values.keda(setup)),
                (versions.METRICS_SERVER, values.metrics_server(setup)),
            ],
            [(versions.ARGO_ROLLOUTS, values.argo_rollouts(setup))],
        ]
        if queue is None:
            return found
        nodes: Wave = [
            (versions.KARPENTER, values.karpenter(setup, queue)),
            (versions.NVIDIA_DEVICE_PLUGIN, values.device_plugin()),
            (versions.DCGM_EXPORTER, values.dcgm_exporter()),
        ]
        return [[(versions.KARPENTER_CRD, {})], *found, nodes]

    def _release(self, chart: Chart, found: Mapping[str, Any], done: Sequence[pulumi.Resource]) -> pulumi.Resource:
        # A pod gets the credentials of its identity when it starts, and only then.
        identity = [self._identities[chart]] if chart in self._identities else []
        # Helm installs a chart's own CRDs once and never again; Karpenter's have a chart that is upgraded.
        return release(
            f"{self._name}-{chart.name}", chart, found, self._child([*done, *identity]), chart is versions.KARPENTER
        )

    def _gateway_api(self, path: str) -> list[pulumi.Resource]:
        try:
            found = list(manifests(path))
        except ValueError as error:
            raise ValueError(
                f"ClusterAddons {self._name!r}: gateway_api_file {error}; it is `standard-install.yaml` of "
                f"release {versions.GATEWAY_API} of kubernetes-sigs/gateway-api"
            ) from None
        return [custom(f"{self._name}-{one['metadata']['name']}", one, self._child()) for one in found]

    def _rights(self, args: ClusterAddonsArgs) -> None:
        caller, prefix = self._caller(), args["secret_prefix"]
        wanted: dict[Chart, pulumi.Output[list[documents.Statement]]] = {
            versions.AWS_LOAD_BALANCER_CONTROLLER: pulumi.Output.all(caller, args["cluster_name"]).apply(
                lambda v: rights.load_balancers(*v)
            ),
            versions.ARGO_ROLLOUTS: pulumi.Output.from_input(rights.target_groups()),
            versions.EXTERNAL_SECRETS: pulumi.Output.all(caller, args["kms_key_arn"]).apply(
                lambda v: rights.secrets(v[0], prefix, v[1])
            ),
        }
        if args.get("scaling_queue_arns"):
            queues = pulumi.Output.all(*args.get("scaling_queue_arns", []))
            wanted[versions.KEDA] = queues.apply(rights.queue_lengths)
        for chart, statements in wanted.items():
            self._identity(chart, statements)

    def _identity(self, chart: Chart, statements: pulumi.Output[list[documents.Statement]]) -> None:
        name, account = f"{self._name}-{chart.name}", SERVICE_ACCOUNTS[chart]
        trust = partial(documents.pod_identity_trust, namespace=chart.namespace, service_account=account)
        role = self._role(name, pulumi.Output.all(self._caller(), self._cluster).apply(lambda v: trust(*v)))
        policy = aws.iam.RolePolicy(name, role=role.name, policy=statements.apply(documents.render), opts=self._child())
        self._roles[chart] = role
        self._identities[chart] = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=self._cluster,
            namespace=chart.namespace,
            service_account=account,
            role_arn=role.arn,
            tags=self._tags,
            opts=self._child([policy]),
        )
