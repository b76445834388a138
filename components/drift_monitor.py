"""Watches models for drift, and tells the retraining bus of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from components import _drift_documents as documents
from components import _tenant_documents as tenants
from components._component import Component, after
from components._drift_documents import EXPORTER, WEBHOOK, Program
from components._images import is_pinned
from components._kubernetes import custom, is_name, labels
from components._triggers import SOURCES, TriggerKind
from components.workload_identity import GrantArgs, GrantKind, WorkloadIdentity, WorkloadIdentityArgs

MOST = 0.83
"""Jensen-Shannon distance of distributions that have nothing in common, in natural logarithms: the root of ln 2."""
KINDS = ("classifier", "regression")
"""What a model may be whose quality is measured."""


class MeasuredModelArgs(TypedDict):
    """What is measured of a model's predictions as soon as their true outcomes are known."""

    output: str
    """Output that is the prediction, such as `predict_proba`."""
    kind: str
    """`classifier`, of which the output is the probability of a class, or `regression`."""
    least: float
    """What the area under the ROC curve of a classifier, or R2 of a regression, must be at least; below 1."""
    days: int
    """Days of predictions that are looked at."""
    delay_days: int
    """Days after which the outcome of a prediction is known; less than `days`."""
    positive: NotRequired[str]
    """True outcome, as text, that is the class of the probability. Default `1`."""
    slices: NotRequired[Sequence[str]]
    """Inputs whose most frequent values are each compared with all other rows. Default: none."""


class WatchedModelArgs(TypedDict):
    """A model that is watched, and what its predictions are compared with."""

    reference_uri: pulumi.Input[str]
    """`s3://` URI of a folder; its newest CSV or Parquet file has the columns that are judged.

    The newest file in `<version>/` below it comes first, for the captures of that version.
    """
    threshold: float
    """Share of drifted columns that is drift, over 0 to 1."""
    least_distance: float
    """Jensen-Shannon distance that matters, 0 to 0.83, however certain a smaller one is."""
    false_alarms_per_day: float
    """Share of the days with unchanged data in which a column may seem to have drifted, over 0 to 1."""
    window_hours: int
    """Hours of captured predictions that are judged together."""
    min_rows: int
    """Predictions below which there is no verdict."""
    quality: NotRequired[MeasuredModelArgs]
    """What is measured with true outcomes. Default: nothing."""
    time_column: NotRequired[str]
    """Column of the reference with the time of a row. Default: none; else the same hours of the week are compared."""
    truth_uri: NotRequired[pulumi.Input[str]]
    """`s3://` URI of the folder that true outcomes arrive in. Default: none do."""


