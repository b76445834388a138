"""MLflow in the cluster: runs and registered models, with their files in S3 and their records in PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as k8s

from components import _mlflow as mlflow
from components import versions
from components._component import Component, after
from components._images import is_pinned
from components._kubernetes import READY, custom, is_name, labels, release
from components._tenant_documents import namespace_labels
from components.workload_identity import GrantKind, WorkloadIdentity


class ModelRegistryArgs(TypedDict):
    """Inputs of ModelRegistry."""

    cluster_name: pulumi.Input[str]
    """EKS cluster; the Kubernetes provider of the component must be of the same, and have external-secrets."""
    image: str
    """Image, `NAME@sha256:...`, with this repository's `workloads` and the packages of `tools/workloads`."""
    bucket_name: pulumi.Input[str]
    """Bucket of the models' files."""
    prefix: str
    """Prefix in it that runs and models are written below."""
    published_prefix: str
    """Prefix in it that promoted models are copied below, to `<model>/<version>`; only who promotes writes there."""
    kms_key_arn: pulumi.Input[str]
    """Key of the bucket."""
    database_address: pulumi.Input[str]
    """Host of PostgreSQL, whose users sign in by IAM."""
    database_resource_id: pulumi.Input[str]
    """Id that IAM knows the database by, `db-...`."""
    database_user: str
    """User and database of MLflow, which DatabaseUsers creates."""
    vpc_cidr: pulumi.Input[str]
    """Network that the database and the interface endpoints are in, that of S3 included."""
    admin_secret_arn: pulumi.Input[str]
    """Secret of Secrets Manager whose text is the administrator's password; external-secrets must be let in."""
    gate: str
    """What each alias demands and each model's thresholds, JSON; `workloads.promotion.gate` has its form."""
    caller_namespaces: Sequence[str]
    """Namespaces whose pods may call it; at least one."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    replicas: NotRequired[int]
    """Servers; from two on with a disruption budget. Default 2."""
    allowed_hosts: NotRequired[Sequence[str]]
    """Host names that requests may be for, besides `mlflow.mlflow.svc` and its shorter forms; who scrapes it asks for
    `<address of a pod>:5000`, for which `10.0.*:5000` stands. Default: none."""
    metrics: NotRequired[bool]
    """Expose metrics and be scraped; the kinds of the Prometheus operator must be there. Default false."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """`ready` of what must be there first and go last: ClusterAddons. Default: nothing."""


class ModelRegistry(Component):
    """An MLflow server that wants credentials, and is reached from the namespaces that are named.

    It signs in to the database by IAM: there is no password. Clients read and write models' files in S3 themselves, by
    their own rights. The gate is a ConfigMap in its namespace, which no team can change; whoever promotes runs there.
    """

    tracking_uri: pulumi.Output[str]
    """Address in the cluster, once it serves."""
    namespace: pulumi.Output[str]
    """Its namespace."""
    role_arn: pulumi.Output[str]
    """AWS role of the servers."""
    promoter_role_arn: pulumi.Output[str]
    """AWS role of the service account `promotion`, which reads models' files and publishes them."""
    gate_config_map: pulumi.Output[str]
    """ConfigMap of the gate: `gate.json`, and `publish`, the URI that promoted models are below."""
    ready: pulumi.Output[str]
    """The component's name, once it serves."""

    def __init__(self, name: str, args: ModelRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        replicas, metrics = int(args.get("replicas", 2)), bool(args.get("metrics", False))
        self._validate(args, replicas)
        space = k8s.core.v1.Namespace(
            name,
            metadata={
                "name": mlflow.NAMESPACE,
                "labels": {**labels(self._tags), **namespace_labels(mlflow.NAMESPACE)},
            },
            opts=self._child(args.get("after", [])),
        )
        self._space = space.metadata.apply(lambda found: found["name"])
        region = self._caller()["region"]
        runs, published = args["prefix"], args["published_prefix"]
        read, write = GrantKind.READ_PREFIX, GrantKind.WRITE_PREFIX
        server = self._identity(mlflow.NAME, args, [(read, runs), (write, runs)], database=True)
        promoter = self._identity(mlflow.PROMOTER, args, [(read, runs), (read, published), (write, published)])
        account = k8s.core.v1.ServiceAccount(
            f"{name}-{mlflow.PROMOTER}",
            metadata=self._meta(mlflow.PROMOTER),
            automount_service_account_token=False,
            opts=self._child([promoter]),
        )
        where = pulumi.Output.format("s3://{0}/{1}", args["bucket_name"], published)
        gate = self._config(mlflow.GATE, {"gate.json": args["gate"], "publish": where})
        before = [
            self._config(f"{mlflow.NAME}-files", {"basic_auth.ini": mlflow.INI}),
            *self._secret(args["admin_secret_arn"], region),
            *self._network(args),
        ]
        setup = mlflow.Setup(
            args["image"],
            replicas,
            region,
            args["bucket_name"],
            args["prefix"],
            args["database_address"],
            args["database_user"],
            args.get("allowed_hosts", ()),
            metrics,
            labels(self._tags),
        )
        # A pod gets the credentials of its identity when it starts, and only then.
        served = release(name, versions.MLFLOW, mlflow.values(setup), self._child([*before, server]))
        more = [self._budget(replicas)] if replicas > 1 else []
        more += (
            [self._object("ServiceMonitor", "monitoring.coreos.com/v1", mlflow.service_monitor())] if metrics else []
        )
        uri = f"http://{mlflow.NAME}.{mlflow.NAMESPACE}.svc"
        self._finish(
            tracking_uri=after(uri, served),
            namespace=self._space,
            role_arn=server.role_arn,
            promoter_role_arn=after(promoter.role_arn, account),
            gate_config_map=after(mlflow.GATE, gate),
            ready=after(name, served, *more),
        )

    def _meta(self, called: str) -> Any:
        return {"name": called, "namespace": self._space, "labels": labels(self._tags)}

    def _object(self, kind: str, api: str, spec: Mapping[str, Any]) -> pulumi.Resource:
        document = {"apiVersion": api, "kind": kind, "metadata": self._meta(mlflow.NAME), "spec": spec}
        return custom(self._name, document, self._child())

    def _config(self, called: str, data: Mapping[str, pulumi.Input[str]]) -> pulumi.Resource:
        return k8s.core.v1.ConfigMap(
            f"{self._name}-{called}", metadata=self._meta(called), data=dict(data), opts=self._child()
        )

    def _identity(
        self, account: str, args: ModelRegistryArgs, files: Sequence[tuple[GrantKind, str]], database: bool = False
    ) -> WorkloadIdentity:
        caller = self._caller()
        bucket = pulumi.Output.format("arn:{0}:s3:::{1}", caller["partition"], args["bucket_name"])
        shared: Any = {"resource_arn": bucket, "kms_key_arn": args["kms_key_arn"]}
        grants: list[Any] = [{"kind": kind, "prefix": prefix, **shared} for kind, prefix in files]
        if database:
            user = pulumi.Output.all(caller, args["database_resource_id"]).apply(
                lambda v: (
                    f"arn:{v[0]['partition']}:rds-db:{v[0]['region']}:{v[0]['account']}"
                    f":dbuser:{v[1]}/{args['database_user']}"
                )
            )
            grants.append({"kind": GrantKind.CONNECT_DATABASE, "resource_arn": user})
        return WorkloadIdentity(
            f"{self._name}-{account}",
            {
                "namespace": mlflow.NAMESPACE,
                "service_account": account,
                "cluster_name": args["cluster_name"],
                "grants": grants,
                "tags": args["tags"],
            },
            self._child(),
        )

    def _secret(self, secret: pulumi.Input[str], region: pulumi.Output[str]) -> list[pulumi.Resource]:
        api, called = "external-secrets.io/v1", {"store": mlflow.NAME, "admin": mlflow.ADMIN}
        store = {
            "kind": "SecretStore",
            "metadata": {**self._meta(called["store"]), "annotations": READY},
            "spec": region.apply(mlflow.secret_store),
        }
        found = custom(f"{self._name}-store", {"apiVersion": api, **store}, self._child())
        wanted = {
            "kind": "ExternalSecret",
            "metadata": {**self._meta(called["admin"]), "annotations": READY},
            "spec": mlflow.external_secret(secret),
        }
        return [custom(f"{self._name}-admin", {"apiVersion": api, **wanted}, self._child([found]))]

    def _network(self, args: ModelRegistryArgs) -> list[pulumi.Resource]:
        own = {"component": labels(self._tags)["component"]}
        found = mlflow.networks(args["vpc_cidr"], args["caller_namespaces"], own)
        return [
            k8s.networking.v1.NetworkPolicy(
                f"{self._name}-{called}", metadata=self._meta(called), spec=spec, opts=self._child()
            )
            for called, spec in found.items()
        ]

    def _budget(self, replicas: int) -> pulumi.Resource:
        return k8s.policy.v1.PodDisruptionBudget(
            self._name,
            metadata=self._meta(mlflow.NAME),
            spec={"max_unavailable": 1, "selector": {"match_labels": {"app": mlflow.NAME}}},
            opts=self._child(),
        )

    def _validate(self, args: ModelRegistryArgs, replicas: int) -> None:
        label, callers = f"ModelRegistry {self._name!r}", list(args["caller_namespaces"])
        if replicas < 1:
            raise ValueError(f"{label}: replicas = {replicas}; allowed: 1 or more, in production 2")
        if args["prefix"] == args["published_prefix"]:
            raise ValueError(f"{label}: published_prefix = {args['prefix']!r}; allowed: another one than prefix")
        if not is_pinned(args["image"]):
            raise ValueError(f"{label}: image = {args['image']!r}; allowed: NAME@sha256:...")
        if not callers or not all(map(is_name, callers)):
            raise ValueError(f"{label}: caller_namespaces = {callers}; allowed: namespaces, at least one")
        if "*" in args.get("allowed_hosts", []):
            raise ValueError(f"{label}: allowed_hosts has '*'; allowed: host names, and patterns of pods' addresses")
