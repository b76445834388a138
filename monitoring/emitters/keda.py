"""KEDA, which scales by events."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="keda",
    version="2.20.2",
    target_labels=TARGET,
    source="kedacore/keda, pkg/metricscollector/prommetrics.go",
    heartbeat="keda_build_info",
)
_SCALER = ("namespace", "metric", "scaledObject", "scaler", "triggerIndex", "type")

METRICS = (
    EMITTER.gauge("keda_build_info", "1", "version that runs", "version"),
    EMITTER.counter(
        "keda_scaled_object_errors_total", "errors", "failures of a ScaledObject", "namespace", "scaledObject"
    ),
    EMITTER.gauge("keda_scaler_metrics_value", "as the trigger", "what a scaler goes by", *_SCALER),
)
