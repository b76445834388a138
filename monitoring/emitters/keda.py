"""KEDA, which scales by events."""

from monitoring.label import NAMESPACE, TARGET, formed, known, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="keda",
    version="2.20.2",
    target_labels=TARGET,
    source="kedacore/keda v2.20.2, pkg/metricscollector/prommetrics.go",
    heartbeat="keda_build_info",
)
_SCALED = named("scaledObject")
_SCALER = (
    NAMESPACE,
    named("metric", "s0-prometheus"),
    _SCALED,
    named("scaler", "prometheusScaler"),
    formed("triggerIndex", r"[0-9]+", "0"),
    known("type", "scaledobject", "scaledjob", examples=("scaledobject",), source=EMITTER.source),
)

METRICS = (
    EMITTER.gauge(
        "keda_build_info",
        "1",
        "version that runs",
        *(named(name) for name in ("version", "git_commit", "goversion", "goos", "goarch")),
    ),
    EMITTER.counter("keda_scaled_object_errors_total", "errors", "failures of a ScaledObject", NAMESPACE, _SCALED),
    EMITTER.gauge("keda_scaled_object_paused", "0 or 1", "whether a person has paused the scaling", NAMESPACE, _SCALED),
    EMITTER.gauge("keda_scaler_metrics_value", "as the trigger", "what a scaler goes by", *_SCALER),
)
