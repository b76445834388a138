"""Prometheus, Alertmanager and Grafana in the cluster, with the rules, dashboards and routes that it is given."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components import _cloudwatch_values as cloudwatch
from components import _documents as documents
from components import _monitoring_targets as targets
from components import _monitoring_values as values
from components import versions
from components._component import Component, after
from components._images import is_pinned
from components._kubernetes import READY, custom, is_name, labels, release
from components.workload_identity import GrantKind, WorkloadIdentity

SECRETS = "external-secrets.io/v1"


class MonitoringArgs(TypedDict):
    """Inputs of Monitoring."""

    cluster_name: pulumi.Input[str]
    """EKS cluster; the Kubernetes provider of the component must be of the same."""
    grafana_secret_arn: pulumi.Input[str]
    """Secret of Secrets Manager that is the password of Grafana's administrator; external-secrets must be let in."""
    topic_arns: Mapping[str, pulumi.Input[str]]
    """Severity to the ARN of the SNS topic that Alertmanager publishes to."""
    topic_kms_key_arn: pulumi.Input[str]
    """Key of the topics."""
    cloudwatch_exporter_image: str
    """Image of the CloudWatch exporter, by digest: `NAME@sha256:...`. Upstream publishes a tag only."""
    rules: Sequence[Mapping[str, Any]]
    """Groups of rules, as `spec.groups` of a PrometheusRule has them."""
    routes: pulumi.Input[Mapping[str, Any]]
    """Configuration of Alertmanager. It holds no secret: it signs with the role of its pod."""
    tags: Mapping[str, str]
    """Mandatory tags, as labels in the cluster."""
    dashboards: NotRequired[Mapping[str, str]]
    """Name, a DNS label, to a dashboard as the JSON text that Grafana reads. Default: none."""
    replicas: NotRequired[int]
    """Pods of Prometheus and of Alertmanager; from two on with a disruption budget. Default 2."""
    retention_days: NotRequired[int]
    """Days that samples are kept, if the volume is large enough. Default 15."""
    storage_gib: NotRequired[int]
    """Volume of each Prometheus, GiB. Default 50."""
    memory_gib: NotRequired[int]
    """Memory of each Prometheus, GiB; a million series need about 4. Default 4."""
    callers: NotRequired[Sequence[str]]
    """Namespaces that ask Prometheus, such as those of scalers and analyses. Default: none beside its own."""
    watchdog_secret_arn: NotRequired[pulumi.Input[str]]
    """Secret of Secrets Manager that is the address of a dead man's switch: a service outside that raises the alarm
    when it hears nothing. Alertmanager finds it in `/etc/alertmanager/secrets/watchdog/url`. Default: none."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """`ready` of what must be there first and go last: ClusterAddons. Default: nothing."""


class Monitoring(Component):
    """A namespace with kube-prometheus-stack, OpenCost and the CloudWatch exporter, each once it can work.

    The order: CRDs, which have a release of their own so that they are upgraded; the secret of Grafana and the
    identity of Alertmanager; the stack; then what its operator checks, and what asks it.

    Volumes are of the default StorageClass, which ClusterAddons creates.
    """

    ready: pulumi.Output[str]
    """The component's name, once everything is there."""
    namespace: pulumi.Output[str]
    """Namespace of all of it."""
    prometheus_url: pulumi.Output[str]
    """Where Prometheus answers inside the cluster."""
    alertmanager_role_arn: pulumi.Output[str]
    """Role that publishes to the topics."""
    release_versions: pulumi.Output[dict[str, str]]
    """Release to the version of its chart."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        setup = self._setup(args)
        self._labels = labels(self._tags)
        space = self._namespace(args)
        crds = self._release(versions.PROMETHEUS_OPERATOR_CRDS, {}, [space])
        identity = self._alertmanager(args)
        stack = self._release(
            versions.KUBE_PROMETHEUS_STACK,
            values.stack(setup, args["routes"]),
            # A pod gets the credentials of its identity when it starts, and only then.
            [crds, *self._secrets(args, space), identity],
        )
        found = [
            self._release(versions.OPENCOST, values.opencost(setup), [stack]),
            self._cloudwatch(args["cluster_name"], args["cloudwatch_exporter_image"], stack),
            *(self._object(one, [stack]) for one in targets.monitors(self._labels)),
            *self._rules(args["rules"], stack),
            *self._dashboards(args.get("dashboards", {}), space),
        ]
        charts = (
            versions.PROMETHEUS_OPERATOR_CRDS,
            versions.KUBE_PROMETHEUS_STACK,
            versions.OPENCOST,
            versions.CLOUDWATCH_EXPORTER,
        )
        self._finish(
            ready=after(name, stack, *found),
            namespace=after(values.NAMESPACE, space),
            prometheus_url=after(f"http://{values.PROMETHEUS}.{values.NAMESPACE}:9090", stack),
            alertmanager_role_arn=identity.role_arn,
            release_versions=pulumi.Output.from_input({chart.name: chart.version for chart in charts}),
        )

    def _setup(self, args: MonitoringArgs) -> values.Setup:
        numbers = {
            "replicas": (int(args.get("replicas", 2)), 1),
            "retention_days": (int(args.get("retention_days", 15)), 1),
            "storage_gib": (int(args.get("storage_gib", 50)), 10),
            "memory_gib": (int(args.get("memory_gib", 4)), 1),
        }
        for key, (value, least) in numbers.items():
            if value < least:
                raise ValueError(f"Monitoring {self._name!r}: {key} = {value}; allowed: {least} or more")
        for dashboard in args.get("dashboards", {}):
            if not is_name(dashboard):
                raise ValueError(f"Monitoring {self._name!r}: dashboards has {dashboard!r}; allowed: a DNS label")
        if not is_pinned(image := args["cloudwatch_exporter_image"]):
            problem = f"cloudwatch_exporter_image = {image!r}; allowed: an image by its digest, NAME@sha256:..."
            raise ValueError(f"Monitoring {self._name!r}: {problem}")
        return values.Setup(
            args["cluster_name"],
            **{key: value for key, (value, _) in numbers.items()},
            watchdog="watchdog_secret_arn" in args,
        )

    def _release(
        self, chart: versions.Chart, found: Mapping[str, Any], before: Sequence[pulumi.Resource]
    ) -> pulumi.Resource:
        return release(f"{self._name}-{chart.name}", chart, found, self._child(before))

    def _object(self, document: Mapping[str, Any], before: Sequence[pulumi.Resource]) -> pulumi.Resource:
        kind, called = document["kind"], document["metadata"]["name"]
        return custom(f"{self._name}-{kind.lower()}-{called}", document, self._child(before))

    def _meta(self, called: str) -> Any:
        return {"name": called, "namespace": values.NAMESPACE, "labels": self._labels}

    def _namespace(self, args: MonitoringArgs) -> pulumi.Resource:
        modes = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("audit", "enforce", "warn")}
        space = k8s.core.v1.Namespace(
            self._name,
            metadata={"name": values.NAMESPACE, "labels": {**self._labels, **modes}},
            # Its volumes are taken away first.
            opts=pulumi.ResourceOptions.merge(
                self._child(args.get("after", [])),
                pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(delete="15m")),
            ),
        )
        spec: Any = values.callers(args.get("callers", []))
        k8s.networking.v1.NetworkPolicy(
            f"{self._name}-callers", metadata=self._meta("callers"), spec=spec, opts=self._child([space])
        )
        return space

    def _secrets(self, args: MonitoringArgs, space: pulumi.Resource) -> list[pulumi.Resource]:
        where = {"provider": {"aws": {"service": "SecretsManager", "region": self._caller()["region"]}}}
        meta = {**self._meta(values.STORE), "annotations": READY}
        store = self._object({"apiVersion": SECRETS, "kind": "SecretStore", "metadata": meta, "spec": where}, [space])
        wanted = {values.GRAFANA_SECRET: (args["grafana_secret_arn"], values.GRAFANA_KEYS)}
        if "watchdog_secret_arn" in args:
            keys = {values.WATCHDOG_KEY: values.VALUE}
            wanted[values.WATCHDOG_SECRET] = (args["watchdog_secret_arn"], keys)
        return [self._secret(called, arn, keys, store) for called, (arn, keys) in wanted.items()]

    def _secret(
        self, called: str, arn: pulumi.Input[str], keys: Mapping[str, str], store: pulumi.Resource
    ) -> pulumi.Resource:
        spec = {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "SecretStore", "name": values.STORE},
            "target": {"name": called, "creationPolicy": "Owner", "template": {"data": dict(keys)}},
            "data": [{"secretKey": "value", "remoteRef": {"key": arn}}],
        }
        meta = {**self._meta(called), "annotations": READY}
        return self._object({"apiVersion": SECRETS, "kind": "ExternalSecret", "metadata": meta, "spec": spec}, [store])

    def _alertmanager(self, args: MonitoringArgs) -> WorkloadIdentity:
        return WorkloadIdentity(
            f"{self._name}-alertmanager",
            {
                "namespace": values.NAMESPACE,
                "service_account": values.ALERTMANAGER_ACCOUNT,
                "cluster_name": args["cluster_name"],
                "grants": [
                    {
                        "kind": GrantKind.PUBLISH_TOPIC,
                        "resource_arn": arn,
                        "kms_key_arn": args["topic_kms_key_arn"],
                    }
                    for _, arn in sorted(args["topic_arns"].items())
                ],
                "tags": args["tags"],
            },
            self._child(),
        )

    def _cloudwatch(self, cluster: pulumi.Input[str], image: str, stack: pulumi.Resource) -> pulumi.Resource:
        chart, account = versions.CLOUDWATCH_EXPORTER, cloudwatch.ACCOUNT
        name = f"{self._name}-{account}"
        trust = partial(documents.pod_identity_trust, namespace=chart.namespace, service_account=account)
        role = self._role(name, pulumi.Output.all(self._caller(), cluster).apply(lambda found: trust(*found)))
        policy = aws.iam.RolePolicy(
            name, role=role.name, policy=documents.render(cloudwatch.rights()), opts=self._child()
        )
        association = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=cluster,
            namespace=chart.namespace,
            service_account=account,
            role_arn=role.arn,
            tags=self._tags,
            opts=self._child([policy]),
        )
        settings = cloudwatch.values(self._caller()["region"], self._tags["environment"], image)
        return self._release(chart, settings, [stack, association])

    def _rules(self, groups: Sequence[Mapping[str, Any]], stack: pulumi.Resource) -> list[pulumi.Resource]:
        kind = {"apiVersion": targets.API, "kind": "PrometheusRule"}
        spec = {"groups": [dict(group) for group in groups]}
        return [self._object({**kind, "metadata": self._meta("platform"), "spec": spec}, [stack])] if groups else []

    def _dashboards(self, found: Mapping[str, str], space: pulumi.Resource) -> Iterator[pulumi.Resource]:
        for called, text in found.items():
            meta: Any = {
                **self._meta(f"dashboard-{called}"),
                "labels": {**self._labels, "grafana_dashboard": "1"},
                "annotations": {"grafana_folder": "ML platform"},
            }
            yield k8s.core.v1.ConfigMap(
                f"{self._name}-dashboard-{called}",
                metadata=meta,
                data={f"{called}.json": text},
                opts=self._child([space]),
            )
