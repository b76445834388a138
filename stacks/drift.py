"""What watches models for drift: wired to the captures, the references and the retraining bus."""

from collections.abc import Iterator

import pulumi

from components import (
    DriftMonitor,
    GrantArgs,
    GrantKind,
    InferenceCapture,
    MeasuredModelArgs,
    RetrainingBus,
    WatchedModelArgs,
)
from stacks.drift_rules import NAMESPACE
from stacks.drift_settings import Drift, WatchedModel
from stacks.foundation import Foundation
from stacks.platform import Platform
from stacks.wiring import Wiring

CAPTURES, REPORTS = "captures", "reports"
"""Prefixes of all captures, and of what was found in them, in their bucket."""


def drift(
    wiring: Wiring,
    base: Foundation,
    platform: Platform,
    capture: InferenceCapture | None,
    bus: RetrainingBus | None,
) -> DriftMonitor | None:
    """Wire the exporter and the webhook's receiver into the cluster, where models are watched.

    The layer below this one configures the receiver in Alertmanager, by `WEBHOOK_URL`.
    """
    if not (drift := wiring.settings.drift):
        return None
    assert capture  # all of these are rules of the settings
    assert wiring.settings.capture
    assert bus
    assert platform.cluster is not None
    assert platform.addons is not None
    cluster = platform.cluster
    return DriftMonitor(
        "drift",
        {
            "namespace": NAMESPACE,
            "image": wiring.image(drift.image),
            "models": {name: _model(base, name, one) for name, one in drift.models.items()},
            "captures_uri": capture.uri,
            "reports_uri": pulumi.Output.concat("s3://", capture.bucket_name, f"/{REPORTS}"),
            "grants": list(_grants(wiring, base, capture, drift)),
            "bus_name": bus.bus_name,
            "bus_arn": bus.bus_arn,
            "alerts": retraining_alerts(),
            "cluster_name": cluster["name"],
            "every_minutes": drift.every_minutes,
            "https_cidrs": [base.in_network("cidr")],
            "after": [platform.addons["ready"]],
            "tags": wiring.tags(wiring.settings.capture.data_class),
        },
        wiring.in_cluster(cluster["kubeconfig"]),
    )


def retraining_alerts() -> dict[str, str]:
    """The platform's alerts that ask for a retraining, each with the kind of trigger that it is."""
    # Half a second, which an environment without this need not wait for.
    from monitoring.rules import alerts
    from monitoring.watched import Watched

    return {name: alert.retrain for name, alert in alerts(Watched()).items() if alert.retrain}


def _model(base: Foundation, name: str, one: WatchedModel) -> WatchedModelArgs:
    bucket = base.stores[one.store]["bucket"]
    args: WatchedModelArgs = {
        "reference_uri": pulumi.Output.concat("s3://", bucket, f"/{one.prefix}/{name}"),
        "threshold": one.threshold,
        "least_distance": one.least_distance,
        "false_alarms_per_day": one.false_alarms_per_day,
        "window_hours": one.window_hours,
        "min_rows": one.min_rows,
    }
    if one.truth:
        args["truth_uri"] = pulumi.Output.concat("s3://", bucket, f"/{one.truth}/{name}")
    if one.quality:
        args["quality"] = MeasuredModelArgs(**one.quality.model_dump())
    if one.time_column:
        args["time_column"] = one.time_column
    return args


def _grants(wiring: Wiring, base: Foundation, capture: InferenceCapture, drift: Drift) -> Iterator[GrantArgs]:
    """Captures, references, true outcomes and reports of the watched models, and of no others."""
    settings = wiring.settings
    assert settings.capture
    captures = capture.bucket_name.apply(lambda name: f"arn:aws:s3:::{name}")
    for model, one in drift.models.items():
        key = base.keys[settings.capture.data_class]
        yield _read(captures, f"{CAPTURES}/{model}", key)
        yield {**_read(captures, f"{REPORTS}/{model}", key), "kind": GrantKind.WRITE_PREFIX}
        store, key = base.stores[one.store]["arn"], base.keys[settings.stores[one.store].data_class]
        for prefix in filter(None, (one.prefix, one.truth)):
            yield _read(store, f"{prefix}/{model}", key)


def _read(bucket_arn: pulumi.Input[str], prefix: str, key: pulumi.Input[str]) -> GrantArgs:
    return {"kind": GrantKind.READ_PREFIX, "resource_arn": bucket_arn, "prefix": prefix, "kms_key_arn": key}