class DriftMonitorArgs(TypedDict):
    """Inputs of DriftMonitor."""

    namespace: str
    """Namespace of its own; a DNS label."""
    image: str
    """Image with the platform's programs, by digest: `NAME@sha256:...`."""
    models: Mapping[str, WatchedModelArgs]
    """Model to how it is watched; at least one."""
    captures_uri: pulumi.Input[str]
    """`uri` of InferenceCapture."""
    reports_uri: pulumi.Input[str]
    """`s3://` URI that the exporter writes reports below, `<model>/<version>/<date>/<time>.html`."""
    grants: Sequence[GrantArgs]
    """What the exporter reads (captures, references, true outcomes), and the reports that it writes."""
    bus_name: pulumi.Input[str]
    """`bus_name` of RetrainingBus."""
    bus_arn: pulumi.Input[str]
    """`bus_arn` of RetrainingBus."""
    alerts: Mapping[str, str]
    """Alert that asks for a retraining to the kind of its trigger, drift or performance; at least one."""
    cluster_name: pulumi.Input[str]
    """EKS cluster, for the identities of both programs."""
    tags: Mapping[str, str]
    """Mandatory tags, also as labels."""
    every_minutes: NotRequired[int]
    """Minutes from one run to the next, 5 to 1440. Default 60."""
    https_cidrs: NotRequired[Sequence[pulumi.Input[str]]]
    """Networks its pods reach by TLS: the VPC's, for AWS by interface endpoints, S3 included. Default: none."""
    monitoring_namespace: NotRequired[str]
    """Namespace of Prometheus and Alertmanager, who alone may call. Default `monitoring`."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Policy that its roles cannot exceed. Default: none."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """`ready` of what must be there first and go last: ClusterAddons. Default: nothing."""


class DriftMonitor(Component):
    """An exporter that judges captured predictions on a schedule, and the receiver of Alertmanager's webhook.

    The exporter runs all the time and is scraped: when it dies its series end, and nothing it once said outlives it.
    Who may call the receiver is up to its network policy; it can publish drift and performance, and nothing else.
    """

    namespace: pulumi.Output[str]
    """Name of the namespace, once everything in it is there."""
    webhook_url: pulumi.Output[str]
    """Where Alertmanager sends alerts that ask for a retraining."""
    exporter_role_arn: pulumi.Output[str]
    """Role of the exporter."""
    webhook_role_arn: pulumi.Output[str]
    """Role of the receiver."""

    def __init__(self, name: str, args: DriftMonitorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        every = int(args.get("every_minutes", 60))
        self._validate(args, every)
        self._space, monitoring = args["namespace"], args.get("monitoring_namespace", "monitoring")
        cidrs = list(args.get("https_cidrs", []))
        space = self._made("space", "v1", "Namespace", None, list(args.get("after", [])))
        deny = self._made("deny", "networking.k8s.io/v1", "NetworkPolicy", documents.default_deny(), [space])
        source = f"{SOURCES}{WEBHOOK.name}"
        publish: GrantArgs = {"kind": GrantKind.PUBLISH_EVENTS, "resource_arn": args["bus_arn"], "source": source}
        judged = {
            "DRIFT_CAPTURES_URI": args["captures_uri"],
            "DRIFT_REPORTS_URI": args["reports_uri"],
            "DRIFT_MODELS": _models(args["models"]),
            "DRIFT_EVERY_SECONDS": str(60 * every),
        }
        told = {
            "WEBHOOK_BUS": args["bus_name"],
            "WEBHOOK_SOURCE": source,
            "WEBHOOK_ALERTS": json.dumps(dict(args["alerts"]), sort_keys=True),
        }
        roles, done = {}, [space, deny]
        wanted = ((EXPORTER, args["grants"], judged), (WEBHOOK, [publish], told))
        for program, grants, variables in wanted:
            identity = self._identity(program, grants, args)
            roles[program.name] = identity.role_arn
            policy = documents.network_policy(program, monitoring, cidrs)
            done += self._runs(program, args["image"], policy, variables, [identity, space, deny])
        spec = documents.pod_monitor(EXPORTER)
        self._made("monitor", "monitoring.coreos.com/v1", "PodMonitor", spec, done, EXPORTER.name)
        called = self._made("service", "v1", "Service", documents.service(WEBHOOK), done, WEBHOOK.name)
        self._finish(
            namespace=after(self._space, *done),
            webhook_url=after(f"http://{WEBHOOK.name}.{self._space}.svc:{WEBHOOK.port}/", called),
            exporter_role_arn=roles[EXPORTER.name],
            webhook_role_arn=roles[WEBHOOK.name],
        )

    def _runs(
        self, program: Program, image: str, policy: Any, variables: Mapping[str, Any], first: list[Any]
    ) -> list[pulumi.Resource]:
        """A program with its account, behind its network policy."""
        key = program.name
        account = self._made(f"{key}-account", "v1", "ServiceAccount", None, first, key)
        fence = self._made(f"{key}-network", "networking.k8s.io/v1", "NetworkPolicy", policy, first, key)
        spec = documents.deployment(program, image, variables)
        return [account, fence, self._made(key, "apps/v1", "Deployment", spec, [*first, account, fence], key)]

    def _made(
        self, key: str, api: str, kind: str, spec: Any, first: list[Any], called: str = "default-deny"
    ) -> pulumi.Resource:
        mine = labels(self._tags)
        meta: dict[str, Any] = {"name": called, "namespace": self._space, "labels": mine}
        if kind == "Namespace":
            meta = {"name": self._space, "labels": {**mine, **tenants.namespace_labels(self._space)}}
            del meta["labels"][tenants.TENANT]  # a place of the platform's
        document: dict[str, Any] = {"apiVersion": api, "kind": kind, "metadata": meta}
        if kind == "ServiceAccount":
            document["automountServiceAccountToken"] = False
        if spec is not None:
            document["spec"] = spec
        return custom(f"{self._name}-{key}", document, self._child(first))

    def _identity(self, program: Program, grants: Sequence[GrantArgs], args: DriftMonitorArgs) -> WorkloadIdentity:
        identity: WorkloadIdentityArgs = {
            "namespace": self._space,
            "service_account": program.name,
            "cluster_name": args["cluster_name"],
            "grants": grants,
            "tags": args["tags"],
        }
        if "permissions_boundary_arn" in args:
            identity["permissions_boundary_arn"] = args["permissions_boundary_arn"]
        return WorkloadIdentity(f"{self._name}-{program.name}", identity, self._child())

    def _validate(self, args: DriftMonitorArgs, every: int) -> None:
        problems = [] if is_name(args["namespace"]) else [f"namespace = {args['namespace']!r}; allowed: a DNS label"]
        if not is_pinned(args["image"]):
            problems.append(f"image = {args['image']!r}; allowed: an image by its digest, NAME@sha256:...")
        problems += [f"{name} is empty; allowed: at least one" for name in ("alerts", "models") if not args[name]]
        kinds = (TriggerKind.DRIFT.value, TriggerKind.PERFORMANCE.value)
        for alert, kind in args["alerts"].items():
            if kind not in kinds:
                problems.append(f"alerts.{alert} = {kind!r}; allowed: {', '.join(kinds)}")
        for model, given in args["models"].items():
            for field in ("threshold", "false_alarms_per_day"):
                if not 0 < given[field] <= 1:
                    problems.append(f"models.{model}.{field} = {given[field]}; allowed: over 0, up to 1")
            if not 0 <= given["least_distance"] < MOST:
                problems.append(f"models.{model}.least_distance = {given['least_distance']}; allowed: 0 to {MOST}")
            if "quality" in given:
                problems += _wrong(f"models.{model}.quality", given["quality"])
            for field in ("window_hours", "min_rows"):
                if int(given[field]) < 1:
                    problems.append(f"models.{model}.{field} = {given[field]}; allowed: from 1")
        if not 5 <= every <= 1440:
            problems.append(f"every_minutes = {every}; allowed: 5 to 1440")
        if problems:
            raise ValueError(f"DriftMonitor {self._name!r}: {'; '.join(problems)}")


def _models(models: Mapping[str, WatchedModelArgs]) -> pulumi.Output[str]:
    """The exporter's DRIFT_MODELS."""
    found = {
        name: {
            "reference": given["reference_uri"],
            "threshold": float(given["threshold"]),
            "leastDistance": float(given["least_distance"]),
            "falseAlarmsPerDay": float(given["false_alarms_per_day"]),
            "windowSeconds": 3600 * int(given["window_hours"]),
            "minRows": int(given["min_rows"]),
            **({"truth": given["truth_uri"]} if "truth_uri" in given else {}),
            **({"time": given["time_column"]} if "time_column" in given else {}),
            **({"quality": _quality(given["quality"])} if "quality" in given else {}),
        }
        for name, given in models.items()
    }
    return pulumi.Output.json_dumps(found, sort_keys=True)


def _quality(given: MeasuredModelArgs) -> dict[str, Any]:
    found: dict[str, Any] = {
        "output": given["output"],
        "kind": given["kind"],
        "least": float(given["least"]),
        "days": int(given["days"]),
        "delayDays": int(given["delay_days"]),
    }
    if "positive" in given:
        found["positive"] = given["positive"]
    if "slices" in given:
        found["slices"] = list(given["slices"])
    return found


def _wrong(path: str, given: MeasuredModelArgs) -> list[str]:
    """What is wrong with what is to be measured, and what is allowed."""
    problems = []
    if given["kind"] not in KINDS:
        problems.append(f"{path}.kind = {given['kind']!r}; allowed: {', '.join(KINDS)}")
    if not given["least"] < 1:
        problems.append(f"{path}.least = {given['least']}; allowed: below 1")
    if not 0 <= int(given["delay_days"]) < int(given["days"]):
        problems.append(f"{path}.delay_days = {given['delay_days']}; allowed: 0 to less than days, {given['days']}")
    return problems
